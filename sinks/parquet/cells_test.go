package parquet

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestNumbersAreExact holds numbers against exact fractions.
func TestNumbersAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[+-]?[0-9]{0,25}(\.[0-9]{0,8})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "text")
		scale := rapid.IntRange(0, 10).Draw(t, "scale")
		precision := rapid.IntRange(scale+1, 38).Draw(t, "precision")
		exact, valid := new(big.Rat).SetString(text)
		var n number
		if parsed := n.parse([]byte(text), make([]byte, 0, 64)); parsed != valid {
			t.Fatalf("%q is read: %t, want %t", text, parsed, valid)
		}
		if !valid {
			return
		}
		units := exact.Mul(exact, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
		limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)
		fits := units.IsInt() && units.Num().CmpAbs(limit) < 0
		out := make([]byte, decimalBytes(precision))
		if got := n.wide(scale, precision, out); got != fits || fits && twosComplement(out).Cmp(units.Num()) != 0 {
			t.Fatalf("%q in decimal(%d, %d): fits %t as %v, want %t, %v", text, precision, scale, got, twosComplement(out), fits, units)
		}
		n.parse([]byte(text), nil)
		if precision > 18 {
			return
		}
		if got, ok := n.integer(scale, precision); ok != fits || fits && big.NewInt(got).Cmp(units.Num()) != 0 {
			t.Fatalf("%q in decimal(%d, %d): fits %t as %d, want %t, %v", text, precision, scale, ok, got, fits, units)
		}
	})
}

// TestDecimalTextIsCanonical: plain, and the number it stands for.
func TestDecimalTextIsCanonical(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		units, scale := rapid.Int64().Draw(t, "units"), rapid.IntRange(0, 18).Draw(t, "scale")
		text := string(decimalText(nil, big.NewInt(units), scale))
		got, ok := new(big.Rat).SetString(text)
		want := new(big.Rat).SetFrac(big.NewInt(units), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		if !ok || got.Cmp(want) != 0 || strings.ContainsAny(text, "eE+") || strings.Contains(text, ".") && strings.HasSuffix(text, "0") {
			t.Fatalf("%d with %d places is %q", units, scale, text)
		}
	})
}

// TestMomentsAgreeWithTime holds date-times against the standard library.
func TestMomentsAgreeWithTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(-30_000_000_000_000_000, 60_000_000_000_000_000).Draw(t, "micros")
		zone := time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "zone"))
		layout := rapid.SampledFrom([]string{"2006-01-02T15:04:05.000000Z07:00", "2006-01-02T15:04:05.999999-0700", time.RFC3339Nano}).Draw(t, "layout")
		text := time.UnixMicro(micros).In(zone).Format(layout)
		if got, ok := parseTimestamp([]byte(text)); !ok || got != micros {
			t.Fatalf("%s is %d, %t, want %d", text, got, ok, micros)
		}
		day, want := time.UnixMicro(micros).UTC().Format(time.DateOnly), time.UnixMicro(micros).UTC().Truncate(24*time.Hour)
		if got, ok := parseDate([]byte(day)); !ok || !time.Unix(int64(got)*86400, 0).Equal(want) {
			t.Fatalf("%s is %d, %t", day, got, ok)
		}
	})
}

func FuzzTypedTexts(f *testing.F) {
	for _, seed := range []string{"2026-11-23T06:00:00.000+0000", "-12.50e-3", "", "+", "9999999999999999999999e-99", "2026-02-30"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if micros, ok := parseTimestamp(text); ok {
			zoned := strings.Replace(time.UnixMicro(micros).UTC().Format(time.RFC3339Nano), "Z", "+0000", 1)
			if again, ok := parseTimestamp([]byte(zoned)); !ok || again != micros {
				t.Errorf("%q is %d, then %d", text, micros, again)
			}
		}
		var n number
		if _, ok := new(big.Rat).SetString(string(text)); n.parse(text, nil) && !ok && n.exponent < 1000 && n.exponent > -1000 {
			t.Errorf("%q is read as a number", text)
		}
	})
}

func drawRows(t *rapid.T, columns int) *rows {
	r := newRows(make([]*vocabulary, columns))
	// Few letters, so that cells are equal and prefixes shared; some cells longer
	// than a varint byte and than what is copied without a call.
	cell := rapid.OneOf(rapid.StringOfN(rapid.SampledFrom([]rune("ab\x00é")), 0, 12, -1), rapid.Just(strings.Repeat("prefix/", 20)), rapid.StringN(0, 200, -1))
	r.n = rapid.IntRange(0, 400).Draw(t, "rows")
	for i := range r.columns {
		for range r.n {
			valid := rapid.IntRange(0, 5).Draw(t, "null") > 0
			if err := r.columns[i].appendCell([]byte(cell.Draw(t, "cell")), valid); err != nil {
				t.Fatal(err)
			}
		}
	}
	return r
}

