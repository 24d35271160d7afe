package main

import (
	"fmt"
	"strings"

	"github.com/axisync/axisync/pipelines"
)

// boxes shows a check as a list of boxes to tick.
type boxes struct {
	painter
	counts map[pipelines.Level]int
}

// The box of a level: the sign says it without its colour.
var boxSigns = map[pipelines.Level]string{
	pipelines.OK: "[x]     ", pipelines.Warn: "[!] warn", pipelines.Todo: "[ ] todo", pipelines.Fail: "[ ] fail",
}

// show shows a box, and under one that is not ticked what to do.
func (b *boxes) show(t pipelines.Tick) {
	if b.counts == nil {
		b.counts = map[pipelines.Level]int{}
	}
	b.counts[t.Level]++
	sign := boxSigns[t.Level]
	switch t.Level {
	case pipelines.OK:
		sign = b.green(sign)
	case pipelines.Fail:
		sign = b.red(sign)
	}
	const under = "\n             "
	fmt.Fprintf(b, "%s %-20s %s\n", sign, t.Name, strings.ReplaceAll(strings.TrimSpace(t.Text), "\n", under))
	if t.Remedy != "" {
		fmt.Fprintf(b, "         -> %s\n", strings.ReplaceAll(strings.TrimSpace(t.Remedy), "\n", under))
	}
}

// sum says what is left to do.
func (b *boxes) sum() {
	parts := []string{fmt.Sprintf("%d ticked", b.counts[pipelines.OK])}
	for _, kind := range []struct {
		level     pipelines.Level
		one, many string
	}{{pipelines.Fail, "failed", "failed"}, {pipelines.Todo, "thing to do", "things to do"}, {pipelines.Warn, "warning", "warnings"}} {
		switch n := b.counts[kind.level]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+kind.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.many))
		}
	}
	fmt.Fprintln(b, strings.Join(parts, ", "))
}
