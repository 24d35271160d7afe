package diff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/axisync/axisync/sinks/parquet"
)

const (
	// profileKept is how many different values of a column are counted one by one, and
	// profileRoom how many bytes they may have; beyond them, counts are lower bounds.
	profileKept = 1 << 14
	profileRoom = 8 << 20
	// profileTold is how many values Profile.Top has at most.
	profileTold = 20
)

// Profile says what a column of one snapshot holds. A cell that did not fit the type of
// its column counts as the text it is.
type Profile struct {
	Rows  int64 `json:"rows"`
	Nulls int64 `json:"nulls"`
	// Empty counts the empty texts, which are not null.
	Empty int64 `json:"empty"`
	// Distinct is how many different values there are, null not among them: exact up to
	// 16,384 of them (fewer where they are long), else an estimate with a standard error
	// of 0.8%.
	Distinct      int64 `json:"distinct"`
	DistinctExact bool  `json:"distinct_exact"`
	// Top are the most frequent values, 20 at most, null not among them. Where
	// TopTooLowBy is not 0, each may be that many rows more, and the values that are not
	// surely on more rows than that are left out.
	Top         []Counted `json:"top"`
	TopTooLowBy int64     `json:"top_too_low_by"`
}

// Counted is a value and the number of rows that have it.
type Counted struct {
	Value string `json:"value"`
	Cut
	Rows int64 `json:"rows"`
}

// Cut is what of a value is told beside its beginning, where that is all that is given
// of it: values that begin alike are told apart by it. It is zero where all is given.
type Cut struct {
	Length int    `json:"length,omitempty"` // of the whole, in characters
	Digest string `json:"digest,omitempty"` // the first eight hex digits of its SHA-256
}

// CutTo gives the first characters of a value, and what is told of the rest.
func CutTo(most int, value string) (string, Cut) {
	if len(value) <= most {
		return value, Cut{}
	}
	runes := []rune(value)
	if len(runes) <= most {
		return value, Cut{}
	}
	sum := sha256.Sum256([]byte(value))
	return string(runes[:most]), Cut{len(runes), hex.EncodeToString(sum[:4])}
}

// ProfileOf reads one column of a table, from its first part to its last, in constant
// memory.
func ProfileOf(ctx context.Context, reader *parquet.Reader, table, column string) (*Profile, error) {
	s := side{reader: reader}
	if err := s.open(table); err != nil {
		return nil, err
	}
	place := s.place(column)
	if place < 0 {
		return nil, fmt.Errorf("the table %s of the run %s has no column %q", table, reader.Manifest().RunID, column)
	}
	p := profiling{values: frequent{most: profileKept, room: profileRoom}}
	for part, file := range s.table.Files {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if err := p.part(&s, table, part, place, file.Rows); err != nil {
			return nil, err
		}
	}
	misfits := p.values.n
	err := s.dirty.each(column, p.add)
	if err != nil {
		return nil, err
	}
	p.Nulls -= p.values.n - misfits // null in the table, and texts beside it
	return p.profile(), nil
}

// profiling is a profile on its way.
type profiling struct {
	Profile
	values frequent
	sketch sketch // of all values: each is new to values once at least
	text   []byte
}

func (p *profiling) part(s *side, table string, part, place int, rows int64) error {
	walk, err := s.reader.Walk(table, part)
	if err != nil {
		return err
	}
	defer walk.Close()
	column := walk.Column(place)
	defer column.Close()
	p.Rows += rows
	for rows > 0 {
		cells, err := column.Next(int(min(rows, blockRows)))
		if err != nil {
			return err
		}
		for i := range cells.Len() {
			if cells.Null(i) {
				p.Nulls++
				continue
			}
			p.text = cells.Append(p.text[:0], i)
			p.add(p.text)
		}
		rows -= int64(cells.Len())
	}
	return nil
}

func (p *profiling) add(value []byte) {
	if len(value) == 0 {
		p.Empty++
	}
	if p.values.add(value) {
		p.sketch.add(value)
	}
}

// profile makes the figures that follow from what was counted.
func (p *profiling) profile() *Profile {
	p.TopTooLowBy, p.DistinctExact = p.values.low, p.values.low == 0
	if p.Distinct = int64(len(p.values.counts)); !p.DistinctExact {
		p.Distinct = p.sketch.estimate()
	}
	p.Top = []Counted{}
	for _, c := range p.values.top(profileTold) {
		if c.count > p.TopTooLowBy {
			p.Top = append(p.Top, Counted{Value: c.value, Rows: c.count})
		}
	}
	return &p.Profile
}
