package sinks

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// EventKind is the kind of a line of a journal: an OutcomeKind, or Sent.
type EventKind string

// Sent is the event that Journal.Sending writes before a request goes out.
const Sent EventKind = "sending"

// Event is one line of a journal: what happened to one cell. A journal is a file
// of JSON lines in the order in which things happened; the last line may be
// torn when its writer was killed, and is then dropped.
type Event struct {
	Seq        int64     `json:"seq"` // rises from line to line
	Kind       EventKind `json:"kind"`
	CustomerID string    `json:"customer_id"`
	Axis       string    `json:"axis"`
	Case       *string   `json:"case,omitempty"`
	At         int64     `json:"at"` // microseconds since 1970, UTC
	Before     *string   `json:"before"`
	BeforeType *string   `json:"before_type"`
	After      *string   `json:"after"`
	AfterType  *string   `json:"after_type,omitempty"`
	Now        *string   `json:"now"`
	NowType    *string   `json:"now_type"`
	Code       *string   `json:"code"`
	Reason     *string   `json:"reason"`
}

// EventColumns are the columns of an Event as DuckDB reads them.
const EventColumns = `{seq: 'BIGINT', kind: 'VARCHAR', customer_id: 'VARCHAR', axis: 'VARCHAR', "case": 'VARCHAR', "at": 'BIGINT',
	before: 'VARCHAR', before_type: 'VARCHAR', after: 'VARCHAR', after_type: 'VARCHAR', now: 'VARCHAR', now_type: 'VARCHAR', code: 'VARCHAR', reason: 'VARCHAR'}`

// tail is how long an outcome may be written and not durable: so much of a
// delivery is done again when its process is killed, and must stay under a second
// with the fsync.
const tail = 500 * time.Millisecond

// FileJournal is a Journal in a file. Its methods may be called by several
// goroutines; those that wait for durability share one fsync.
type FileJournal struct {
	file *os.File

	mu      sync.Mutex
	seq     int64 // of the last event written
	writer  *bufio.Writer
	err     error // the first failure; everything after it fails too
	due     bool  // a sync of the tail is on its way
	tail    *time.Timer
	closed  bool
	onEvent func(Event)
	copied  func(size int64) error // brings the file up to a size elsewhere; nil: nowhere
	size    int64                  // of what was written to the file

	syncing sync.Mutex
	durable int64 // seq up to which the file is known to be on disk
}

// OpenJournal opens the journal at path for appending and creates it when it is
// missing. A torn last line is cut off. onEvent, which may be nil, is told every
// event after it was written, one at a time. The caller closes the journal.
func OpenJournal(path string, onEvent func(Event)) (*FileJournal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &FileJournal{file: file, writer: bufio.NewWriterSize(file, 1<<16), onEvent: onEvent}
	if err := j.recover(path); err != nil {
		file.Close()
		return nil, err
	}
	return j, nil
}

// Replicate has copied bring the file elsewhere, up to a size of whole lines, before
// anything in it counts as durable. It is called once, before the first event; copied
// is never called twice at the same time.
func (j *FileJournal) Replicate(copied func(size int64) error) { j.copied = copied }

// RepairJournal cuts a torn last line off the journal at path: what a killed
// process or a full disk left. A journal that does not exist is whole.
func RepairJournal(path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	j, err := OpenJournal(path, nil)
	if err != nil {
		return err
	}
	return j.Close()
}

// recover finds the last whole line, cuts what follows, and goes on from its
// number.
func (j *FileJournal) recover(path string) error {
	reader := bufio.NewReaderSize(j.file, 1<<16)
	var whole int64
	var last []byte
	number := 0
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("journal %s: %w", path, err)
		}
		number++
		whole += int64(len(line))
		last = line
	}
	if last != nil {
		event, ok := eventOf(last)
		if !ok {
			return &DamagedJournalError{path, number}
		}
		j.seq, j.durable = event.Seq, event.Seq
	}
	j.size = whole
	if err := j.file.Truncate(whole); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if _, err := j.file.Seek(whole, io.SeekStart); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// Sending writes the intent to write cells and returns when it is durable.
