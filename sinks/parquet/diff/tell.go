package diff

// tell gives the rows of a block that are not the same, and counts all.
func (c *comparison) tell(b *block) error {
	b.sort()
	var row Row
	for i, step := range b.steps {
		cells := b.of(i)
		if len(cells) == 0 && (step == both || step == patched) {
			continue
		}
		row = c.row(row, b, i, cells)
		c.summary.count(row)
		c.focus.mark(row, b.olds[i], b.news[i])
		if err := c.each(row); err != nil {
			return err
		}
	}
	return nil
}

// row is a row that is not the same, in the memory of the one before.
func (c *comparison) row(last Row, b *block, i int, cells []found) Row {
	row := Row{Kind: Changed, Key: last.Key[:0], Cells: last.Cells[:0]}
	keys, at := b.now.keys, int(b.news[i])
	switch b.steps[i] {
	case newOnly:
		row.Kind = Added
	case oldOnly:
		row.Kind, keys, at = Removed, b.was.keys, int(b.olds[i])
	}
	for k := range keys.columns {
		row.Key = append(row.Key, keys.columns[k].at(at))
	}
	row.Silent = row.Kind == Changed && c.stamp >= 0
	for _, cell := range cells {
		row.Cells = append(row.Cells, Cell{int(cell.column), b.text(cell.before), b.text(cell.after)})
		if int(cell.column) == c.stamp {
			row.Silent = false
		}
	}
	return row
}
