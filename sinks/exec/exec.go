// Package exec delivers changed cells to a program of the user's own. It reads the
// changes as an Arrow IPC stream on its standard input and answers what became of
// each cell as JSON lines on its standard output; what it writes to standard error
// goes to the log. docs/targets.md describes the protocol.
package exec

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/grace"
	"github.com/axisync/axisync/sinks"
)

// Config says what is run. Zero fields take the default named.
type Config struct {
	Name    string   // of the target
	Command []string // the program, and its arguments
	Dir     string   // in which it runs
	Env     []string // what it finds in its environment; nil: all that is in ours
	// Timeout is how long the program may neither take nor answer anything; 10 minutes.
	Timeout time.Duration
	// Grace is how long it has to end after SIGTERM when the run is interrupted; grace.Period.
	Grace time.Duration
	// Run and Source are told to the program, as AXISYNC_RUN and AXISYNC_SOURCE.
	Run, Source string
	// Cells and Bytes are what one start of the program is given at most, a customer
	// more or less; MostCells and MostBytes. More are handed to another start: a
	// program may read to the end before it answers, and every cell without an answer
	// is kept in memory.
	Cells, Bytes int
	Log          *slog.Logger // of what it writes to standard error; nowhere
	Now          func() time.Time
}

// The bounds of one start of the program.
const (
	MostCells = 100_000
	MostBytes = 64 << 20
)

// Target is a program as a sinks.Target.
type Target struct{ config Config }

var _ sinks.Target = (*Target)(nil)

// New makes a target. Nothing is started yet.
func New(config Config) (*Target, error) {
	config.Timeout = cmp.Or(config.Timeout, 10*time.Minute)
	config.Grace = cmp.Or(config.Grace, grace.Period)
	config.Cells, config.Bytes = cmp.Or(config.Cells, MostCells), cmp.Or(config.Bytes, MostBytes)
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Name == "" || len(config.Command) == 0 {
		return nil, errors.New("exec: the name or the command is missing")
	}
	return &Target{config}, nil
}

// Name is exec- and the name of the program's target.
func (t *Target) Name() string { return "exec-" + t.config.Name }

// Deliver hands the changes to the program: see sinks.Target. It fails unless the
// program ends with 0 and has answered every cell once; what it has answered until
// then counts.
func (t *Target) Deliver(ctx context.Context, changes array.RecordReader, journal sinks.Journal) (report sinks.Report, err error) {
	defer report.End(time.Now())
	var p portion
	var refused sinks.Refusals
	defer func() { report.Refused = refused.Kinds() }()
	start := func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		defer func() { p = portion{} }()
		whole, err := t.hand(ctx, p, journal, &refused)
		report.Customers += whole
		return err
	}
	err = sinks.Changes(changes, func(c sinks.Intent) error {
		p.add(c)
		if p.cells < t.config.Cells && p.bytes < t.config.Bytes {
			return nil
		}
		return start()
	})
	switch {
	case err != nil:
	case p.cells == 0:
		err = ctx.Err()
	default:
		err = start()
	}
	return report, err
}

// portion is what one start of the program is given.
type portion struct {
	customers []sinks.Intent
	cells     int
	bytes     int
}

func (p *portion) add(c sinks.Intent) {
	p.customers = append(p.customers, c)
	p.cells += len(c.Cells)
	for _, cell := range c.Cells {
		p.bytes += len(c.CustomerID) + len(cell.Axis) + len(cell.Before.Text) + len(cell.After.Text)
	}
}