func (j *FileJournal) Sending(customerID string, cells []Cell, at time.Time) error {
	events := make([]Event, len(cells))
	for i, cell := range cells {
		events[i] = newEvent(Sent, customerID, cell, at)
	}
	seq, err := j.append(events)
	if err != nil {
		return err
	}
	return j.sync(seq)
}

// Record writes one outcome. It is durable within a second, or by the next
// Sending, Sync or Close if that comes first.
func (j *FileJournal) Record(outcome Outcome) error {
	event := newEvent(EventKind(outcome.Kind), outcome.CustomerID, outcome.Cell, outcome.At)
	event.Now, event.NowType = textOf(outcome.Now), optional(outcome.Now.Type)
	event.Code, event.Reason = optional(outcome.Code), optional(outcome.Reason)
	if _, err := j.append([]Event{event}); err != nil {
		return err
	}
	j.syncSoon()
	return nil
}

// syncSoon sees to it that what was written is synced before long. What goes wrong
// then is told to whoever comes next.
func (j *FileJournal) syncSoon() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.due || j.closed {
		return
	}
	j.due = true
	j.tail = time.AfterFunc(tail, func() {
		j.mu.Lock()
		j.due = false
		seq := j.seq
		j.mu.Unlock()
		_ = j.sync(seq) // kept in j.err
	})
}

// Sync returns when everything written so far is on disk.
func (j *FileJournal) Sync() error {
	j.mu.Lock()
	seq := j.seq
	j.mu.Unlock()
	return j.sync(seq)
}

// Close makes everything durable and closes the file. Nothing may be written
// afterwards.
func (j *FileJournal) Close() error {
	j.mu.Lock()
	j.closed = true
	if j.tail != nil {
		j.tail.Stop()
	}
	j.mu.Unlock()
	err := j.Sync()
	j.syncing.Lock() // a sync of the tail may be at work
	defer j.syncing.Unlock()
	j.mu.Lock()
	j.err = cmp.Or(j.err, os.ErrClosed)
	j.mu.Unlock()
	if closeErr := j.file.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (j *FileJournal) append(events []Event) (int64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, event := range events {
		if j.err != nil {
			return 0, j.err
		}
		event.Seq = j.seq + 1
		line, err := json.Marshal(event)
		if err != nil {
			return 0, fmt.Errorf("journal: %w", err)
		}
		if _, err := j.writer.Write(append(line, '\n')); err != nil {
			j.err = fmt.Errorf("journal: %w", err)
			return 0, j.err
		}
		j.seq = event.Seq
		j.size += int64(len(line)) + 1
		if j.onEvent != nil {
			j.onEvent(event)
		}
	}
	return j.seq, nil
}

// sync waits until seq is durable; whoever comes first syncs for all that have
// written by then.
func (j *FileJournal) sync(seq int64) error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.durable >= seq {
		return nil
	}
	j.mu.Lock()
	upTo, size := j.seq, j.size
	if err := j.writer.Flush(); err != nil && j.err == nil {
		j.err = fmt.Errorf("journal: %w", err)
	}
	err := j.err
	j.mu.Unlock()
	if err != nil {
		return err
	}
	err = j.file.Sync()
	if err == nil && j.copied != nil {
		err = j.copied(size)
	}
	if err != nil {
		err = fmt.Errorf("journal: %w", err)
		j.mu.Lock()
		j.err = cmp.Or(j.err, err)
		j.mu.Unlock()
		return err
	}
	j.durable = upTo
	return nil
}

func newEvent(kind EventKind, customerID string, cell Cell, at time.Time) Event {
	return Event{
		Kind: kind, CustomerID: customerID, Axis: cell.Axis, Case: optional(string(cell.Case)), At: at.UnixMicro(),
		Before: textOf(cell.Before), BeforeType: optional(cell.Before.Type), After: textOf(cell.After), AfterType: optional(cell.After.Type),
	}
}

func textOf(v Value) *string {
	if !v.Set {
		return nil
	}
	return &v.Text
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
