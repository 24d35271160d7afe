package progress

import (
	"fmt"
	"strings"
	"time"

	"github.com/axisync/axisync/words"
)

// meter is a stage that is watched.
type meter struct {
	stage            *Stage
	begun            time.Time
	done, customers  pace
	figures          Figures
	perSecond, wrote float64 // of figures.Done and figures.Customers
}

// read takes the figures of a moment.
func (m *meter) read(at time.Time) {
	m.figures = m.stage.Figures()
	m.perSecond, m.wrote = m.done.note(at, m.figures.Done), m.customers.note(at, m.figures.Customers)
}

// line is the stage in one line: what it does, how far it is, how fast it goes, how
// long it will take.
func (m *meter) line(at time.Time) string {
	f, parts := m.figures, []string(nil)
	if f.Waiting != "" {
		parts = append(parts, f.Waiting)
	}
	switch {
	case f.Total > 0:
		parts = append(parts, fmt.Sprintf("%s of %s %s (%s)", words.Count(f.Done), words.Count(f.Total), f.Unit, words.Share(f.Done, f.Total)))
	case f.Done > 0 && f.Waiting != "":
		parts = append(parts, words.Count(f.Done)+" "+f.Unit+" so far")
	case f.Done > 0:
		parts = append(parts, words.Count(f.Done)+" "+f.Unit)
	}
	if f.Bytes > 0 {
		parts = append(parts, size(f.Bytes))
	}
	switch {
	case f.Customers > 0:
		parts = append(parts, words.Count(int64(m.wrote))+" customers/s")
	case m.perSecond >= 1:
		parts = append(parts, words.Count(int64(m.perSecond))+"/s")
	}
	switch {
	case f.Pages == 1:
		parts = append(parts, "1 page in flight")
	case f.Pages > 1:
		parts = append(parts, fmt.Sprintf("%d pages in flight", f.Pages))
	}
	if rest, known := left(f, m.perSecond); known {
		parts = append(parts, rest.String()+" left")
	} else {
		parts = append(parts, at.Sub(m.begun).Round(time.Second).String())
	}
	name := m.stage.Name
	if m.stage.Source != "" {
		name = words.Line(m.stage.Source) + ": " + name
	}
	return name + "  " + strings.Join(parts, ", ")
}

// size writes a size in the units of networks and disks.
func size(n int64) string {
	switch f := float64(n); {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", f/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", f/1e6)
	}
	return fmt.Sprintf("%d kB", n/1000)
}
