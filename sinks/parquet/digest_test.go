package parquet_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"math/bits"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/axisync/axisync/sinks/parquet"
)

// murmur3 is MurmurHash3_x64_128 with seed 0 as its author wrote it, byte by byte
// and with the tail that rows of whole cells do not need.
func murmur3(data []byte) (h1, h2 uint64) {
	const c1, c2 = 0x87c37b91114253d5, 0x4cf5ad432745937f
	mix := func(k uint64) uint64 {
		k ^= k >> 33
		k *= 0xff51afd7ed558ccd
		k ^= k >> 33
		k *= 0xc4ceb9fe1a85ec53
		return k ^ k>>33
	}
	first := func(k uint64) uint64 { return bits.RotateLeft64(k*c1, 31) * c2 }
	second := func(k uint64) uint64 { return bits.RotateLeft64(k*c2, 33) * c1 }
	rest := data
	for ; len(rest) >= 16; rest = rest[16:] {
		h1 ^= first(binary.LittleEndian.Uint64(rest))
		h1 = bits.RotateLeft64(h1, 27) + h2
		h1 = h1*5 + 0x52dce729
		h2 ^= second(binary.LittleEndian.Uint64(rest[8:]))
		h2 = bits.RotateLeft64(h2, 31) + h1
		h2 = h2*5 + 0x38495ab5
	}
	if len(rest) > 0 {
		tail := append(append([]byte{}, rest...), make([]byte, 16)...)
		h2 ^= second(binary.LittleEndian.Uint64(tail[8:]))
		h1 ^= first(binary.LittleEndian.Uint64(tail))
	}
	h1 ^= uint64(len(data))
	h2 ^= uint64(len(data))
	h1 += h2
	h2 += h1
	h1, h2 = mix(h1), mix(h2)
	h1 += h2
	return h1, h2 + h1
}

// TestMurmurIsMurmur: else the next test would prove nothing. The values are
// those that other implementations give.
func TestMurmurIsMurmur(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":      "00000000000000000000000000000000",
		"hello": "cbd8a7b341bd9b025b1e906a48ae1d19",
		"The quick brown fox jumps over the lazy dog": "e34bbc7bbc071b6c7a433ca9c49a9347",
	} {
		h1, h2 := murmur3([]byte(text))
		if got := fmt.Sprintf("%016x%016x", h1, h2); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// naiveDigest is what the comment of DigestName says.
func naiveDigest(rows cells) string {
	sum := new(big.Int)
	for _, row := range rows {
		var line []byte
		for _, cell := range row {
			if cell == nil {
				line = append(line, make([]byte, 16)...)
				continue
			}
			hash := xxh3.HashString128(*cell)
			line = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(line, hash.Lo), hash.Hi)
		}
		h1, h2 := murmur3(line)
		number := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, h1), h2)
		sum.Add(sum, new(big.Int).SetBytes(number))
	}
	sum.Mod(sum, new(big.Int).Lsh(big.NewInt(1), 128))
	return hex.EncodeToString(sum.FillBytes(make([]byte, 16)))
}

// TestDigestIsWhatItsNameSays recomputes it from the rows, with and without
// codes.
func TestDigestIsWhatItsNameSays(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 1023, 1024, 1025, 9000} {
		schema, rows := generated(n)
		r := write(t, t.TempDir(), schema, parquet.TableOptions{Key: []string{"Id"}}, rows, 2048)
		if got, want := r.Manifest().Tables["t"].Digest, naiveDigest(rows); got != want {
			t.Errorf("%d rows: got %s, want %s", n, got, want)
		}
		_, plain := reference(t, schema, rows, parquet.TableOptions{Key: []string{"Id"}})
		if want := naiveDigest(rows); plain.Digest != want {
			t.Errorf("%d rows without codes: got %s, want %s", n, plain.Digest, want)
		}
	}
}

// TestDigestBindsCells: what stands in a row stands there together.
func TestDigestBindsCells(t *testing.T) {
	t.Parallel()
	schema := textSchema("Id", "a?", "b?", "c?")
	row := func(texts string) []*string {
		var cells []*string
		for _, cell := range strings.Split(texts, ",") {
			if cell == "-" {
				cells = append(cells, nil)
			} else {
				cells = append(cells, text(cell))
			}
		}
		return cells
	}
	seen := map[string]string{}
	for name, rows := range map[string]cells{
		"as it is":                {row("1,x,y,z"), row("2,u,v,w")},
		"swapped between rows":    {row("1,u,y,z"), row("2,x,v,w")},
		"two swapped":             {row("1,u,v,z"), row("2,x,y,w")},
		"swapped between columns": {row("1,y,x,z"), row("2,u,v,w")},
		"in every row":            {row("1,y,x,z"), row("2,v,u,w")},
		"null":                    {row("1,-,y,z"), row("2,u,v,w")},
		"empty":                   {row("1,,y,z"), row("2,u,v,w")},
		"a null moved":            {row("1,y,-,z"), row("2,u,v,w")},
		"a row twice":             {row("1,x,y,z"), row("2,u,v,w"), row("2,u,v,w")},
		"a row less":              {row("1,x,y,z")},
		"all null":                {row("1,-,-,-"), row("2,u,v,w")},
	} {
		r := write(t, t.TempDir(), schema, parquet.TableOptions{Key: []string{"Id"}}, rows, 10)
		digest := r.Manifest().Tables["t"].Digest
		if other, ok := seen[digest]; ok {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[digest] = name
	}
}

// TestDigestIsThatOfValues: a typed table has the digest of what is read back,
// whatever notation came; what does not fit its type counts as it is.
func TestDigestIsThatOfValues(t *testing.T) {
	t.Parallel()
	schema, rows := typedRows()
	want := make(cells, len(rows))
	for i, row := range rows {
		want[i] = append([]*string{}, row...)
		for c, k := range kinds {
			if cell := row[c+1]; cell != nil {
				if back, fits := k.fits[*cell]; fits {
					want[i][c+1] = &back
				}
			}
		}
	}
	for _, plain := range []bool{false, true} {
		s := create(t, t.TempDir())
		table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}, Typed: true})
		if err != nil {
			t.Fatal(err)
		}
		if plain {
			table.KeepPlain()
		}
		fill(t, table, schema, rows, 7)
		if got := commit(t, s, s.Dir(), table).Manifest().Tables["t"].Digest; got != naiveDigest(want) {
			t.Errorf("plain %v: got %s, want %s", plain, got, naiveDigest(want))
		}
	}
}
