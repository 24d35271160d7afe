package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/exec"
	"github.com/axisync/axisync/sinks/file"
	"github.com/axisync/axisync/sinks/fincome"
	"github.com/axisync/axisync/transform"
)

// RejectTold is a cell that the receiver refused, or never applied, and that waits
// for another value or for --retry-rejects.
type RejectTold struct {
	Customer string    `json:"customer"`
	Axis     string    `json:"axis"`
	Value    *string   `json:"value"` // what was refused; null: to clear the cell
	Held     *string   `json:"held"`  // what stood there
	At       time.Time `json:"at"`
	Code     string    `json:"code"` // the status, or not_applied
	Reason   string    `json:"reason"`
	Remedy   string    `json:"remedy"`
}

// Rejects gives what was refused, in the order of customers and axes. It reads the
// state only, and does not wait for a run at work.
func Rejects(ctx context.Context, p *Pipeline, do func(RejectTold) error) error {
	spool, err := os.CreateTemp("", "axisync-*")
	if err != nil {
		return err
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	err = settled(ctx, p, func(generation int64) error {
		if err := rewind(spool); err != nil { // what was read before is not what counts
			return err
		}
		return withAcknowledgements(ctx, p, generation, func(dir, file, journal string) error {
			lines := json.NewEncoder(spool)
			return transform.Refusals(ctx, transform.Config{Dir: dir}, file, journal, func(r transform.Refusal) error { return lines.Encode(p.rejectTold(r)) })
		})
	})
	if err != nil {
		return err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for lines := json.NewDecoder(spool); ; {
		var told RejectTold
		if err := lines.Decode(&told); err != nil {
			return ignoreEnd(err)
		}
		if err := do(told); err != nil {
			return err
		}
	}
}

func rewind(spool *os.File) error {
	_, err := spool.Seek(0, io.SeekStart)
	return errors.Join(err, spool.Truncate(0))
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (p *Pipeline) rejectTold(r transform.Refusal) RejectTold {
	return RejectTold{
		Customer: r.CustomerID, Axis: r.Axis, Value: text(r.Value), Held: text(r.Held), At: r.At,
		Code: r.Code, Reason: r.Reason, Remedy: p.remedy(r),
	}
}

// remedy is that of the target: a code means to a program what it likes.
func (p *Pipeline) remedy(r transform.Refusal) string {
	switch {
	case p.Exec != nil:
		return exec.Remedy(p.Exec.Name)
	case p.ImportFile != nil:
		return orText(file.Remedy(r.Code), fincome.Remedy(r.Code, r.Reason, r.Axis))
	}
	return fincome.Remedy(r.Code, r.Reason, r.Axis)
}

// text is the text of a value, nil where there is none.
func text(v sinks.Value) *string {
	if !v.Set {
		return nil
	}
	return &v.Text
}
