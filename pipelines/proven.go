package pipelines

import (
	"errors"
	"fmt"
	"os"
)

// journaled notes how long the journal of a target is now.
func (s *state) journaled(target, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if s.Journaled == nil {
		s.Journaled = map[string]int64{}
	}
	s.Journaled[target] = info.Size()
	return nil
}

// provenJournal refuses a journal that has lost what it held: what was acknowledged
// and refused would be forgotten in silence.
func (s *state) provenJournal(target, path string) error {
	if was := s.Journaled[target]; was > 0 {
		return holds(path, was)
	}
	return nil
}

// holds refuses a journal that is shorter than it was, or missing though it was there.
func holds(path string, was int64) error {
	const remedy = "bring it back from a backup of the state; without the whole state nothing is overwritten unasked"
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return configurationf("the journal of what was delivered (%s) is missing: %s", path, remedy)
	case err != nil:
		return fmt.Errorf("state: %w", err)
	case info.Size() < was:
		return configurationf("the journal of what was delivered (%s) has %d bytes of %d: %s", path, info.Size(), was, remedy)
	}
	return nil
}
