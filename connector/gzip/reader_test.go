package gzip_test

import (
	"bytes"
	"compress/flate"
	standard "compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/axisync/axisync/connector/gzip"
)

// inflate reads all of a stream with ours, in reads of random sizes.
func inflate(source io.Reader, sizes *rand.Rand) ([]byte, error) {
	r, err := gzip.NewReader(source)
	if err != nil {
		return nil, err
	}
	buf := buffers.Get().(*[100_000]byte)
	defer buffers.Put(buf)
	var text []byte
	for {
		n, err := r.Read(buf[:1+sizes.IntN(1+sizes.IntN(len(buf)))])
		text = append(text, buf[:n]...)
		if err == nil {
			continue
		}
		if n, again := r.Read(make([]byte, 1)); n != 0 || again != err {
			return text, fmt.Errorf("after %v Read answers %d, %v", err, n, again)
		}
		if err == io.EOF {
			err = nil
		}
		return text, err
	}
}

// expected is what compress/gzip makes of a stream.
func expected(stream []byte) ([]byte, error) {
	r := standardReaders.Get().(*standard.Reader)
	defer standardReaders.Put(r)
	if err := r.Reset(bytes.NewReader(stream)); err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// These are reused, as some tests read tens of thousands of streams.
var (
	buffers         = sync.Pool{New: func() any { return new([100_000]byte) }}
	standardReaders = sync.Pool{New: func() any { return new(standard.Reader) }}
)

// sources are ways in which a stream may come.
var sources = []func(io.Reader, *rand.Rand) io.Reader{
	func(r io.Reader, _ *rand.Rand) io.Reader { return r },
	func(r io.Reader, _ *rand.Rand) io.Reader { return iotest.OneByteReader(r) },
	func(r io.Reader, _ *rand.Rand) io.Reader { return iotest.DataErrReader(r) },
	func(r io.Reader, rnd *rand.Rand) io.Reader { return &chunks{r, rnd} },
}

// chunks reads as much as it likes, at times nothing.
type chunks struct {
	source io.Reader
	rand   *rand.Rand
}

func (c *chunks) Read(p []byte) (int, error) {
	return c.source.Read(p[:min(len(p), c.rand.IntN(c.rand.IntN(20_000)+1))])
}

// same fails unless ours makes of the stream the bytes and the error that
// compress/gzip does, however it comes.
func same(t *testing.T, stream []byte) {
	t.Helper()
	text, want := expected(stream)
	rnd := rand.New(rand.NewPCG(uint64(len(stream)), 1))
	for i, source := range sources {
		got, err := inflate(source(bytes.NewReader(stream), rnd), rnd)
		if !bytes.Equal(got, text) {
			t.Fatalf("source %d: %d bytes, compress/gzip inflates %d", i, len(got), len(text))
		}
		if !sameError(err, want) {
			t.Fatalf("source %d: error %v, that of compress/gzip is %v", i, err, want)
		}
	}
}

func sameError(err, want error) bool {
	var corrupt, wantCorrupt flate.CorruptInputError
	if errors.As(want, &wantCorrupt) {
		return errors.As(err, &corrupt) // which is counted from the begin of the source
	}
	return err == want
}

// TestLevels: pages of both compressors at all levels, also cut off in the middle.
func TestLevels(t *testing.T) {
	t.Parallel()
	text := smallPage()
	for maker := range writers {
		for level := -2; level <= 9; level++ {
			t.Run(fmt.Sprint(maker, level), func(t *testing.T) {
				t.Parallel()
				stream := compress(maker, text, level)
				same(t, stream)
				same(t, stream[:len(stream)*2/3])
				got, err := expected(stream)
				if err != nil || !bytes.Equal(got, text) {
					t.Fatal("compress/gzip does not inflate it either:", err)
				}
			})
		}
	}
}

// TestMatches: every distance that is copied in a way of its own, with lengths up
// to the longest, and the farthest distance, over the ends of the window.
func TestMatches(t *testing.T) {
	t.Parallel()
	var text []byte
	for dist := range 40 {
		piece := random(uint64(dist), dist+1)
		for length := 3; length < 270; length += 1 + length/7 {
			text = append(text, bytes.Repeat(piece, length/len(piece)+2)[:len(piece)+length]...)
			text = append(text, random(uint64(length), 5)...)
		}
	}
	far := random(7, 32<<10)
	text = append(text, bytes.Repeat(far, 5)...)
	for level := -1; level <= 9; level += 5 {
		same(t, compress("standard", text, level))
		same(t, compress("klauspost", text, level))
	}
}

// TestMembers: several members are one text, none sees the window of the one
// before it, and what follows them is no member.
func TestMembers(t *testing.T) {
	t.Parallel()
	text := smallPage()[:20_000]
	var stream []byte
	for level := -2; level <= 9; level++ {
		stream = append(stream, compress("klauspost", text, level)...)
		stream = append(stream, optional(text[:level+2])...)
	}
	same(t, stream)
	for _, garbage := range []string{"\x00", "garbage", "more than ten bytes of garbage", "\x1f\x8b", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00"} {
		same(t, append(bytes.Clone(stream), garbage...))
		if _, err := inflate(bytes.NewReader(append(bytes.Clone(stream), garbage...)), rand.New(rand.NewPCG(1, 1))); err == nil {
			t.Errorf("%q behind the last member is no error", garbage)
		}
	}
	for dist := range uint64(30) {
		same(t, append(compress("standard", text[:100], 6), member(matchFirst(dist))...))
	}
}

// matchFirst is a fixed block of one literal and matches of three bytes.
func matchFirst(dist uint64) []byte {
	var w bitWriter
	w.put(0b011, 3)
	w.code(0x30+'a', 8)
	for range 20 {
		w.code(1, 7)
		w.code(dist, 5)
		w.put(0, uint(max(0, int(dist)/2-1)))
	}
	w.code(0, 7)
	return w.out
}

// TestHeaders: names as long as compress/gzip takes them and longer.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 511, 512, 2000} {
		for flags := range 64 {
			stream := bytes.Clone(header)
			stream[3] = byte(flags)
			stream = append(append(stream, bytes.Repeat([]byte{1}, length)...), 0)
			same(t, append(stream, compress("standard", nil, 6)...))
		}
	}
}

