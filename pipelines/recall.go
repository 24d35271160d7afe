package pipelines

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/axisync/axisync/transform"
)

// readMemory reads what a source remembers without taking its lock: the file is
// replaced as a whole, so it is never half written. found is false where there is
// none.
func readMemory(p *Pipeline) (m memory, found bool, err error) {
	s := &state{dir: filepath.Join(p.State, p.Slug), memory: memory{Version: stateVersion, Source: p.Source}}
	found, err = s.load()
	return s.memory, found, err
}

// recallTries is how often what is remembered is read while runs turn the page.
const recallTries = 5

// settled lets do read what is remembered by the file of acknowledgements of a
// generation (0: none). A run may be at work: it makes a new file, and the next one
// removes the old. So what do has read counts when nothing has turned the page
// meanwhile; else do is called again. Where nothing is remembered it is not called.
func settled(p *Pipeline, do func(generation int64) error) error {
	var failed error
	for range recallTries {
		before, found, err := readMemory(p)
		if err != nil || !found {
			return err
		}
		err = do(before.generation(p.targetName()))
		after, _, stateErr := readMemory(p)
		if stateErr != nil {
			return stateErr
		}
		if after.generation(p.targetName()) == before.generation(p.targetName()) {
			return err // of a file that is missing or damaged: nobody has turned the page
		}
		failed = err
	}
	return errors.Join(errors.New("what is remembered changes while it is read; try again when the run at work has ended"), failed)
}

// withAcknowledgements gives do a folder of its own, and the files of a generation.
// The state is left alone: another run may own its work folder.
func withAcknowledgements(p *Pipeline, generation int64, do func(dir, file, journal string) error) error {
	dir, err := os.MkdirTemp("", "axisync-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file, journal := acknowledgements(filepath.Join(p.State, p.Slug, "targets", p.targetName()), generation)
	return do(dir, file, journal)
}

// recallCustomer gives what is remembered of the cells of a customer, by axis.
func recallCustomer(ctx context.Context, p *Pipeline, customerID string) (byAxis map[string]transform.Memory, err error) {
	err = settled(p, func(generation int64) error {
		return withAcknowledgements(p, generation, func(dir, file, journal string) error {
			memories, err := transform.Recall(ctx, transform.Config{Dir: dir}, file, journal, customerID)
			byAxis = map[string]transform.Memory{}
			for _, m := range memories {
				byAxis[m.Axis] = m
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return byAxis, nil
}
