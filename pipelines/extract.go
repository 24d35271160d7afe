package pipelines

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/sinks/parquet"
)

// Extraction is what Extract tells.
type Extraction struct {
	Accounts      int64 `json:"accounts"`
	Calls         int64 `json:"salesforce_calls"`
	BytesReceived int64 `json:"bytes_received"`
}

// ExtractTo says where the accounts go; one of the two is set.
type ExtractTo struct {
	CSV     string // a file, replaced when it is whole
	Parquet string // a folder, which must not hold a snapshot yet
}

// checked refuses, before a job is spent, what an extract must not replace. A
// link is followed.
func (to ExtractTo) checked() (ExtractTo, error) {
	if to.Parquet != "" {
		if entries, err := os.ReadDir(to.Parquet); err == nil && len(entries) > 0 {
			return to, configurationf("%s is not empty; give a folder that is empty or missing", to.Parquet)
		}
		return to, nil
	}
	if to.CSV == "-" {
		return to, configurationf("an extract goes to a file, which appears when it is whole; give its name")
	}
	if parent, err := os.Stat(filepath.Dir(to.CSV)); err != nil || !parent.IsDir() {
		return to, configurationf("%s cannot be written: there is no folder %s", to.CSV, filepath.Dir(to.CSV))
	}
	if _, err := os.Lstat(to.CSV); errors.Is(err, fs.ErrNotExist) {
		return to, nil
	}
	path, err := filepath.EvalSymlinks(to.CSV)
	if err != nil {
		return to, configurationf("%s cannot be written: %v", to.CSV, err)
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return to, configurationf("%s is no regular file and is not replaced; give the name of a file", to.CSV)
	}
	to.CSV = path
	return to, nil
}

// Extract reads the accounts with their ids and writes them with every value
// exactly as Salesforce wrote it. It neither needs Fincome nor changes what the
// source remembers. A file that appears is whole.
func Extract(ctx context.Context, p *Pipeline, o Options, to ExtractTo) (extraction *Extraction, err error) {
	defer func() { err = p.withCommand(err) }()
	if to, err = to.checked(); err != nil {
		return nil, err
	}
	dir, release, err := extractDir(p, newRunID(o.Now()))
	if err != nil {
		return nil, err
	}
	defer release()
	org, err := salesforce.Connect(ctx, p.Salesforce, p.tokenStore())
	if err != nil {
		return nil, err
	}
	defer org.Close()
	if err := p.belongsTo(org.Identity().OrganizationID); err != nil {
		return nil, err
	}
	r := &run{Pipeline: p, Options: o, org: org, state: &state{}, result: &Result{}}
	if err := r.chooseProperties(ctx); err != nil {
		return nil, err
	}
	return r.extractTo(ctx, dir, to)
}

// extractDir makes a folder for the result pages and sweeps those that killed
// extracts left: a folder whose lock nobody holds. release removes the folder.
func extractDir(p *Pipeline, id string) (dir string, release func(), err error) {
	parent := filepath.Join(p.State, p.Slug, "extract")
	dir = filepath.Join(parent, id)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("state: %w", err)
	}
	own := flock.New(dir+".lock", flock.SetPermissions(0o600))
	if _, err := own.TryLock(); err != nil {
		return "", nil, fmt.Errorf("state: %w", err)
	}
	locks, err := filepath.Glob(filepath.Join(parent, "*.lock"))
	if err != nil {
		return "", nil, err
	}
	for _, path := range locks {
		other := flock.New(path)
		if free, err := other.TryLock(); err == nil && free {
			_ = errors.Join(os.RemoveAll(strings.TrimSuffix(path, ".lock")), os.Remove(path), other.Close()) // tried again by the next extract
		}
	}
	return dir, func() { _ = errors.Join(os.RemoveAll(dir), os.Remove(dir+".lock"), own.Close()) }, nil
}

func (r *run) extractTo(ctx context.Context, dir string, to ExtractTo) (*Extraction, error) {
	extraction, err := r.org.Extract(ctx, salesforce.Query{Object: r.Object, Properties: r.properties, Where: r.Where}, dir)
	if err != nil {
		return nil, err
	}
	r.Log.Info("the job is complete", "accounts", extraction.Rows())
	if to.CSV != "" {
		err = writeCSV(to.CSV, extraction.Reader())
	} else {
		err = r.writeParquet(ctx, to.Parquet, extraction)
	}
	ledger := extraction.Ledger()
	closeErr := extraction.Close(context.WithoutCancel(ctx))
	if err = errors.Join(err, closeErr); err != nil {
		return nil, err
	}
	return &Extraction{Accounts: ledger.DecodedRows, Calls: r.org.Calls(), BytesReceived: ledger.Received}, nil
}

// writeCSV writes RFC 4180 with LF, a null as an empty field.
func writeCSV(path string, accounts array.RecordReader) error {
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o600))
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	defer file.Cleanup()
	buffer := bufio.NewWriterSize(file, 1<<18)
	writer := csv.NewWriter(buffer)
	record := make([]string, accounts.Schema().NumFields())
	for i, field := range accounts.Schema().Fields() {
		record[i] = field.Name
	}
	err = writer.Write(record)
	for err == nil && accounts.Next() {
		err = writeRows(writer, accounts.RecordBatch(), record)
	}
	writer.Flush()
	if err = errors.Join(err, accounts.Err(), writer.Error()); err == nil {
		err = buffer.Flush()
	}
	if err == nil {
		err = file.CloseAtomicallyReplace()
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}

func writeRows(writer *csv.Writer, batch arrow.RecordBatch, record []string) error {
	columns := make([]*array.String, len(record))
	for i := range columns {
		columns[i] = batch.Column(i).(*array.String) // every column of connector.AccountSchema is
	}
	for row := range int(batch.NumRows()) {
		for i, column := range columns {
			record[i] = ""
			if column.IsValid(row) {
				record[i] = column.Value(row)
			}
		}
		if err := writer.Write(record); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) writeParquet(ctx context.Context, dir string, extraction *salesforce.Extraction) error {
	snapshot, err := parquet.Create(dir)
	if err != nil {
		return err
	}
	defer snapshot.Abort()
	accounts := extraction.Reader()
	table, err := snapshot.Table("accounts", accounts.Schema(), parquet.TableOptions{Key: []string{connector.AccountID}, Rows: extraction.Rows()})
	if err != nil {
		return err
	}
	for accounts.Next() {
		if err := table.Append(accounts.RecordBatch()); err != nil {
			return err
		}
	}
	if err := accounts.Err(); err != nil {
		return err
	}
	if err := table.Write(ctx, nil); err != nil {
		return err
	}
	return snapshot.Commit(ctx, parquet.Manifest{RunID: filepath.Base(dir), Kind: "extract", Source: r.Source, Slug: r.Slug,
		ObservedAt: r.Now().UTC(), ProgramVersion: r.Version, APIVersion: r.org.APIVersion()})
}
