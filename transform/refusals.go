package transform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/sinks"
)

// Refusal is a cell that the receiver refused, or never applied, and that has not
// been sent since.
type Refusal struct {
	CustomerID, Axis string
	At               time.Time
	Value            sinks.Value // what was refused
	Held             sinks.Value // what stood there
	Code, Reason     string      // the status or not_applied, and the receiver's words
}

// Refusals gives, in the order of customers and axes, what was refused according
// to the file and the journal of Acknowledgements (empty or missing: none). Like
// Recall it leaves the journal alone, which may grow meanwhile. config.Dir must
// exist and be nobody else's.
func Refusals(ctx context.Context, config Config, saved, journal string, do func(Refusal) error) (err error) {
	events := filepath.Join(config.Dir, "events.ndjson")
	size, err := wholeLines(journal, events)
	if err != nil {
		return fmt.Errorf("acknowledgements: %w", err)
	}
	defer os.Remove(events)
	e, err := Open(ctx, config, Rules{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := e.loadSaved(ctx, saved); err != nil {
		return err
	}
	if size > 0 {
		if err := e.exec(ctx, foldJournal(events, size)...); err != nil {
			return unreadableJournal(ctx, err, journal)
		}
	}
	query := "SELECT 0::BIGINT AS n, " + ackList("") + " FROM kept WHERE r_at IS NOT NULL AND (s_at IS NULL OR s_at < r_at) ORDER BY customer_id, axis"
	return e.emit(ctx, query, func(batch arrow.RecordBatch) error {
		for row := range int(batch.NumRows()) {
			b := memoryBatch{batch}
			m := memoryOf(b, row)
			refusal := Refusal{
				CustomerID: strings.Clone(b.value(ackCustomerID, -1, row).text), Axis: m.Axis, At: m.RefusedAt,
				Value: m.Refused, Held: m.RefusedHeld, Code: m.Code, Reason: m.Reason,
			}
			if err := do(refusal); err != nil {
				return err
			}
		}
		return nil
	})
}

// wholeLines copies a journal up to the end of its last whole line, and answers
// how many bytes that is. A journal that is missing is empty.
func wholeLines(journal, to string) (int64, error) {
	from, err := os.Open(journal)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer from.Close()
	copied, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return 0, err
	}
	defer copied.Close()
	size, err := io.Copy(copied, from)
	if err != nil {
		return 0, err
	}
	whole, err := lastLineEnd(copied, size)
	if err != nil {
		return 0, err
	}
	return whole, copied.Truncate(whole)
}

// lastLineEnd is the place after the last line break of a file.
func lastLineEnd(file io.ReaderAt, size int64) (int64, error) {
	buffer := make([]byte, 1<<16)
	for end := size; end > 0; {
		begin := max(0, end-int64(len(buffer)))
		part := buffer[:end-begin]
		if _, err := file.ReadAt(part, begin); err != nil {
			return 0, err
		}
		if at := strings.LastIndexByte(string(part), '\n'); at >= 0 {
			return begin + int64(at) + 1, nil
		}
		end = begin
	}
	return 0, nil
}
