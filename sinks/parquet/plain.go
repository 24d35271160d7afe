package parquet

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// PlainFile says what a file beside the tables of a snapshot holds.
type PlainFile struct {
	Name   string `json:"name"` // in the folder of the snapshot
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Plain is a file beside the tables of a snapshot that is being written, such as a
// CSV for people. It is used by one goroutine at a time.
type Plain struct {
	name   string
	file   *os.File
	buffer *bufio.Writer
	sum    interface{ Sum([]byte) []byte } // SHA-256
	count  *counter
	failed error
	whole  *PlainFile // set by Close
}

// Plain begins a file of the snapshot's folder that is no table. It appears under
// its name with the snapshot, is in the manifest with its size and its SHA-256,
// and is readable for its owner only. The caller writes to it and closes it before
// Commit; Abort closes and removes it. A name is the last element of a path, and
// neither that of a table nor the manifest's.
func (s *Snapshot) Plain(name string) (*Plain, error) {
	if name != filepath.Base(name) || strings.HasPrefix(name, ".") || name == ManifestName {
		return nil, fmt.Errorf("%q is no name for a file of a snapshot", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || s.plain[name] != nil || s.tables[name] != nil {
		return nil, fmt.Errorf("file %s: the snapshot has it already or is closed", name)
	}
	file, err := os.OpenFile(filepath.Join(s.dir, partial, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, fmt.Errorf("file %s cannot be created: %w", name, err)
	}
	sum, count := sha256.New(), &counter{}
	s.plain[name] = &Plain{name: name, file: file, sum: sum, count: count, buffer: bufio.NewWriterSize(io.MultiWriter(file, sum, count), 1<<16)}
	return s.plain[name], nil
}

// Write takes some bytes. An error stays: it comes again with Close.
func (p *Plain) Write(b []byte) (int, error) {
	if p.whole != nil {
		return 0, fmt.Errorf("file %s is closed already", p.name)
	}
	n, err := p.buffer.Write(b)
	if err != nil {
		p.failed = fmt.Errorf("file %s cannot be written: %w", p.name, err)
	}
	return n, p.failed
}

// Close makes the file durable. rows goes to the manifest. It is called once; a
// snapshot with a file that was not closed without an error is not committed.
func (p *Plain) Close(rows int64) error {
	if p.failed != nil {
		return p.failed
	}
	err := p.buffer.Flush()
	if err == nil {
		err = p.file.Sync()
	}
	if err = errors.Join(err, p.file.Close()); err != nil {
		p.failed = fmt.Errorf("file %s cannot be written: %w", p.name, err)
		return p.failed
	}
	p.whole = &PlainFile{Name: p.name, Rows: rows, Bytes: p.count.bytes, SHA256: hex.EncodeToString(p.sum.Sum(nil))}
	return nil
}

// abort closes the file; it may be closed already.
func (p *Plain) abort() { _ = p.file.Close() }
