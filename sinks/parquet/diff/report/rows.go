package report

import (
	"bufio"
	"strconv"

	"github.com/axisync/axisync/sinks/parquet/diff"
)

// The rows are cut into elements that a browser parses in a moment each, so that the
// page answers while it reads.
const (
	scriptLines = 2048
	scriptBytes = 256 << 10
)

// rowScripts writes rows as JSON into elements of their own: [kind, silent, key, cells],
// where the kind is a diff.Kind, silent is 0 or 1, key is a list of texts and cells is
// a list of column, before, after, column, before, after ... with null for a null.
type rowScripts struct {
	out     *bufio.Writer
	open    held // what is in the element that is open; none: none is
	scratch []byte
}

func (s *rowScripts) add(row diff.Row, cost held) error {
	if s.open.Rows > 0 && (s.open.Lines+cost.Lines > scriptLines || s.open.bytes+cost.bytes > scriptBytes) {
		if err := s.end(); err != nil {
			return err
		}
	}
	before := ",\n"
	if s.open.Rows == 0 {
		before = `<script type="application/json" class="rows">[`
	}
	s.open.add(cost)
	text := append(s.scratch[:0], before...)
	text = append(text, '[', '0'+byte(row.Kind), ',', '0'+bit(row.Silent), ',', '[')
	for i, key := range row.Key {
		text = appendJSON(comma(text, i), key)
	}
	text = append(text, "],["...)
	for i, cell := range row.Cells {
		text = strconv.AppendInt(comma(text, i), int64(cell.Column), 10)
		text = appendValue(append(text, ','), cell.Before)
		text = appendValue(append(text, ','), cell.After)
		if len(text) > scriptBytes { // a row of any width
			if _, err := s.out.Write(text); err != nil {
				return err
			}
			text = text[:0]
		}
	}
	s.scratch = append(text, "]]"...)
	_, err := s.out.Write(s.scratch)
	return err
}

// end closes the element that is open.
func (s *rowScripts) end() error {
	if s.open.Rows == 0 {
		return nil
	}
	s.open = held{}
	_, err := s.out.WriteString("]</script>\n")
	return err
}

func bit(is bool) byte {
	if is {
		return 1
	}
	return 0
}

func comma(to []byte, i int) []byte {
	if i == 0 {
		return to
	}
	return append(to, ',')
}

func appendValue(to []byte, v diff.Value) []byte {
	if !v.Set {
		return append(to, "null"...)
	}
	return appendJSON(to, v.Text)
}
