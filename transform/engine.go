package transform

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/duckdb/duckdb-go/v2"

	"github.com/axisync/axisync/transform/recordid"
)

// Config says what the engine may use.
type Config struct {
	// Dir is a folder of its own, on a disk: what does not fit in memory spills
	// there. It holds personal data while the engine is open.
	Dir string
	// MemoryLimit is what DuckDB may use before it spills, in MiB; 0 means 96, and more
	// when there are many customers. It is not a cap on the process.
	MemoryLimit int
	// Threads is the number of threads of DuckDB; 0 means 1. The statements are too
	// small for two: the second would burn its time waiting for work, and decoding
	// and writing have other threads.
	Threads int
}

// Engine holds one run's customers, accounts and acknowledgements. Its methods
// are called one after another, in the order Customers,
// Acknowledgements, Deleted, Match, Decide, by one goroutine.
type Engine struct {
	db    *sql.DB
	conn  *sql.Conn
	rules Rules

	dir       string
	axes      []string // the axes of the tables of customers, by place
	list      customerSource
	later     customerSource // customers that were read again, one by one
	hits      *records       // the texts that accounts have for the axes
	remembers bool           // something is remembered of any cell
	grows     bool           // the memory of DuckDB follows the number of customers
	journaled bool           // a journal was folded into the acknowledgements
	customers int64
	named     namedAccounts
}

// Open starts an engine for the given rules. Close releases it.
func Open(ctx context.Context, config Config, rules Rules) (*Engine, error) {
	useOneArena()
	if err := rules.validate(); err != nil {
		return nil, err
	}
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("duckdb cannot start: %w", err)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("duckdb cannot start: %w", err)
	}
	e := &Engine{db: db, conn: conn, rules: rules, dir: config.Dir, axes: rules.axisNames()}
	if err := e.configure(ctx, config); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func (e *Engine) configure(ctx context.Context, config Config) error {
	if e.grows = config.MemoryLimit == 0; e.grows {
		config.MemoryLimit = leastMemory
	}
	if config.Threads == 0 {
		config.Threads = 1
	}
	return e.exec(ctx,
		fmt.Sprintf("SET memory_limit = '%dMiB'", config.MemoryLimit),
		fmt.Sprintf("SET threads = %d", config.Threads),
		"SET temp_directory = "+literal(config.Dir),
		"SET preserve_insertion_order = false",
		// An Arrow view is estimated at one row (duckdb#25631); left to itself
		// DuckDB would build its hash table on the stream of accounts.
		optimizers(""),
		enum("shape", recordid.Exact, recordid.Upgraded15, recordid.CaseRepairable, recordid.InvalidSuffix, recordid.SeveralIDs, recordid.NotAnID, recordid.Empty, literalShape, numberShape, bentShape),
		enum("wrapping", recordid.Bare, recordid.Trimmed, recordid.FromURL),
		enum("verdict", Verdicts()...),
		enum("nearness", OneRepairAway, MergeWinner, SameName, BentNumber, OtherBlanksOrCase),
	)
}

// A join of the customers keeps a hash table of their keys in memory: DuckDB spills
// tables, but not every part of a plan with several joins.
const (
	leastMemory       = 96  // MiB
	memoryPerCustomer = 192 // bytes
	mostMemory        = 384 // MiB
)

// grow gives DuckDB the memory for the customers that were loaded.
func (e *Engine) grow(ctx context.Context) error {
	limit := min(mostMemory, leastMemory+(e.customers-400_000)*memoryPerCustomer>>20)
	if !e.grows || limit <= leastMemory {
		return nil
	}
	return e.exec(ctx, fmt.Sprintf("SET memory_limit = '%dMiB'", limit))
}

// enum makes a type of a few texts, which takes a byte a row instead of sixteen.
func enum[T ~string](name string, values ...T) string {
	list := ""
	for i, value := range values {
		if i > 0 {
			list += ", "
		}
		list += literal(string(value))
	}
	return "CREATE TYPE " + name + " AS ENUM (" + list + ")"
}

