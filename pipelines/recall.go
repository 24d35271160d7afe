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

// recallCustomer gives what is remembered of the cells of a customer, by axis. A
// run may be at work: it makes a new file of acknowledgements, and the next one
// removes the old. So the files are those of the state when nothing has turned the
// page meanwhile.
func recallCustomer(ctx context.Context, p *Pipeline, customerID string) (map[string]transform.Memory, error) {
	var failed error
	for range recallTries {
		before, found, err := readMemory(p)
		if err != nil || !found {
			return nil, err
		}
		memories, err := recallOnce(ctx, p, before.Acknowledgements, customerID)
		after, _, stateErr := readMemory(p)
		if stateErr != nil {
			return nil, stateErr
		}
		if err == nil && after.Acknowledgements == before.Acknowledgements {
			return memories, nil
		}
		if failed = err; after.Acknowledgements == before.Acknowledgements {
			return nil, err // nobody has turned the page: the file is missing or damaged
		}
	}
	return nil, errors.Join(errors.New("what is remembered changes while it is read; try again when the run at work has ended"), failed)
}

func recallOnce(ctx context.Context, p *Pipeline, generation int64, customerID string) (map[string]transform.Memory, error) {
	dir, err := os.MkdirTemp("", "axisync-") // the state is left alone: another run may own its work folder
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file, journal := acknowledgements(filepath.Join(p.State, p.Slug, "targets", "fincome"), generation)
	memories, err := transform.Recall(ctx, transform.Config{Dir: dir}, file, journal, customerID)
	if err != nil {
		return nil, err
	}
	byAxis := map[string]transform.Memory{}
	for _, m := range memories {
		byAxis[m.Axis] = m
	}
	return byAxis, nil
}
