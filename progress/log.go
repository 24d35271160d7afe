package progress

import (
	"log/slog"
	"time"

	"github.com/sourcegraph/conc"
)

// Every is how often a Log tells of a stage that is under way.
const Every = 10 * time.Second

// Log is a Board for who reads a log: a line of the level info every ten seconds, with
// the figures as attributes. A stage that is over sooner is not told of.
type Log struct{ log *slog.Logger }

// NewLog makes a board whose lines go to log.
func NewLog(log *slog.Logger) Log { return Log{log} }

// Begin tells of a stage until the function that it gives back is called.
func (l Log) Begin(stage *Stage) (end func()) {
	m := &meter{stage: stage, begun: time.Now()}
	m.read(m.begun)
	over := make(chan struct{})
	var teller conc.WaitGroup
	teller.Go(func() {
		ticks := time.NewTicker(Every)
		defer ticks.Stop()
		for {
			select {
			case at := <-ticks.C:
				m.read(at)
				l.log.Info("at work: "+stage.Name, m.attributes(at)...)
			case <-over:
				return
			}
		}
	})
	return func() {
		close(over)
		teller.Wait()
	}
}

// attributes are the figures of a stage. What is not known is left out.
func (m *meter) attributes(at time.Time) []any {
	f := m.figures
	attributes := []any{"since", at.Sub(m.begun).Round(time.Second)}
	add := func(name string, value any, there bool) {
		if there {
			attributes = append(attributes, name, value)
		}
	}
	add("source", m.stage.Source, m.stage.Source != "")
	add("waiting_for", f.Waiting, f.Waiting != "")
	add(f.Unit, f.Done, f.Unit != "")
	add("of", f.Total, f.Total > 0)
	add("per_second", int64(m.perSecond), f.Unit != "" && f.Waiting == "")
	add("bytes", f.Bytes, f.Bytes > 0)
	add("pages_in_flight", f.Pages, f.Pages > 0)
	add("customers", f.Customers, f.Customers > 0)
	add("customers_per_second", int64(m.wrote), f.Customers > 0)
	rest, known := left(f, m.perSecond)
	add("left", rest, known)
	return attributes
}
