package pipelines

import (
	"context"
	"fmt"
	"os"

	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/transform"
)

// remember saves what the run has learned: which writes have arrived, which
// properties are usable, what became of accounts, and up to when they were read. The
// snapshot is durable by now.
func (r *run) remember(ctx context.Context) error {
	dir, err := r.state.target(r.targetName())
	if err != nil {
		return err
	}
	next := r.state.generation(r.targetName()) + 1
	file, _ := acknowledgements(dir, next)
	saved, err := r.engine.SaveAcknowledgements(ctx, file)
	if err != nil {
		return err
	}
	if saved {
		if err := syncFile(file); err != nil {
			return err
		}
		if err := durable.SyncFolder(dir); err != nil {
			return err
		}
		r.state.turn(r.targetName(), next)
	}
	for i, axis := range r.rules.Axes {
		if axis.State == transform.Usable {
			for _, source := range axis.Properties {
				r.state.Properties = remember(r.state.Properties, source.Property)
			}
		}
		if r.decisions[i].Known > 0 {
			r.state.Axes = remember(r.state.Axes, axis.Name)
		}
	}
	if err := r.saveDeleted(ctx); err != nil {
		return err
	}
	r.advance()
	return r.state.save()
}

// syncFile makes a file that DuckDB wrote durable, and its owner's alone.
func syncFile(path string) error {
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	defer file.Close()
	return file.Sync()
}