// small are streams short enough to be damaged everywhere.
func small() map[string][]byte {
	text := smallPage()[:400]
	flushed := func() []byte {
		var out bytes.Buffer
		w := writers["standard"](&out, 6)
		for _, part := range [][]byte{text[:50], text[50:90]} {
			must(w.Write(part))
			_ = w.Flush()
		}
		_ = w.Close()
		return out.Bytes()
	}
	return map[string][]byte{
		"dynamic":   compress("standard", text, 6),
		"huffman":   compress("klauspost", text[:200], -2),
		"fixed":     compress("standard", []byte("fixed fixed fixed fixed"), 6),
		"stored":    compress("standard", text[:80], 0),
		"flushed":   flushed(),
		"optional":  optional(text[:40]),
		"members":   append(compress("standard", []byte("one, one, one"), 9), optional([]byte("two"))...),
		"empty":     compress("standard", nil, 6),
		"repeating": compress("standard", make([]byte, 3000), 6),
	}
}

// TestTruncated: a stream that is cut off is as far as it goes what it is to
// compress/gzip, and then io.ErrUnexpectedEOF.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for name, stream := range small() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := range stream {
				same(t, stream[:n])
			}
			rnd := rand.New(rand.NewPCG(1, 1))
			if _, err := inflate(bytes.NewReader(stream[:len(stream)-1]), rnd); err != io.ErrUnexpectedEOF {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestFlipped: so is a stream with one wrong bit.
func TestFlipped(t *testing.T) {
	t.Parallel()
	for name, stream := range small() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for bit := range 8 * len(stream) {
				flipped := bytes.Clone(stream)
				flipped[bit/8] ^= 1 << (bit % 8)
				same(t, flipped)
			}
		})
	}
}

// TestFlippedPage: so is a page, in which the fast loop meets the wrong bit.
func TestFlippedPage(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 3))
	for _, level := range []int{-2, 1, 6} {
		stream := compress("klauspost", smallPage()[:60_000], level)
		for range 12 {
			flipped := bytes.Clone(stream)
			flipped[rnd.IntN(len(flipped))] ^= 1 << rnd.IntN(8)
			same(t, flipped)
		}
	}
}

