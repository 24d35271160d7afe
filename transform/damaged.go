package transform

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/axisync/axisync/sinks"
)

// DamagedError: a file of the state is missing, or is not what was written. Trying
// again does not help.
type DamagedError struct{ text string }

// Error names the file and what to do.
func (e *DamagedError) Error() string { return e.text }

// Configuration is true: a person has to bring the file back.
func (e *DamagedError) Configuration() bool { return true }

// unreadable is the error of a statement that reads a file of the state. what says
// what the file holds, remedy what to do where it is gone or damaged; a lack of
// memory, of disk or of rights says nothing of the file.
func unreadable(ctx context.Context, err error, what, path, remedy string) error {
	text, _, _ := strings.Cut(err.Error(), "\n") // DuckDB repeats the statement below
	var failed *duckdb.Error
	if ctx.Err() != nil || !errors.As(err, &failed) || ofTheMachine(failed) {
		return fmt.Errorf("%s (%s) cannot be read: %w", what, path, err)
	}
	return &DamagedError{fmt.Sprintf("%s (%s) is missing or damaged: bring it back from a backup of the state%s (%s)", what, path, remedy, text)}
}

// unreadableJournal is the error of a statement that reads a journal, or the copy of
// some of its lines. Which line is damaged DuckDB does not say of the journal itself,
// so it is looked for.
func unreadableJournal(ctx context.Context, err error, journal string) error {
	err = unreadable(ctx, err, ofJournal, journal, withoutState)
	if damaged := (*DamagedError)(nil); !errors.As(err, &damaged) {
		return err
	}
	if line := (*sinks.DamagedJournalError)(nil); errors.As(sinks.ProveJournal(journal), &line) {
		return line
	}
	return err
}

func ofTheMachine(failed *duckdb.Error) bool {
	switch failed.Type {
	case duckdb.ErrorTypeOutOfMemory, duckdb.ErrorTypeInterrupt, duckdb.ErrorTypePermission, duckdb.ErrorTypeFatal, duckdb.ErrorTypeInternal:
		return true
	case duckdb.ErrorTypeIO:
		for _, cause := range []string{"No space left", "Permission denied", "Input/output error", "Too many open files", "Stale file handle"} {
			if strings.Contains(failed.Msg, cause) {
				return true
			}
		}
	}
	return false
}
