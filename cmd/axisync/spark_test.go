package main

import "testing"

func TestSpark(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []float64
		span   float64
		want   string
	}{
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 0, "▁▂▃▄▅▆▇█"},
		{[]float64{5, 5, 5}, 0, "▁▁▁"},
		{[]float64{0.1801, 0.18, 0.1802}, 0.01, "▁▁▁"}, // noise
		{[]float64{0.1, -1, 0.9}, 0.01, "▁ █"},
		{[]float64{-1, -1}, 0, ""},
		{nil, 0, ""},
	} {
		if got := spark(c.values, c.span); got != c.want {
			t.Errorf("%v: %q, want %q", c.values, got, c.want)
		}
	}
	if got := (painter{}).line([]float64{1, 2}, 0); got != "" {
		t.Errorf("no terminal: %q", got)
	}
	for n, want := range map[int64]int64{999: 999, 1003: 1000, 82_249: 82_200, 1_006_500: 1_010_000} {
		if got := rounded(n); got != want {
			t.Errorf("about %d is told as %d, want %d", n, got, want)
		}
	}
}