// TestNoWaiting: what was flushed is given out before more of the source is
// waited for.
func TestNoWaiting(t *testing.T) {
	t.Parallel()
	source, sink := io.Pipe()
	w := writers["standard"](sink, 6)
	lengths := make(chan int, 1)
	go func() {
		for n := range lengths {
			must(w.Write(smallPage()[:n]))
			_ = w.Flush()
		}
		_ = sink.CloseWithError(w.Close())
	}()
	lengths <- 1
	r, err := gzip.NewReader(source)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n < 200_000; n *= 3 {
		if n > 1 {
			lengths <- n // only now: Read would wait for ever if it wanted more
		}
		got := make([]byte, n)
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, smallPage()[:n]) {
			t.Fatalf("of %d bytes that were flushed: %v", n, err)
		}
	}
	close(lengths)
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
}

// TestNothingHeldBack: so is whatever else can be inflated, in the middle of a
// block too.
func TestNothingHeldBack(t *testing.T) {
	t.Parallel()
	stream := compress("klauspost", smallPage(), 6)
	for n := 20; n < len(stream); n += n / 3 {
		before, err := expected(stream[:n])
		if err != io.ErrUnexpectedEOF {
			t.Fatal(err)
		}
		given, asked := 0, false
		rest := readerFunc(func([]byte) (int, error) {
			if asked = true; given != len(before) {
				t.Errorf("the source is read behind its byte %d with %d bytes given out of %d", n, given, len(before))
			}
			return 0, io.EOF
		})
		r, err := gzip.NewReader(io.MultiReader(bytes.NewReader(stream[:n]), rest))
		for buf := make([]byte, 1000); err == nil; {
			var read int
			read, err = r.Read(buf)
			given += read
		}
		if err != io.ErrUnexpectedEOF || !asked {
			t.Fatal(err, asked)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestSourceErrors: an error of the source is given on behind what came before it.
func TestSourceErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is broken")
	text := smallPage()
	stream := compress("klauspost", text, 1)
	rnd := rand.New(rand.NewPCG(1, 1))
	for n := 0; n < len(stream); n += 1 + n/3 {
		got, err := inflate(io.MultiReader(bytes.NewReader(stream[:n]), iotest.ErrReader(broken)), rnd)
		want, _ := expected(stream[:n])
		if err != broken || !bytes.Equal(got, want) {
			t.Fatalf("cut at %d: %d bytes of %d, error %v", n, len(got), len(want), err)
		}
	}
	if _, err := inflate(io.MultiReader(bytes.NewReader(stream[:50]), reading(0)), rnd); err != io.ErrNoProgress {
		t.Errorf("a source that reads nothing: %v", err)
	}
	for _, n := range []reading{-1, 1 << 20} {
		if _, err := inflate(n, rnd); err == nil {
			t.Errorf("a source that reads %d bytes, whatever is asked, is no error", n)
		}
	}
}

// reading is a source that says it has read so many bytes.
type reading int

func (r reading) Read([]byte) (int, error) { return int(r), nil }

// TestAllocations: a stream costs no allocation per block, and the buffers of one
// that was read to its end serve the next.
func TestAllocations(t *testing.T) {
	stream := compress("klauspost", bytes.Repeat(smallPage(), 5), 1)
	buf := make([]byte, 64<<10)
	var source bytes.Reader
	allocated := testing.AllocsPerRun(5, func() {
		source.Reset(stream)
		r, err := gzip.NewReader(&source)
		for err == nil {
			_, err = r.Read(buf)
		}
		if err != io.EOF {
			t.Error(err)
		}
	})
	if allocated > 5 {
		t.Errorf("%v allocations", allocated)
	}
}

// FuzzReader: whatever the stream, it is what it is to compress/gzip; and so is
// the input as a deflate stream.
func FuzzReader(f *testing.F) {
	for _, stream := range small() {
		f.Add(stream)
		f.Add(stream[10:])
	}
	for _, stream := range streams {
		f.Add(fromHex(stream.deflated))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		same(t, stream)
		same(t, append(bytes.Clone(header), stream...))
		same(t, member(stream))
	})
}
