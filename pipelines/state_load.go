package pipelines

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// open loads what is remembered, which is nothing before the first run.
func (s *state) open() error {
	_, err := s.load()
	return err
}

// load reads state.json. found is false where there is none and never was; what is
// there and cannot be what was saved is never taken for a fresh state.
func (s *state) load() (found bool, err error) {
	content, err := os.ReadFile(s.path("state.json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, s.neverSaved()
	}
	if err != nil {
		return false, stateError(s.path("state.json"), err)
	}
	var written struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(content, &written); err != nil {
		return false, s.damaged(err.Error())
	}
	switch {
	case written.Version == nil:
		return false, s.damaged("it has no version")
	case *written.Version != stateVersion:
		return false, configurationf("state: %s has version %d, this program knows %d: use the program that wrote it", s.path("state.json"), *written.Version, stateVersion)
	}
	if err := json.Unmarshal(content, &s.memory); err != nil {
		return false, s.damaged(err.Error())
	}
	return true, nil
}

func (s *state) damaged(why string) error {
	return configurationf("state: %s is damaged (%s): bring it back from a backup; without it nothing is overwritten unasked", s.path("state.json"), why)
}

// neverSaved refuses a state whose state.json is missing while what is written only
// after it was saved lies beside it: to begin anew would forget what was written to
// Fincome. A first run that was killed leaves none of that.
func (s *state) neverSaved() error {
	if !s.hasDelivered() && !s.hasEnded() {
		return nil
	}
	return configurationf("state: %s is missing, though this source has run: bring it back from a backup; to begin anew and forget what was written to Fincome, move targets, deleted, runs and result.json out of %s",
		s.path("state.json"), s.dir)
}

// hasDelivered reports whether there is a journal, or a file of a second generation.
func (s *state) hasDelivered() bool {
	journals, _ := filepath.Glob(s.path("targets", "*", "journal-*.ndjson")) // the pattern is a good one
	saved, _ := filepath.Glob(s.path("targets", "*", "acknowledgements-*.parquet"))
	deleted, _ := filepath.Glob(s.path("deleted", "deleted-*.parquet"))
	return len(journals) > 0 || slices.ContainsFunc(append(saved, deleted...), func(path string) bool {
		return !strings.HasSuffix(path, "-000001.parquet")
	})
}

// hasEnded reports whether the last run came as far as to remember.
func (s *state) hasEnded() bool {
	content, err := os.ReadFile(s.path("result.json"))
	var last struct {
		Outcome string `json:"result"`
	}
	return err == nil && json.Unmarshal(content, &last) == nil && slices.Contains([]string{"planned", "snapshot", "unchanged", "delivered", "offered"}, last.Outcome)
}

// stateError is a failure of the file system; that the state is no folder does not
// pass by itself.
func stateError(path string, err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return configurationf("state: there is no folder for %s: a file is in the way; name another folder, as state in the file or by --state", path)
	}
	return fmt.Errorf("state: %w", err)
}
