package fincome

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
)

// peek is how much of a file is looked at for its header line.
const peek = 256 << 10

// csvLines is a CSV file.
type csvLines struct {
	file   *os.File
	reader *csv.Reader
}

func openCSV(c FileConfig) (lines, error) {
	file, err := os.Open(c.Path)
	if err != nil {
		return nil, err
	}
	reader, err := csvReader(file, c.Path)
	if err != nil {
		_ = file.Close() // it was only read
		return nil, err
	}
	return &csvLines{file: file, reader: reader}, nil
}

func csvReader(file io.Reader, path string) (*csv.Reader, error) {
	buffered := bufio.NewReaderSize(file, peek)
	head, err := buffered.Peek(peek)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return nil, errors.New("it is UTF-16: save the file as CSV UTF-8")
		}
	}
	if err := notCSV(path, head); err != nil {
		return nil, err
	}
	if rest, marked := bytes.CutPrefix(head, []byte("\xef\xbb\xbf")); marked {
		head = rest
		if _, err := buffered.Discard(3); err != nil {
			return nil, err
		}
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, errNoLine
	}
	reader := csv.NewReader(&breaks{from: buffered})
	reader.ReuseRecord = true
	reader.Comma = Delimiter(head)
	return reader, nil
}

// Delimiter is the comma, semicolon, tab or upright bar that stands most often in the
// header line of a CSV, of which head is the beginning, outside of quotes; values are not
// looked at, for they may hold any of them. Where there is none it is a comma.
func Delimiter(head []byte) rune {
	counts := map[byte]int{}
	quoted := false
	for _, c := range bytes.TrimLeft(head, "\r\n") {
		if c == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if c == '\n' || c == '\r' {
			break
		}
		counts[c]++
	}
	best := byte(',')
	for _, candidate := range []byte{';', '\t', '|'} {
		if counts[candidate] > counts[best] {
			best = candidate
		}
	}
	return rune(best)
}

func (l *csvLines) next() ([]string, int, error) {
	cells, err := l.reader.Read()
	if err != nil {
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return nil, wrong.Line, explain(wrong, l.reader.FieldsPerRecord, cells)
		}
		return nil, 0, err
	}
	number, _ := l.reader.FieldPos(0)
	return cells, number, nil
}

func explain(wrong *csv.ParseError, headers int, cells []string) error {
	if errors.Is(wrong.Err, csv.ErrFieldCount) {
		return fmt.Errorf("it has %d cells, the headers %d: is a text with a delimiter or a line break missing its quotes", len(cells), headers)
	}
	return fmt.Errorf("column %d: %w", wrong.Column, wrong.Err)
}

func (l *csvLines) close() { _ = l.file.Close() } // it was only read
