package parquet

// SetDepth fixes the depth of a table whatever its rows.
func (t *Table) SetDepth(depth int) { t.depthOf = func(int64) int { return depth } }

// SetDepths gives the depth by the number of rows; 0 is asked for when nothing
// is known.
func (t *Table) SetDepths(depthOf func(rows int64) int) { t.depthOf = depthOf }

// SetHeld sets how many bytes are kept in memory before rows are scattered.
func (t *Table) SetHeld(bytes int) { t.held = bytes }
