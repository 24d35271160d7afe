package pipelines

import "github.com/axisync/axisync/sinks/parquet"

// read gives the cells of the tables that tell of it, and whether the snapshot has
// it.
func (h *telling) read(snapshot *parquet.Reader) (cells map[column]*string, present bool, err error) {
	h.order = h.order[:0]
	cells, h.current = map[column]*string{}, map[column]string{}
	match, err := matchOf(snapshot, h.Side, h.ID)
	if err != nil || match == nil {
		return nil, false, err
	}
	if h.Side == "account" {
		account, unfit, err := accountOf(snapshot, &h.ID)
		if err != nil {
			return nil, false, err
		}
		for name, text := range unfit {
			account[name] = text
		}
		if name := nameOf(account); name != nil {
			h.Name = name
		}
		h.take(cells, "account", snapshot, "accounts", account, 1)
		h.takeMatch(cells, match, "verdict")
		return cells, true, nil
	}
	h.takeMatch(cells, match, "identifier", "verdict", "account_id", "candidate")
	for _, from := range []struct {
		of, table string
		after     int // the first columns say who it is
	}{{"customer", "customers", 2}, {"desired", "axes", 2}} {
		row, err := one(snapshot.Find(from.table, h.ID))
		if err != nil {
			return nil, false, err
		}
		h.take(cells, from.of, snapshot, from.table, row, from.after)
	}
	return cells, true, nil
}

func (h *telling) take(cells map[column]*string, of string, snapshot *parquet.Reader, table string, row parquet.Row, after int) {
	for _, c := range snapshot.Manifest().Tables[table].Columns[after:] {
		key := column{of, c.Name}
		h.order, h.current[key] = append(h.order, key), c.Type
		cells[key] = row[c.Name]
	}
}

func (h *telling) takeMatch(cells map[column]*string, match parquet.Row, names ...string) {
	for _, name := range names {
		key := column{"match", name}
		h.order, h.current[key] = append(h.order, key), "utf8"
		cells[key] = match[name]
	}
}
