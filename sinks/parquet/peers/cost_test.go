package peers_test

import (
	"bufio"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/duckdb/duckdb-go/v2"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
)

// costOf names, in a child of TestCostOfWriting, what it is to do; costIn and costOut
// the stream of accounts that it reads and the folder that it writes to.
const (
	costOf  = "AXISYNC_COST_OF"
	costIn  = "AXISYNC_COST_IN"
	costOut = "AXISYNC_COST_OUT"
)

// The bars: what writing the accounts may cost at most in times of the CPU time of
// DuckDB's COPY, and in megabytes of the whole process.
const (
	mostTimes  = 2.5
	mostMemory = 150
)

// TestCostOfWriting writes the same accounts twice, in processes of their own: as a
// typed table of a snapshot, in sorted buckets with digests, bloom filters and SHA-256,
// from a stream of Arrow batches of texts; and by DuckDB, from a table in its memory
// that has the types already, by COPY to one Parquet file with zstd, unsorted, with its
// defaults otherwise. Ours counts reading the stream and parsing the texts; DuckDB's
// counts the COPY alone; beside it stands what DuckDB takes for the stream with the
// casts. The time is that of all threads, user and system.
func TestCostOfWriting(t *testing.T) {
	if job := os.Getenv(costOf); job != "" {
		costChild(t, job)
		return
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("this system does not tell a process its peak memory")
	}
	if os.Getenv("AXISYNC_LARGE") == "" {
		measureCost(t, 60_000, 1)
		return
	}
	measureCost(t, 1_000_000, 5)
	measureCost(t, 10_000_000, 2)
}

func measureCost(t *testing.T, n, pairs int) {
	in := filepath.Join(t.TempDir(), "accounts.arrows")
	newAccounts(t, n).save(t, in, n)
	var ratios, streams []float64
	for range pairs {
		ours, table, stream := spend(t, in, "write"), spend(t, in, "copy a table"), spend(t, in, "copy the stream")
		t.Logf("%8d accounts: we take %5.2f s of CPU, %4d MB, %4d MB of files; DuckDB from its table %5.2f s, %4d MB of file; from the stream %5.2f s", n,
			ours.cpu, ours.peak, ours.size>>20, table.cpu, table.size>>20, stream.cpu)
		ratios, streams = append(ratios, ours.cpu/table.cpu), append(streams, ours.cpu/stream.cpu)
		if ours.peak > mostMemory && !raceEnabled {
			t.Errorf("writing %d accounts took %d MB, more than %d", n, ours.peak, mostMemory)
		}
	}
	t.Logf("%8d accounts: %.2f times DuckDB's COPY of its table, %.2f times that of the stream (medians of %d)", n, median(ratios), median(streams), pairs)
	if n >= 1_000_000 && median(ratios) > mostTimes {
		t.Errorf("writing %d accounts took %.2f times the CPU time of DuckDB's COPY, more than %.1f", n, median(ratios), mostTimes)
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// spent is what a child took, and the size of what it wrote.
type spent struct {
	cpu  float64
	peak int
	size int64
}

var spentLine = regexp.MustCompile(`spent ([0-9.]+) s, VmHWM:\s+(\d+) kB`)

func spend(t *testing.T, in, job string) spent {
	t.Helper()
	out := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestCostOfWriting$", "-test.v")
	child.Env = append(os.Environ(), costOf+"="+job, costIn+"="+in, costOut+"="+out, "GOMEMLIMIT=112MiB") // that of the program
	output, err := child.CombinedOutput()
	found := spentLine.FindSubmatch(output)
	if err != nil || found == nil {
		t.Fatalf("%s: %v\n%s", job, err, output)
	}
	s := spent{}
	s.cpu, _ = strconv.ParseFloat(string(found[1]), 64)
	s.peak, _ = strconv.Atoi(string(found[2]))
	s.peak >>= 10
	err = filepath.WalkDir(out, func(path string, entry os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".parquet") {
			info, statErr := entry.Info()
			s.size, err = s.size+info.Size(), statErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	return s
}

// costChild does a job and tells what it took.
func costChild(t *testing.T, job string) {
	file, err := os.Open(os.Getenv(costIn))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	batches, err := ipc.NewReader(bufio.NewReaderSize(file, 1<<20), ipc.WithAllocator(connector.Memory))
	if err != nil {
		t.Fatal(err)
	}
	defer batches.Release()
	var took time.Duration
	switch job {
	case "write":
		took = writeSnapshot(t, batches, os.Getenv(costOut))
	case "copy a table":
		took = copyOut(t, batches, os.Getenv(costOut), true)
	case "copy the stream":
		took = copyOut(t, batches, os.Getenv(costOut), false)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("spent %.3f s, %s\n", took.Seconds(), regexp.MustCompile(`VmHWM:\s+\d+ kB`).Find(status))
}

// timed is the CPU time that something takes in this process.
func timed(t *testing.T, do func() error) time.Duration {
	t.Helper()
	before := cpu(t)
	if err := do(); err != nil {
		t.Fatal(err)
	}
	return cpu(t) - before
}

func cpu(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func writeSnapshot(t *testing.T, batches *ipc.Reader, dir string) time.Duration {
	return timed(t, func() error {
		s, err := parquet.Create(t.Context(), dir, "")
		if err != nil {
			return err
		}
		table, err := s.Table("accounts", batches.Schema(), parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true})
		if err != nil {
			return err
		}
		for batches.Next() {
			if err := table.Append(batches.RecordBatch()); err != nil {
				return err
			}
		}
		if err := batches.Err(); err != nil {
			return err
		}
		if err := table.Write(t.Context(), nil); err != nil {
			return err
		}
		return s.Commit(t.Context(), parquet.Manifest{RunID: "20261123-0600-k3f9", Kind: "extract", Slug: "accounts"})
	})
}

// copyOut lets DuckDB write the accounts to one file: from a table in its memory, the
// making of which does not count, or right from the stream.
func copyOut(t *testing.T, batches *ipc.Reader, dir string, table bool) time.Duration {
	ctx := t.Context()
	db, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(db)
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var release func()
	err = conn.Raw(func(raw any) error {
		arrows, err := duckdb.NewArrowFromConn(raw.(driver.Conn))
		if err != nil {
			return err
		}
		release, err = arrows.RegisterView(batches, "stream")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	source := casts(batches.Schema())
	if table {
		if _, err := conn.ExecContext(ctx, "CREATE TABLE accounts AS "+source); err != nil {
			t.Fatal(err)
		}
		source = "FROM accounts"
	}
	return timed(t, func() error { return copyTo(ctx, conn, source, filepath.Join(dir, "accounts.parquet")) })
}

func copyTo(ctx context.Context, conn *sql.Conn, source, path string) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf("COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION zstd)", source, path))
	return err
}

// casts selects the columns of the stream in the types that a snapshot gives them.
func casts(schema *arrow.Schema) string {
	var columns []string
	for _, field := range schema.Fields() {
		p := connector.PropertyOf(field)
		to := "VARCHAR"
		switch p.Type {
		case "boolean":
			to = "BOOLEAN"
		case "int":
			to = "BIGINT"
		case "date":
			to = "DATE"
		case "datetime":
			to = "TIMESTAMPTZ"
		case "double", "currency", "percent":
			to = fmt.Sprintf("DECIMAL(%d, %d)", p.Precision, p.Scale)
		}
		columns = append(columns, fmt.Sprintf("%q::%s AS %[1]q", field.Name, to))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM stream"
}