func (r *rows) text(i int) string {
	var b strings.Builder
	for c := range r.columns {
		cell, valid := r.columns[c].at(i)
		fmt.Fprintf(&b, "%t%q", valid, cell)
	}
	return b.String()
}

// blockOf is the given rows as a block.
func blockOf(r *rows, which []int32) []byte {
	var block []byte
	for i := range r.columns {
		var l lane
		f := r.columns[i].form()
		for _, row := range which {
			l.append(f, &r.columns[i], int(row), []uint16{0})
		}
		block = append(append(append(block, byte(f)), l.lengths...), l.bytes...)
	}
	return block
}

// TestBlocksKeepCells encodes chosen rows and decodes them again.
func TestBlocksKeepCells(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRows(t, 3)
		var which []int32
		for i := range r.n {
			if rapid.Bool().Draw(t, "take") {
				which = append(which, int32(i))
			}
		}
		slices.Reverse(which)
		got := newRows(make([]*vocabulary, 3))
		for range 2 { // decoding appends
			if err := got.decode(blockOf(r, which), len(which)); err != nil {
				t.Fatal(err)
			}
		}
		copied := newRows(make([]*vocabulary, 3))
		if err := copied.appendRows(r, which); err != nil {
			t.Fatal(err)
		}
		for i := range 2 * len(which) {
			if want := r.text(int(which[i%len(which)])); got.text(i) != want {
				t.Fatalf("row %d: got %s, want %s", i, got.text(i), want)
			}
		}
		if a, b := copied.digest(make([]column, 3)), digestOf(r, which); a != b {
			t.Fatalf("digest %v, want %v", a, b)
		}
	})
}

// digestOf adds the rows one by one, in another order.
func digestOf(r *rows, which []int32) digest {
	var sum digest
	for _, row := range slices.Backward(which) {
		one := newRows(make([]*vocabulary, len(r.columns)))
		_ = one.appendRows(r, []int32{row}) // it is small
		sum.add(one.digest(make([]column, len(r.columns))))
	}
	return sum
}

func TestDamagedBlocksAreTold(t *testing.T) {
	t.Parallel()
	r := newRows(make([]*vocabulary, 2))
	for i := range r.columns {
		for _, cell := range []string{"abc", "", strings.Repeat("x", 300)} {
			if err := r.columns[i].appendCell([]byte(cell), true); err != nil {
				t.Fatal(err)
			}
		}
	}
	block := blockOf(r, []int32{0, 1, 2})
	for cut := range block {
		if err := newRows(make([]*vocabulary, 2)).decode(block[:cut], 3); err == nil {
			t.Errorf("a block cut after %d bytes is read", cut)
		}
	}
	if err := newRows(make([]*vocabulary, 2)).decode(append(block, 0), 3); err == nil {
		t.Error("a block that is too long is read")
	}
}

// TestSortIsThatOfBytes holds the order against a plain comparison.
func TestSortIsThatOfBytes(t *testing.T) {
	t.Parallel()
	var s sorter // used again and again
	rapid.Check(t, func(t *rapid.T) {
		r := drawRows(t, 3)
		key := rapid.SampledFrom([][]int{{0}, {1, 0}, {0, 1, 2}}).Draw(t, "key")
		order := s.sort(r, key)
		if len(order) != r.n {
			t.Fatalf("%d of %d rows", len(order), r.n)
		}
		seen := map[int32]bool{}
		for i, row := range order {
			seen[row] = true
			if i > 0 && naive(r, append(slices.Clone(key), 0, 1, 2), int(order[i-1]), int(row)) > 0 {
				t.Fatalf("%s stands before %s", r.text(int(order[i-1])), r.text(int(row)))
			}
		}
		if len(seen) != r.n {
			t.Fatal("a row stands twice")
		}
	})
}

func naive(r *rows, columns []int, a, b int) int {
	for _, c := range columns {
		x, xValid := r.columns[c].at(a)
		y, yValid := r.columns[c].at(b)
		if xValid != yValid {
			return map[bool]int{true: 1, false: -1}[xValid]
		}
		if d := bytes.Compare(x, y); d != 0 {
			return d
		}
	}
	return 0
}
