package exec_test

import (
	"context"
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/exec"
)

// deliverTo hands nothing to the program stubborn until it is killed.
func deliverTo(dir string) {
	target, err := exec.New(exec.Config{Name: "shop", Command: []string{os.Args[0], "program", "stubborn", dir}, Dir: dir, Timeout: time.Hour})
	if err != nil {
		panic(err)
	}
	changes, err := array.NewRecordReader(sinks.ChangeSchema(), []arrow.RecordBatch{one()})
	if err != nil {
		panic(err)
	}
	journal, err := sinks.OpenJournal(filepath.Join(dir, "journal"), nil)
	if err != nil {
		panic(err)
	}
	_, err = target.Deliver(context.Background(), changes, journal)
	panic(err) // it is killed before
}

// one is one cell.
func one() arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, sinks.ChangeSchema())
	defer b.Release()
	for i := range b.Schema().NumFields() {
		b.Field(i).(*array.StringBuilder).Append("x")
	}
	return b.NewRecordBatch()
}

// When axisync is killed, the program is told to end: the next run starts another.
func TestKilledTellsTheProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := osexec.Command(os.Args[0], "deliver", dir)
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(dir, "ready"))
	if err := run.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = run.Wait() // it was killed
	waitFor(t, filepath.Join(dir, "told"))
}

func waitFor(t *testing.T, path string) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%s does not come", path)
		}
	}
}
