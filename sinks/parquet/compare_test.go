package parquet_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// told is a row of a diff as the tests compare it.
type told struct {
	Kind   string
	Silent bool
	Cells  map[string][2]string // by column; null is "null", a text is quoted
}

func quoted(v *string) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprintf("%q", *v)
}

func valueOf(v diff.Value) string {
	if !v.Set {
		return "null"
	}
	return fmt.Sprintf("%q", v.Text)
}

// compared is what Compare tells, by key, and its summary. The rows must come with
// keys that rise within a bucket, and once each.
func compared(t testing.TB, before, after *parquet.Reader, table string) (map[string]told, *diff.Summary) {
	t.Helper()
	rows := map[string]told{}
	var summary *diff.Summary
	summary, err := diff.Compare(t.Context(), before, after, diff.Options{Table: table}, func(row diff.Row) error {
		var key string
		for _, k := range row.Key {
			key += fmt.Sprintf("%q ", k)
		}
		if _, twice := rows[key]; twice {
			t.Errorf("%s is told twice", key)
		}
		r := told{row.Kind.String(), row.Silent, map[string][2]string{}}
		for _, cell := range row.Cells {
			r.Cells[fmt.Sprint(cell.Column)] = [2]string{valueOf(cell.Before), valueOf(cell.After)}
		}
		rows[key] = r
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, r := range rows {
		named := map[string][2]string{}
		for place, cell := range r.Cells {
			var i int
			if _, err := fmt.Sscan(place, &i); err != nil {
				t.Fatal(err)
			}
			named[summary.Columns[i].Name] = cell
		}
		r.Cells = named
		rows[key] = r
	}
	return rows, summary
}

// pairOf are two random tables: some rows in one alone, some in both, some changed;
// the columns, their types and the depths differ too.
type pairOf struct {
	properties [2][]connector.Property
	rows       [2]map[string]map[string]string // by id, by property; no entry is null
	depths     [2]int
}

func draw(r *rand.Rand) pairOf {
	p := pairOf{depths: [2]int{r.IntN(4), r.IntN(4)}}
	if r.IntN(3) > 0 {
		p.depths[1] = p.depths[0]
	}
	extra := []connector.Property{{Name: "SystemModstamp", Type: "datetime"}, {Name: "Odd", Type: "string"}}
	for side := range 2 {
		for _, k := range kinds {
			property := k.property
			if r.IntN(12) == 0 {
				continue
			}
			if r.IntN(12) == 0 {
				property = connector.Property{Name: property.Name, Type: "string"}
			}
			p.properties[side] = append(p.properties[side], property)
		}
		p.properties[side] = append(p.properties[side], extra...)
		r.Shuffle(len(p.properties[side]), func(i, j int) {
			if r.IntN(8) == 0 {
				p.properties[side][i], p.properties[side][j] = p.properties[side][j], p.properties[side][i]
			}
		})
	}
	if r.IntN(2) == 0 {
		p.properties[1] = slices.Clone(p.properties[0])
	}
	n := r.IntN(60)
	p.rows = [2]map[string]map[string]string{{}, {}}
	for i := range n {
		id := fmt.Sprintf("0015g%013d", i)
		was := p.row(r)
		if r.IntN(6) > 0 {
			p.rows[0][id] = was
		}
		switch r.IntN(6) {
		case 0:
		case 1, 2:
			now := maps.Clone(was)
			for range 1 + r.IntN(3) {
				for name, value := range p.row(r) {
					if r.IntN(6) == 0 {
						now[name] = value
					} else if r.IntN(12) == 0 {
						delete(now, name)
					}
				}
			}
			p.rows[1][id] = now
		default:
			p.rows[1][id] = maps.Clone(was)
		}
	}
	return p
}

var oddTexts = []string{"", " ", "NaN", "-0", "0", "null", "é", "e\u0301", "\x00", "日本\n", "Infinity", "1.50", "1.5"}

func (p pairOf) row(r *rand.Rand) map[string]string {
	row := map[string]string{"SystemModstamp": fmt.Sprintf("2026-11-2%dT06:00:00.000Z", r.IntN(3)), "Odd": oddTexts[r.IntN(len(oddTexts))]}
	for _, k := range kinds {
		choice := append(slices.Sorted(maps.Keys(k.fits)), k.dirty...)
		if r.IntN(3) > 0 {
			row[k.property.Name] = choice[r.IntN(len(choice))]
		}
	}
	return row
}

// write makes a snapshot of a side.
func (p pairOf) write(t *testing.T, side int, dir string) *parquet.Reader {
	schema := connector.AccountSchema(p.properties[side])
	s := create(t, dir)
	table, err := s.Table("accounts", schema, parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	table.SetDepth(p.depths[side])
	var rows cells
	for id, row := range p.rows[side] {
		line := []*string{text(id)}
		for _, property := range p.properties[side] {
			if value, has := row[property.Name]; has {
				line = append(line, text(value))
			} else {
				line = append(line, nil)
			}
		}
		rows = append(rows, line)
	}
	fill(t, table, schema, rows, 17)
	return commit(t, s, dir, table)
}

// canonical is a value of a side as it is read back.
func (p pairOf) canonical(side int, name, value string) string {
	for _, property := range p.properties[side] {
		for _, k := range kinds {
			if property.Name == name && k.property.Name == name && property.Type == k.property.Type {
				if fits, ok := k.fits[value]; ok {
					return fits
				}
			}
		}
		if property.Name == name && name == "SystemModstamp" {
			return value[:19] + "Z"
		}
	}
	return value
}

// cell is a cell of a side as it is read back.
func (p pairOf) cell(side int, id, name string) *string {
	if value, set := p.rows[side][id][name]; set {
		return text(p.canonical(side, name, value))
	}
	return nil
}

// naive is the diff of two sides as maps.
func (p pairOf) naive() map[string]told {
	has := func(side int, name string) bool {
		return slices.ContainsFunc(p.properties[side], func(q connector.Property) bool { return q.Name == name })
	}
	wanted := map[string]told{}
	ids := map[string]bool{}
	for _, side := range p.rows {
		for id := range side {
			ids[id] = true
		}
	}
	for id := range ids {
		_, was := p.rows[0][id]
		_, now := p.rows[1][id]
		r := told{Cells: map[string][2]string{}}
		for _, property := range p.properties[0] {
			if !has(1, property.Name) {
				continue
			}
			before, after := p.cell(0, id, property.Name), p.cell(1, id, property.Name)
			if quoted(before) != quoted(after) {
				r.Cells[property.Name] = [2]string{quoted(before), quoted(after)}
			}
		}
		switch {
		case !was:
			r.Kind = "added"
		case !now:
			r.Kind = "removed"
		case len(r.Cells) == 0:
			continue
		default:
			r.Kind = "changed"
			_, moved := r.Cells["SystemModstamp"]
			r.Silent = !moved
		}
		wanted[fmt.Sprintf("%q ", id)] = r
	}
	return wanted
}

// A diff is what a comparison of two maps gives, for any types, texts, nulls, cells
// that do not fit, columns and depths.
func TestDiffEqualsTheNaiveOne(t *testing.T) {
	t.Parallel()
	rounds := 80
	if os.Getenv("AXISYNC_LARGE") != "" {
		rounds = 4000
	}
	var kindsSeen = map[string]int{}
	folder := fastDir(t)
	for round := range rounds {
		p := draw(rand.New(rand.NewPCG(11, uint64(round))))
		dirs := [2]string{filepath.Join(folder, fmt.Sprint(round, "a")), filepath.Join(folder, fmt.Sprint(round, "b"))}
		before, after := p.write(t, 0, dirs[0]), p.write(t, 1, dirs[1])
		got, summary := compared(t, before, after, "accounts")
		want := p.naive()
		if difference := cmp.Diff(want, got); difference != "" {
			t.Fatalf("round %d, depths %v: %s", round, p.depths, difference)
		}
		p.holdCounts(t, want, summary)
		for _, row := range got {
			kindsSeen[fmt.Sprint(row.Kind, row.Silent)]++
		}
		os.RemoveAll(dirs[0])
		os.RemoveAll(dirs[1])
	}
	for _, kind := range []string{"addedfalse", "removedfalse", "changedtrue", "changedfalse"} {
		if kindsSeen[kind] < 10 {
			t.Errorf("only %d rows are %s", kindsSeen[kind], kind)
		}
	}
}

// holdCounts holds the summary against the rows.
func (p pairOf) holdCounts(t *testing.T, rows map[string]told, s *diff.Summary) {
	t.Helper()
	var added, removed, changed, silent int64
	columns := map[string]int64{}
	for _, row := range rows {
		switch row.Kind {
		case "added":
			added++
		case "removed":
			removed++
		default:
			changed++
			for name := range row.Cells {
				columns[name]++
			}
			if row.Silent {
				silent++
			}
		}
	}
	unchanged := int64(len(p.rows[0])) - removed - changed
	got := [...]int64{s.Added, s.Removed, s.Changed, s.Unchanged, *s.Silent, s.Before.Rows, s.After.Rows}
	if want := [...]int64{added, removed, changed, unchanged, silent, int64(len(p.rows[0])), int64(len(p.rows[1]))}; got != want {
		t.Fatalf("the summary counts %v, want %v", got, want)
	}
	for _, column := range s.Columns {
		var moved int64
		for _, m := range column.Movements {
			moved += m.Rows
		}
		if column.Changed != columns[column.Name] || len(column.Movements) < 10 && moved != column.Changed {
			t.Fatalf("column %s: %d changed, %d moved, want %d", column.Name, column.Changed, moved, columns[column.Name])
		}
	}
}

// Parts with the same digest are not read: here their bytes are gone.
func TestDiffReadsOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	schema, rows := generated(400)
	var readers [2]*parquet.Reader
	var dirs [2]string
	for side := range 2 {
		given := cells{}
		for _, row := range rows {
			given = append(given, slices.Clone(row))
		}
		if side == 1 {
			given[7][1] = text("another")
		}
		dirs[side] = t.TempDir()
		s := create(t, dirs[side])
		table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
		if err != nil {
			t.Fatal(err)
		}
		table.SetDepth(4)
		fill(t, table, schema, given, 100)
		readers[side] = commit(t, s, dirs[side], table)
	}
	files := [2][]parquet.File{readers[0].Manifest().Tables["t"].Files, readers[1].Manifest().Tables["t"].Files}
	differing := 0
	for i := range files[0] {
		if files[0][i].Digest != files[1][i].Digest {
			differing++
			continue
		}
		if err := os.WriteFile(filepath.Join(dirs[0], files[0][i].Path), make([]byte, files[0][i].Bytes), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, summary := compared(t, readers[0], readers[1], "t")
	if differing != 1 || len(got) != 1 || summary.PartsRead != 1 || summary.PartsSkipped != 15 {
		t.Errorf("%d parts differ, %d rows are told, %d parts were read, %d not", differing, len(got), summary.PartsRead, summary.PartsSkipped)
	}
	if _, summary := compared(t, readers[0], readers[0], "t"); summary.Unchanged != 400 || summary.PartsRead != 0 {
		t.Errorf("the same table: %+v", summary)
	}
}

// Where change concentrates, what was renamed, and what moved without a stamp.
func TestDiffSaysWhereChangeConcentrates(t *testing.T) {
	t.Parallel()
	schema := textSchema("Id", "Industry?", "OwnerId?", "Name?", "Old__c?")
	renamed := textSchema("Id", "Industry?", "OwnerId?", "Name?", "New__c?")
	var was, now cells
	for i := range 1000 {
		owner := fmt.Sprintf("005%02d", i%25)
		industry := fmt.Sprintf("industry %d", i%7)
		row := []*string{text(fmt.Sprintf("001%06d", i)), text(industry), text(owner), text(fmt.Sprint("name ", i)), text(fmt.Sprint("old ", i))}
		was = append(was, row)
		next := slices.Clone(row)
		if owner == "00503" || i%250 == 0 {
			next[1] = nil
		}
		now = append(now, next)
	}
	options := parquet.TableOptions{Key: []string{"Id"}}
	before := write(t, filepath.Join(t.TempDir(), "a"), schema, options, was, 100)
	after := write(t, filepath.Join(t.TempDir(), "b"), renamed, options, now, 100)
	_, s := compared(t, before, after, "t")
	industry := s.Columns[0]
	if industry.Changed != 44 || industry.Emptied != 44 || industry.NullsBefore != 0 || industry.NullsAfter != 44 {
		t.Errorf("industry: %+v", industry)
	}
	want := []diff.Concentration{{Column: "OwnerId", Value: text("00503"), Rows: 40, Of: 44, Share: 40.0 / 44, Usual: 0.04}}
	if difference := cmp.Diff(want, industry.Where); difference != "" {
		t.Error(difference)
	}
	if difference := cmp.Diff([]diff.Renamed{{From: "Old__c", To: "New__c", Same: 1000, Of: 1000}}, s.Renamed); difference != "" {
		t.Error(difference)
	}
	if s.Silent != nil {
		t.Error("there is no stamp to judge by")
	}
}