// optimizers switches off what does harm, and more on request.
func optimizers(more string) string {
	return "SET disabled_optimizers = 'build_side_probe_side,join_order" + more + "'"
}

// Close frees everything, also what was spilled.
func (e *Engine) Close() error {
	for _, r := range []*records{e.list.records, e.later.records, e.hits} {
		r.close()
	}
	err := e.conn.Close()
	if closeErr := e.db.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (e *Engine) exec(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := e.conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("duckdb: %w", err)
		}
	}
	return nil
}

// scalars reads the single row that query gives.
func (e *Engine) scalars(ctx context.Context, query string, into ...any) error {
	if err := e.conn.QueryRowContext(ctx, query).Scan(into...); err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	return nil
}

// strings reads the first column of all rows; for short results.
func (e *Engine) strings(ctx context.Context, query string) ([]string, error) {
	rows, err := e.conn.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("duckdb: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("duckdb: %w", err)
		}
		out = append(out, text)
	}
	return out, rows.Err()
}

// consume runs one statement that reads the view `stream` over reader once. The
// view hands over every column of a batch, whatever DuckDB asks for: a column
// that the statement does not name would silently shift those behind it. So the
// optimizer that leaves columns out is off meanwhile.
func (e *Engine) consume(ctx context.Context, reader array.RecordReader, statement string) error {
	if err := e.exec(ctx, optimizers(",unused_columns")); err != nil {
		return err
	}
	if err := e.consumeStream(ctx, reader, statement); err != nil {
		return err
	}
	return e.exec(ctx, optimizers(""))
}

func (e *Engine) consumeStream(ctx context.Context, reader array.RecordReader, statement string) error {
	return e.arrow(func(a *duckdb.Arrow) error {
		watched := &watchedReader{RecordReader: reader}
		release, err := a.RegisterView(watched, "stream")
		if err != nil {
			return fmt.Errorf("duckdb: %w", err)
		}
		defer release()
		err = drain(ctx, a, statement)
		if watched.failed != nil {
			return watched.failed // the reader's own words, not DuckDB's wrapping of them
		}
		if err == nil && !watched.ended {
			return fmt.Errorf("duckdb did not read the stream to its end")
		}
		return err
	})
}

// drain runs a statement whose result says nothing.
func drain(ctx context.Context, a *duckdb.Arrow, statement string) error {
	result, err := a.QueryContext(ctx, statement)
	if err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	defer result.Release()
	for result.Next() {
	}
	return result.Err()
}

// emit runs a query and hands its batches on. A batch is valid until emit's
// callback returns. The whole result is in memory before the first batch: the
// caller bounds it.
func (e *Engine) emit(ctx context.Context, query string, to func(arrow.RecordBatch) error) error {
	return e.arrow(func(a *duckdb.Arrow) error {
		result, err := a.QueryContext(ctx, query)
		if err != nil {
			return fmt.Errorf("duckdb: %w", err)
		}
		defer result.Release()
		for result.Next() {
			if err := to(result.RecordBatch()); err != nil {
				return err
			}
		}
		return result.Err()
	})
}

func (e *Engine) arrow(f func(*duckdb.Arrow) error) error {
	return e.conn.Raw(func(raw any) error {
		a, err := duckdb.NewArrowFromConn(raw.(driver.Conn))
		if err != nil {
			return fmt.Errorf("duckdb: %w", err)
		}
		return f(a)
	})
}

// watchedReader remembers how the stream ended, because an error that passes
// through DuckDB loses its type.
type watchedReader struct {
	array.RecordReader
	ended  bool
	failed error
}

func (r *watchedReader) Next() bool {
	if r.RecordReader.Next() {
		return true
	}
	r.ended = true
	r.failed = r.Err()
	return false
}

// literal quotes a text for SQL.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
