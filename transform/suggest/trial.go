package suggest

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cespare/xxhash/v2"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform/recordid"
)

// Trial holds the accounts against a sample.
type Trial struct {
	customers  int64
	axes       []axisSample // without their entries
	sampled    []int64
	properties []Property // the Record ID first
	keyPrefix  string
	accounts   int64

	values []value
	keys   index // by the loose form
	ids    index // by the Record ID that is meant
	bodies index // by the body of a folded id, as it is written
	// seen counts the accounts, by property and value, for each mode in two bits:
	// none, one, more.
	seen  [][]uint8
	named map[example]string
	buf   []byte
}

// example is a value that may be shown, under a property in a mode.
type example struct {
	property, value int32
	mode            int8
}

// Trial ends the sample and begins a trial of properties, besides the Record ID,
// which is always tried. keyPrefix is the first three characters of the object's
// Record IDs.
func (s *Sample) Trial(keyPrefix string, properties []Property) *Trial {
	t := &Trial{
		customers: s.customers, keyPrefix: keyPrefix, named: map[example]string{}, buf: make([]byte, 0, longest),
		properties: append([]Property{{Property: connector.Property{Name: connector.AccountID}, Declared: true}}, properties...),
	}
	t.seen = make([][]uint8, len(t.properties))
	var keys, ids, bodies []ref
	for i := range s.axes {
		axis := &s.axes[i]
		t.sampled = append(t.sampled, int64(len(axis.kept)))
		for _, v := range axis.values(i) {
			at := int32(len(t.values))
			t.values = append(t.values, v)
			keys = append(keys, ref{v.forms[loose], at})
			if v.reading.ID != "" && v.reading.KeyPrefix() == keyPrefix {
				ids = append(ids, ref{xxhash.Sum64String(v.reading.ID), at})
				if v.reading.Shape == recordid.CaseRepairable {
					bodies = append(bodies, ref{xxhash.Sum64String(v.reading.Body), at})
				}
			}
		}
		t.axes = append(t.axes, axisSample{name: axis.name, carried: axis.carried})
		axis.kept = nil
	}
	t.keys, t.ids, t.bodies = newIndex(keys), newIndex(ids), newIndex(bodies)
	return t
}

// Accounts is how many were seen.
func (t *Trial) Accounts() int64 { return t.accounts }

// Add looks through a batch of accounts in the schema connector.AccountSchema of
// the properties of the trial, each account once.
func (t *Trial) Add(batch arrow.RecordBatch) error {
	columns := make([]*array.String, len(t.properties))
	for i, property := range t.properties {
		at := batch.Schema().FieldIndices(property.Name)
		if len(at) != 1 {
			return fmt.Errorf("the accounts have no column %s", property.Name)
		}
		columns[i] = batch.Column(at[0]).(*array.String) // every column of connector.AccountSchema is
	}
	ids := columns[0]
	t.accounts += int64(ids.Len())
	for row := range ids.Len() {
		t.addID(ids.Value(row))
	}
	for property := 1; property < len(columns); property++ {
		for row := range ids.Len() {
			if columns[property].IsValid(row) {
				t.addKey(property, columns[property].Value(row), ids, row)
			}
		}
	}
	return nil
}

func (t *Trial) addID(id string) {
	hash := xxhash.Sum64String(id)
	for _, r := range t.ids.find(hash) {
		t.count(0, r.value, 1<<plain)
		t.name(0, r.value, 1<<plain, id)
	}
	for _, r := range t.bodies.find(hash) {
		t.values[r.value].written = true
	}
}

func (t *Trial) addKey(property int, text string, ids *array.String, row int) {
	hash, ok := looseHash(text, t.buf)
	if !ok {
		return
	}
	found := t.keys.find(hash)
	if len(found) == 0 {
		return
	}
	account := formsOf(text)
	for _, r := range found {
		modes := 0
		for mode, form := range t.values[r.value].forms {
			if form == account[mode] {
				modes |= 1 << mode
			}
		}
		t.count(property, r.value, modes)
		t.name(property, r.value, modes, ids.Value(row))
	}
}

// count adds one account to each of the modes.
func (t *Trial) count(property int, value int32, modes int) {
	if t.seen[property] == nil {
		t.seen[property] = make([]uint8, len(t.values))
	}
	seen := &t.seen[property][value]
	for mode := range len(forms{}) {
		if modes&(1<<mode) != 0 && *seen>>(2*mode)&3 < 2 {
			*seen += 1 << (2 * mode)
		}
	}
}

// name keeps the first account, in each of the modes, of a value that may be shown.
func (t *Trial) name(property int, value int32, modes int, id string) {
	if !t.values[value].example {
		return
	}
	for mode := range len(forms{}) {
		key := example{int32(property), value, int8(mode)}
		if _, known := t.named[key]; !known && modes&(1<<mode) != 0 {
			t.named[key] = strings.Clone(id) // the batch is gone after this call
		}
	}
}
