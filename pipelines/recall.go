package pipelines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/transform"
)

// readMemory reads what a source remembers without taking its lock: the file is
// replaced as a whole, so it is never half written. found is false where there is
// none.
func readMemory(ctx context.Context, p *Pipeline) (m memory, found bool, err error) {
	err = p.look(ctx, []string{"state.json"}, func(dir string) error {
		s := &state{dir: dir, memory: memory{Version: stateVersion, Source: p.Source}}
		found, err = s.load()
		m = s.memory
		return err
	})
	return m, found, err
}

// look gives do a folder with some files of the state, without taking its lock: the
// state itself, or a copy of these files for as long as do takes. Where one of them is
// not there, the copy has all there is: what is missing may tell that something was
// lost.
func (p *Pipeline) look(ctx context.Context, names []string, do func(dir string) error) error {
	if !storage.IsBucket(p.State) {
		return do(p.stateDir())
	}
	bucket, err := p.bucket(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "axisync-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, mine := range []func(string) bool{func(name string) bool { return slices.Contains(names, name) }, ofState} {
		if err := storage.NewCopy(bucket, dir, storage.Options{Mine: mine}).Load(ctx); err != nil {
			return fmt.Errorf("state: %w", err)
		}
		if !slices.ContainsFunc(names, func(name string) bool {
			_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
			return err != nil
		}) {
			break
		}
	}
	return p.placed(dir, do(dir))
}

// recallTries is how often what is remembered is read while runs turn the page.
const recallTries = 5

// settled lets do read what is remembered by the file of acknowledgements of a
// generation (0: none). A run may be at work: it makes a new file, and the next one
// removes the old. So what do has read counts when nothing has turned the page
// meanwhile; else do is called again. Where nothing is remembered it is not called.
func settled(ctx context.Context, p *Pipeline, do func(generation int64) error) error {
	var failed error
	for range recallTries {
		before, found, err := readMemory(ctx, p)
		if err != nil || !found {
			return err
		}
		err = do(before.generation(p.targetName()))
		after, _, stateErr := readMemory(ctx, p)
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
func withAcknowledgements(ctx context.Context, p *Pipeline, generation int64, do func(dir, file, journal string) error) error {
	dir, err := os.MkdirTemp("", "axisync-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file, journal := acknowledgements(path.Join("targets", p.targetName()), generation)
	names := []string{filepath.ToSlash(journal)}
	if file != "" {
		names = append(names, filepath.ToSlash(file))
	}
	return p.look(ctx, names, func(state string) error {
		if file == "" {
			return do(dir, "", filepath.Join(state, journal))
		}
		return do(dir, filepath.Join(state, file), filepath.Join(state, journal))
	})
}

// recallCustomer gives what is remembered of the cells of a customer, by axis.
func recallCustomer(ctx context.Context, p *Pipeline, customerID string) (byAxis map[string]transform.Memory, err error) {
	err = settled(ctx, p, func(generation int64) error {
		return withAcknowledgements(ctx, p, generation, func(dir, file, journal string) error {
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
