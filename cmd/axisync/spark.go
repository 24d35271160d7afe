package main

import "slices"

// sparks are the heights of a trend line.
var sparks = []rune("▁▂▃▄▅▆▇█")

// spark draws values from the lowest to the highest of them, or over a span that is
// greater where they hardly differ: noise is flat. A negative value is not known, and
// blank.
func spark(values []float64, span float64) string {
	known := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return v < 0 })
	if len(known) == 0 {
		return ""
	}
	low, high := slices.Min(known), slices.Max(known)
	high = max(high, low+span)
	line := make([]rune, len(values))
	for i, v := range values {
		switch {
		case v < 0:
			line[i] = ' '
		case high == low:
			line[i] = sparks[0]
		default:
			line[i] = sparks[int((v-low)/(high-low)*float64(len(sparks)-1)+0.5)]
		}
	}
	return string(line)
}
