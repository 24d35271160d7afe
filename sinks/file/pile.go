package file

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/axisync/axisync/sinks"
)

// delivery is one call of Deliver.
type delivery struct {
	*Target
	journal sinks.Journal
	numbers map[string]int   // of the newest file, by kind
	piles   map[string]*pile // by axis where every axis has its own files, else by ""
	clears  pile
	refused sinks.Refusals
}

// pile is what goes into the next file.
type pile struct {
	customers []sinks.Intent
	cells     int
	bytes     int
}

func (p *pile) add(customerID string, cell sinks.Cell) {
	last := len(p.customers) - 1
	if last < 0 || p.customers[last].CustomerID != customerID {
		p.customers = append(p.customers, sinks.Intent{CustomerID: customerID})
		last++
		p.bytes += len(customerID)
	}
	p.customers[last].Cells = append(p.customers[last].Cells, cell)
	p.cells++
	p.bytes += len(cell.After.Text)
}

// customer puts the cells of a customer where they belong: an import fills cells,
// what is to be emptied is for a person, and what a file cannot hold is refused.
func (d *delivery) customer(c sinks.Intent) error {
	for _, cell := range c.Cells {
		if cell.Axis == d.config.IDColumn {
			return fmt.Errorf("file: the axis %q has the name of the column of the ids: give that another with id_column", cell.Axis)
		}
		if code, reason := d.config.refuses(c.CustomerID, cell); code != "" {
			outcome := sinks.Outcome{Kind: sinks.Rejected, CustomerID: c.CustomerID, Cell: cell, Now: cell.Before, Code: code, Reason: reason, Remedy: Remedy(code), At: d.config.Now()}
			if err := d.journal.Record(outcome); err != nil {
				return err
			}
			d.refused.Add(c.CustomerID, sinks.RefusedKind{Code: code, Reason: reason, Remedy: Remedy(code)})
			continue
		}
		if cell.After.Empty() {
			d.clears.add(c.CustomerID, cell)
		} else {
			d.pileOf(cell).add(c.CustomerID, cell)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.piles)) {
		if err := d.flushFull(d.piles[name], Import); err != nil {
			return err
		}
	}
	return d.flushFull(&d.clears, Clear)
}

func (d *delivery) pileOf(cell sinks.Cell) *pile {
	name := ""
	if d.config.OneAxis {
		name = cell.Axis
	}
	if d.piles[name] == nil {
		d.piles[name] = &pile{}
	}
	return d.piles[name]
}

// flushFull writes a pile that is as large as a file may be. A list of cells to
// empty has a row for each cell.
func (d *delivery) flushFull(p *pile, kind string) error {
	rows := len(p.customers)
	if kind == Clear {
		rows = p.cells
	}
	if rows < d.config.Rows && p.bytes < bytesPerFile {
		return nil
	}
	return d.write(p, kind)
}

// flush writes what is left.
func (d *delivery) flush() error {
	for _, name := range slices.Sorted(maps.Keys(d.piles)) {
		if err := d.write(d.piles[name], Import); err != nil {
			return err
		}
	}
	return d.write(&d.clears, Clear)
}

// write makes a file of a pile: what it holds is on disk before the intents are, so that
// a full disk leaves none, and the intents before it is in place.
func (d *delivery) write(p *pile, kind string) error {
	if p.cells == 0 {
		return nil
	}
	d.numbers[kind]++
	path := filepath.Join(d.config.Dir, d.config.fileName(kind, d.numbers[kind]))
	rows := d.config.sheet(p, kind)
	pending, err := d.config.begin(path, rows)
	if err != nil {
		return fmt.Errorf("file: %s cannot be written: %w", path, err)
	}
	if pending != nil {
		defer pending.Cleanup() // nothing where it is in place
	}
	if err := sinks.SendAll(d.journal, p.customers, d.config.Now()); err != nil {
		return err
	}
	if pending != nil {
		if err := pending.Replace(); err != nil {
			return fmt.Errorf("file: %s cannot be written: %w", path, err)
		}
	}
	d.files = append(d.files, Written{Path: path, Kind: kind, Rows: int64(len(rows) - 1), Cells: int64(p.cells)})
	for _, c := range p.customers {
		for _, cell := range c.Cells {
			if err := d.journal.Record(sinks.Outcome{Kind: sinks.Accepted, CustomerID: c.CustomerID, Cell: cell, At: d.config.Now()}); err != nil {
				return err
			}
		}
	}
	*p = pile{}
	return nil
}

// fileName tells source, run and order.
func (c Config) fileName(kind string, number int) string {
	if kind == Clear {
		return fmt.Sprintf("%s-%s-clear-%03d.%s", c.Slug, c.Run, number, c.Format)
	}
	return fmt.Sprintf("%s-%s-%03d.%s", c.Slug, c.Run, number, c.Format)
}
