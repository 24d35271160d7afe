package parquet

import (
	"bytes"
	"slices"
	"testing"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"pgregory.net/rapid"
)

// TestDictionaryIsThatOfTheLibrary holds places, bounds and the page of the
// dictionary against parquet-go's own, over two row groups and many widenings.
func TestDictionaryIsThatOfTheLibrary(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.StringMatching(`[ab]{0,3}`), rapid.StringMatching(`[a-z]{0,40}`), rapid.SampledFrom([]string{"", "\x00", "\xff", "Retail"}))
	rapid.Check(t, func(t *rapid.T) {
		plain := pq.String().Type()
		ours, theirs := (&repeated{Type: plain}).NewDictionary(0, 0, plain.NewValues(nil, nil)), plain.NewDictionary(0, 0, plain.NewValues(nil, nil))
		for range 2 {
			buffers := []pq.ColumnBuffer{ours.Type().NewColumnBuffer(0, 0), theirs.Type().NewColumnBuffer(0, 0)}
			for range rapid.IntRange(1, 4).Draw(t, "writes") {
				var values []pq.Value
				for _, s := range rapid.SliceOfN(text, 1, 400).Draw(t, "texts") {
					values = append(values, pq.ByteArrayValue([]byte(s)))
				}
				for _, b := range buffers {
					if n, err := b.WriteValues(values); n != len(values) || err != nil {
						t.Fatalf("%d of %d, %v", n, len(values), err)
					}
				}
			}
			samePage(t, buffers[0].Page(), buffers[1].Page())
			if ours.Len() != theirs.Len() || ours.Size() != theirs.Size() {
				t.Fatalf("%d texts of %d bytes, want %d of %d", ours.Len(), ours.Size(), theirs.Len(), theirs.Size())
			}
			samePage(t, ours.Page(), theirs.Page())
			ours.Reset()
			theirs.Reset()
		}
	})
}

func samePage(t *rapid.T, got, want pq.Page) {
	if got.NumValues() != want.NumValues() || got.NumRows() != want.NumRows() || got.NumNulls() != want.NumNulls() || got.Size() != want.Size() {
		t.Fatalf("page of %d values, %d rows, %d nulls, %d bytes; want %d, %d, %d, %d", got.NumValues(), got.NumRows(), got.NumNulls(), got.Size(),
			want.NumValues(), want.NumRows(), want.NumNulls(), want.Size())
	}
	how := encoding.Encoding(&pq.Plain)
	if got.Dictionary() != nil {
		how = &pq.RLEDictionary
		a, b := got.Data(), want.Data()
		if !slices.Equal(a.Int32(), b.Int32()) {
			t.Fatal("other places")
		}
	}
	gotLeast, gotMost, _ := got.Bounds()
	wantLeast, wantMost, _ := want.Bounds()
	if !pq.Equal(gotLeast, wantLeast) || !pq.Equal(gotMost, wantMost) {
		t.Fatalf("bounds %v and %v, want %v and %v", gotLeast, gotMost, wantLeast, wantMost)
	}
	a, errA := got.Type().Encode(nil, got.Data(), how)
	b, errB := want.Type().Encode(nil, want.Data(), how)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Fatalf("other bytes: %v, %v", errA, errB)
	}
}
