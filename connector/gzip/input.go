package gzip

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
)

const inSize = 64 << 10

// input is the compressed stream, by bytes and by bits.
type input struct {
	source io.Reader
	failed error // what the source ended with
	at     int   // the next byte of in
	end    int   // of what was read into in
	before int64 // bytes of the stream before in

	hold uint64 // bits that were taken from in, the next one lowest; zero above
	bits uint   // their number

	in [inSize]byte
}

func (s *input) reset(source io.Reader) {
	s.source, s.failed = source, nil
	s.at, s.end, s.before = 0, 0, 0
	s.hold, s.bits = 0, 0
}

// fill reads the source once for more bytes than there are. The error is its own.
func (s *input) fill() error {
	s.giveBack()
	s.before += int64(s.at)
	s.end = copy(s.in[:], s.in[s.at:s.end])
	s.at = 0
	for range 100 {
		if s.failed != nil {
			return s.failed
		}
		n, err := s.source.Read(s.in[s.end:])
		if n < 0 || n > len(s.in)-s.end {
			return errors.New("gzip: the source read more than it was asked for")
		}
		s.end += n
		s.failed = err
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// giveBack puts whole bytes of the bits back to those that are not read yet.
// They are in the buffer still, as fill does it before it moves anything.
func (s *input) giveBack() {
	s.at -= int(s.bits >> 3)
	s.bits &= 7
	s.hold &= 1<<s.bits - 1
}

// align drops the bits up to the next whole byte.
func (s *input) align() {
	s.giveBack()
	s.hold, s.bits = 0, 0
}

// refill takes as many bytes into the bits as there are and fit: 56 bits, unless
// the bytes in the buffer end.
func (s *input) refill() {
	if s.end-s.at >= 8 {
		s.hold |= binary.LittleEndian.Uint64(s.in[s.at:]) << s.bits
		n := (63 - s.bits) >> 3
		s.at += int(n)
		s.bits += n << 3
		s.hold &= 1<<s.bits - 1
		return
	}
	for s.bits < 56 && s.at < s.end {
		s.hold |= uint64(s.in[s.at]) << s.bits
		s.at++
		s.bits += 8
	}
}

// need waits for so many bits, at most 56.
func (s *input) need(bits uint) error {
	for s.bits < bits {
		if s.refill(); s.bits >= bits {
			return nil
		}
		if err := s.fill(); err != nil {
			return noEOF(err)
		}
	}
	return nil
}

// take is the next bits; need was called for them.
func (s *input) take(bits uint) uint {
	v := s.hold & (1<<bits - 1)
	s.drop(bits)
	return uint(v)
}

func (s *input) drop(bits uint) {
	s.hold >>= bits
	s.bits -= bits
}

// read fills p with whole bytes. The error is io.EOF if there was none, and
// io.ErrUnexpectedEOF if there were too few.
func (s *input) read(p []byte) error {
	for done := 0; done < len(p); {
		if s.at == s.end {
			err := s.fill()
			if err == io.EOF && done > 0 {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return err
			}
		}
		n := copy(p[done:], s.in[s.at:s.end])
		s.at += n
		done += n
	}
	return nil
}

// corrupt is the error of what was read last.
func (s *input) corrupt() error {
	return flate.CorruptInputError(s.before + int64(s.at) - int64(s.bits>>3))
}
