package transform

import (
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/sinks"
)

func caseNames(table []row) []string {
	names := make([]string, len(table))
	for i := range table {
		names[i] = string(table[i].name)
	}
	return names
}

// changeOutput is the change set.
type changeOutput struct {
	*output
	id, before, form, after, afterForm *texts
	axis, why                          *codes
}

func newChangeOutput(axes, names []string, to batchFunc) changeOutput {
	o := changeOutput{id: &texts{}, before: &texts{}, form: &texts{}, after: &texts{}, afterForm: &texts{}, axis: newCodes(axes), why: newCodes(names)}
	o.output = newOutput(sinks.ChangeSchema(), to, o.id, o.axis, o.before, o.form, o.after, o.why, o.afterForm)
	return o
}

// add adds a cell that is to be written.
func (o *changeOutput) add(id string, axis, place int, c *cell) error {
	before := c.h
	switch {
	case c.facts&hRead != 0:
	case c.f.set: // what the receiver acknowledged last, nothing if it never did
		before = c.f
	default:
		before = c.a
	}
	return o.put(id, axis, place, before, c.d)
}

// put adds a cell with the values before and after.
func (o *changeOutput) put(id string, axis, place int, before, after value) error {
	o.id.add(id, true)
	o.axis.add(axis)
	o.before.add(before.text, before.set)
	o.form.add(before.form.name())
	o.after.add(after.text, after.set)
	o.why.add(place)
	o.afterForm.add(after.form.name())
	return o.end()
}

// wideOutput is a table with an id, another column, and one column an axis.
type wideOutput struct {
	*output
	columns []*texts
}

func newWideOutput(schema *arrow.Schema, to batchFunc) wideOutput {
	var o wideOutput
	columns := make([]column, schema.NumFields())
	for i := range columns {
		o.columns = append(o.columns, &texts{})
		columns[i] = o.columns[i]
	}
	o.output = newOutput(schema, to, columns...)
	return o
}

// keptOutput is the cells that are left as they are although there is something
// to tell about them.
type keptOutput struct {
	*output
	id, held, form, desired, acknowledged, since *texts
	axis, why                                    *codes
}

func newKeptOutput(axes, names []string, to batchFunc) keptOutput {
	o := keptOutput{id: &texts{}, held: &texts{}, form: &texts{}, desired: &texts{}, acknowledged: &texts{}, since: &texts{}, axis: newCodes(axes), why: newCodes(names)}
	o.output = newOutput(KeptSchema(), to, o.id, o.axis, o.why, o.held, o.form, o.desired, o.acknowledged, o.since)
	return o
}

func (o *keptOutput) add(id string, axis, place int, c *cell) error {
	o.id.add(id, true)
	o.axis.add(axis)
	o.why.add(place)
	o.held.add(c.h.text, c.h.set)
	o.form.add(c.h.form.name())
	o.desired.add(c.d.text, c.d.set)
	o.acknowledged.add(c.a.text, c.a.set && c.facts&aSet != 0)
	since := ""
	if at := c.memory.sinceAt; at > 0 {
		since = time.UnixMicro(at).UTC().Format(time.RFC3339)
	}
	o.since.add(since, since != "")
	return o.end()
}
