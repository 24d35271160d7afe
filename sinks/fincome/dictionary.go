package fincome

import (
	"encoding/json"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
)

// compare holds each cell against what the customer holds now, reports those that
// need no write or may not be written, and gives the cells to write.
func (d *delivery) compare(c sinks.Intent, present map[string]json.RawMessage) (write []sinks.Cell, left sinks.Intent, err error) {
	left.CustomerID = c.CustomerID
	for _, cell := range c.Cells {
		now := value(present[cell.Axis])
		outcome := sinks.Outcome{CustomerID: c.CustomerID, Cell: cell, Now: now, At: d.config.Now()}
		switch {
		case now.Same(cell.After):
			outcome.Kind = sinks.Acknowledged
		case now.Same(cell.Before), cell.Case == sinks.CaseUnread && now.Empty():
			left.Cells = append(left.Cells, cell)
			cell.Before = now
			write = append(write, cell)
			continue
		default:
			outcome.Kind = sinks.Conflict
		}
		if err := d.journal.Record(outcome); err != nil {
			return nil, left, err
		}
	}
	return write, left, nil
}

func value(raw json.RawMessage) sinks.Value {
	text, kind, set := fincome.Cell(raw)
	return sinks.Value{Set: set, Text: text, Type: kind}
}

// dictionary is what is sent: the changed keys, or all of them where an update
// may replace the dictionary. Values that are not ours go back byte for byte.
func (c Config) dictionary(write []sinks.Cell, present map[string]json.RawMessage) map[string]json.RawMessage {
	send := map[string]json.RawMessage{}
	if c.Update != UpdateMerge {
		for name, raw := range present {
			send[name] = raw
		}
	}
	for _, cell := range write {
		switch {
		case cell.After.Set:
			send[cell.Axis] = encode(cell.After)
		case c.Clear == ClearRemoveKey:
			delete(send, cell.Axis)
		case c.Clear == ClearEmptyText:
			send[cell.Axis] = json.RawMessage(`""`)
		default:
			send[cell.Axis] = json.RawMessage("null")
		}
	}
	return send
}
