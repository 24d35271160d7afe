package sinks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// DamagedJournalError: a line of a journal is not what was written. Trying again
// does not help.
type DamagedJournalError struct {
	Path string
	Line int // from 1
}

// Error names the line and what to do.
func (e *DamagedJournalError) Error() string {
	return fmt.Sprintf("the journal of what was sent (%s) is damaged in line %d: bring it back from a backup of the state; without the whole state nothing is overwritten unasked", e.Path, e.Line)
}

// Configuration is true: a person has to bring the file back.
func (e *DamagedJournalError) Configuration() bool { return true }

// ReadJournal gives the events of the journal at path that begin at a place of the
// file or after it, in their order. A torn last line is left out; another that is no
// event is a DamagedJournalError.
func ReadJournal(path string, offset int64, do func(Event) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer file.Close()
	reader := bufio.NewReaderSize(file, 1<<16)
	var begin int64
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("journal %s: %w", path, err)
		}
		if begin >= offset {
			event, whole := eventOf(line)
			if !whole {
				return &DamagedJournalError{path, number}
			}
			if err := do(event); err != nil {
				return err
			}
		}
		begin += int64(len(line))
	}
}

// ProveJournal looks for the first line of a journal that is damaged: nil where none
// is, or the journal is missing.
func ProveJournal(path string) error {
	err := ReadJournal(path, 0, func(Event) error { return nil })
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// eventOf reads a line. What is no event, or lacks what every event has, is not
// whole; nor is text that is not UTF-8, which the journal never writes.
func eventOf(line []byte) (event Event, whole bool) {
	if !utf8.Valid(line) || json.Unmarshal(bytes.TrimSpace(line), &event) != nil {
		return event, false
	}
	return event, event.Seq > 0 && event.Kind != "" && event.CustomerID != "" && event.Axis != ""
}
