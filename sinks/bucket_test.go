package sinks_test

import (
	"testing"

	"github.com/axisync/axisync/sinks"
)

func TestDepthKeepsBucketsSmall(t *testing.T) {
	for rows, want := range map[int64]int{0: 0, 1: 0, 65536: 0, 65537: 1, 131072: 1, 131073: 2, 1_000_000: 4, 3_000_000: 6, 1 << 40: 10} {
		if got := sinks.Depth(rows); got != want {
			t.Errorf("Depth(%d) = %d, want %d", rows, got, want)
		}
	}
}

func TestDeeperBucketsNest(t *testing.T) {
	for _, id := range []string{"", "0015f00000BCvReAAL", "é"} {
		hash := sinks.Hash(id)
		for depth := 1; depth <= 10; depth++ {
			if sinks.Bucket(hash, depth)>>1 != sinks.Bucket(hash, depth-1) {
				t.Errorf("bucket of %q at depth %d is not in that of depth %d", id, depth, depth-1)
			}
		}
		if sinks.Bucket(hash, 0) != 0 {
			t.Errorf("depth 0 has more than one bucket")
		}
	}
}

func TestEmptyCells(t *testing.T) {
	for _, v := range []sinks.Value{{}, sinks.Text("")} {
		if !v.Empty() || !v.Same(sinks.Value{}) {
			t.Errorf("%+v is not empty", v)
		}
	}
	zero := sinks.Value{Set: true, Text: "0", Type: "number"}
	if zero.Empty() || !zero.Same(sinks.Text("0")) || zero.Same(sinks.Value{}) {
		t.Error("the number 0 is not empty and shows as the text 0")
	}
	list := sinks.Value{Set: true, Text: "[]", Type: "json"}
	if list.Same(sinks.Text("[]")) || !list.Same(list) {
		t.Error("an array is not its text")
	}
}
