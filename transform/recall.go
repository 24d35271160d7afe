package transform

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
)

// Memory is what is remembered of a cell (the A and S of design.md 4.5). A time
// is zero where there is nothing to tell.
type Memory struct {
	Axis string

	AcknowledgedAt time.Time
	Acknowledged   sinks.Value // A, the text
	Form           sinks.Value // the form in which the receiver keeps it, where that differs

	SeenAt time.Time // the newest read of the cell by itself
	Seen   sinks.Value

	SentAt     time.Time // S: sent and not confirmed
	Sent       sinks.Value
	SentBefore sinks.Value // what stood there
	Answered   bool        // the request was answered
	Tries      int64       // how often it was accepted

	RefusedAt   time.Time
	Refused     sinks.Value // what was refused
	RefusedHeld sinks.Value // what stood there
	Code        string      // why: the status, or not_applied
	Reason      string      // why, in the receiver's words

	LeftAt time.Time // since when a cell of ours is left as Left says
	Left   string    // stale or edited
}

// Recall gives what is remembered of the cells of one customer, by axis: what the
// file and the journal given to Acknowledgements say of it (empty or missing:
// none). The journal may grow meanwhile; a line that is not whole yet is left out.
// config.Dir must exist and be nobody else's; what Recall writes there it removes.
func Recall(ctx context.Context, config Config, saved, journal, customerID string) (memories []Memory, err error) {
	events := filepath.Join(config.Dir, "events.ndjson")
	happened, err := eventsOf(journal, customerID, events)
	if err != nil {
		return nil, fmt.Errorf("acknowledgements: %w", err)
	}
	defer os.Remove(events)
	e, err := Open(ctx, config, Rules{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := e.loadSaved(ctx, ""); err != nil {
		return nil, err
	}
	if saved != "" {
		if err := e.exec(ctx, "INSERT INTO kept BY NAME SELECT * FROM read_parquet("+literal(saved)+") WHERE customer_id = "+literal(customerID)); err != nil {
			return nil, unreadable(ctx, err, ofAcknowledgements, saved, withoutState)
		}
	}
	if happened {
		if err := e.exec(ctx, foldJournal(events, 0)...); err != nil {
			return nil, unreadableJournal(ctx, err, journal)
		}
	}
	err = e.emit(ctx, "SELECT 0::BIGINT AS n, "+ackList("")+" FROM kept ORDER BY axis", func(batch arrow.RecordBatch) error {
		for row := range int(batch.NumRows()) {
			memories = append(memories, memoryOf(memoryBatch{batch}, row))
		}
		return nil
	})
	return memories, err
}

// memoryOf copies a row of what is remembered.
func memoryOf(b memoryBatch, row int) Memory {
	var r remembered
	b.remembered(row, &r)
	m := Memory{
		Axis:           strings.Clone(b.Column(1 + ackAxis).(*array.String).Value(row)),
		AcknowledgedAt: moment(r.aAt), Acknowledged: r.a.copied(), Form: r.f.copied(),
		SeenAt: moment(r.oAt), Seen: r.o.copied(),
		SentAt: moment(r.sAt), Sent: r.s.copied(), SentBefore: r.sBefore.copied(), Answered: r.sAnswered, Tries: r.sTries,
		RefusedAt: moment(r.rAt), Refused: r.rD.copied(), RefusedHeld: r.rH.copied(), Code: strings.Clone(r.rCode.text), Reason: strings.Clone(r.rReason.text),
	}
	if int(r.sinceCase) < len(leftNames) {
		m.LeftAt, m.Left = moment(r.sinceAt), leftNames[r.sinceCase]
	}
	return m
}

// copied is the value for those outside, in memory of its own.
func (v value) copied() sinks.Value {
	return sinks.Value{Set: v.set, Text: strings.Clone(v.text), Type: formNames[v.form]}
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// eventsOf copies the events of one customer from a journal to a file, and
// answers whether there is any: of a journal of millions of lines only these are
// parsed.
func eventsOf(journal, customerID, to string) (bool, error) {
	if journal == "" {
		return false, nil
	}
	from, err := os.Open(journal)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer from.Close()
	name, err := json.Marshal(customerID) // as the journal writes it
	if err != nil {
		return false, err
	}
	events, err := linesWith(from, append([]byte(`"customer_id":`), append(name, ',')...))
	if err != nil || len(events) == 0 {
		return false, err
	}
	return true, os.WriteFile(to, events, 0o600)
}

// linesWith gives the whole lines that hold a text.
func linesWith(from io.Reader, text []byte) ([]byte, error) {
	reader := bufio.NewReaderSize(from, 1<<16)
	var found []byte
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if bytes.Contains(line, text) {
			found = append(found, line...)
		}
	}
}
