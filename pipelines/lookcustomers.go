package pipelines

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/transform/recordid"
)

// enoughCustomers is how many customers are looked at: which axes there are shows in
// a few.
const enoughCustomers = 2000

// accountPrefix begins the id of every account.
const accountPrefix = "001"

// CustomersSeen is what a look at some customers shows.
type CustomersSeen struct {
	Customers int
	All       bool       // there are no others
	First     string     // the id of one; empty where there is none
	Axes      []AxisSeen // those that may identify an account first
	Tags      []string   // in the names of axes that an axisync, or Fincome, has filled
}

// AxisSeen is an axis as customers carry it. The example is a value of a customer:
// it is for a person and is not kept.
type AxisSeen struct {
	Name      string
	Customers int // that carry it
	IDs       int // whose value is read as the Record ID of an account
	Example   string
	Filled    bool // by a synchronisation: it holds what accounts say and identifies nobody
}

// LookAtCustomers reads some customers, and writes nothing. The key of the API is
// tried as well, also where the customers come from a file.
func LookAtCustomers(ctx context.Context, p *Pipeline) (*CustomersSeen, error) {
	impatient := *p
	impatient.Fincome.Retry.Tries = 2 // a person waits
	r := &run{Pipeline: &impatient, Options: Options{Now: time.Now}}
	seen := &CustomersSeen{}
	var names []string
	err := r.someCustomers(ctx, nil, func(reader connector.CustomerReader) {
		ids := reader.RecordBatch().Column(0).(*array.String)
		seen.Customers += ids.Len()
		if seen.First == "" && ids.Len() > 0 {
			seen.First = strings.Clone(ids.Value(0))
		}
		names = reader.AxisNames()
	})
	if err != nil {
		return nil, err
	}
	seen.All = seen.Customers < enoughCustomers
	seen.Tags = transform.Tags(names)
	before := impatient.filledBefore(ctx)
	seen.Axes = make([]AxisSeen, len(names))
	for i, name := range names {
		seen.Axes[i].Name, seen.Axes[i].Filled = name, filled(name, before)
	}
	if err := r.someCustomers(ctx, names, func(reader connector.CustomerReader) { seen.add(reader) }); err != nil {
		return nil, err
	}
	slices.SortStableFunc(seen.Axes, func(a, b AxisSeen) int {
		return cmp.Or(afterwards(a.Filled, b.Filled), cmp.Compare(b.IDs, a.IDs), cmp.Compare(b.Customers, a.Customers))
	})
	return seen, r.tryKey(ctx, seen.First)
}

// filled reports whether a synchronisation fills an axis, as its tag says, or what this
// source remembers.
func filled(axis string, remembered []string) bool {
	return len(transform.Tags([]string{axis})) > 0 || slices.Contains(remembered, axis)
}

// filledBefore are the axes that the source has filled already, of a state on this
// machine. One that cannot be read is told when it is needed.
func (p *Pipeline) filledBefore(ctx context.Context) []string {
	if storage.IsBucket(p.State) {
		return nil
	}
	memory, _, _ := readMemory(ctx, p)
	return memory.Axes
}

// afterwards puts what is so behind what is not.
func afterwards(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// someCustomers reads batches until there are enough customers.
func (r *run) someCustomers(ctx context.Context, axes []string, each func(connector.CustomerReader)) error {
	source, err := r.customers()
	if err != nil {
		return err
	}
	reader, err := source.Read(ctx, connector.CustomerQuery{Axes: axes})
	if err != nil {
		return r.fileError(ctx, err)
	}
	defer reader.Release()
	for read := 0; read < enoughCustomers && reader.Next(); {
		read += int(reader.RecordBatch().NumRows())
		each(reader)
	}
	if err := reader.Err(); err != nil {
		return r.fileError(ctx, err)
	}
	return nil
}

// add looks at the values of a batch.
func (s *CustomersSeen) add(reader connector.CustomerReader) {
	batch := reader.RecordBatch()
	for column := range int(batch.NumCols()) {
		field := batch.Schema().Field(column)
		i := slices.IndexFunc(s.Axes, func(a AxisSeen) bool { return a.Name == connector.AxisOf(field) })
		if i < 0 || !strings.HasPrefix(field.Name, "value_") {
			continue
		}
		values := batch.Column(column).(*array.String)
		for row := range values.Len() {
			if values.IsValid(row) && strings.TrimSpace(values.Value(row)) != "" {
				s.Axes[i].carry(values.Value(row))
			}
		}
	}
}

func (a *AxisSeen) carry(value string) {
	a.Customers++
	if a.Example == "" {
		a.Example = strings.Clone(value)
	}
	if recordid.Read(value).KeyPrefix() == accountPrefix {
		a.IDs++
	}
}

// TryKey asks the API for a page of customers. Only a refusal of the key counts: that
// there is such a list is documented nowhere.
func TryKey(ctx context.Context, p *Pipeline) error {
	config := p.Fincome
	config.Retry.Tries = 2
	client, err := fincome.New(config, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	list := config.WithDefaults().List
	separator := "?"
	if strings.Contains(list.Path, "?") {
		separator = "&"
	}
	_, err = client.Send(ctx, http.MethodGet, list.Path+separator+url.Values{list.LimitName: {"1"}}.Encode(), nil)
	return refusedKey(err, http.StatusUnauthorized)
}

// tryKey reads one customer, where the key of the API was not needed for the others.
// That the API does not know the customer is no matter.
func (r *run) tryKey(ctx context.Context, id string) error {
	if r.CustomersFile == "" || id == "" || r.Fincome.APIKey.IsZero() {
		return nil
	}
	client, err := fincome.New(r.Fincome, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	reader, err := fincome.Singles{Client: client, IDs: []string{id}}.Read(ctx, connector.CustomerQuery{})
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
	}
	return refusedKey(reader.Err(), http.StatusUnauthorized, http.StatusForbidden)
}

// refusedKey is an error that says so by one of these statuses, or that nobody answers.
func refusedKey(err error, statuses ...int) error {
	var refused *fincome.Error
	if errors.As(err, &refused) && (refused.Status == 0 || slices.Contains(statuses, refused.Status)) {
		return err
	}
	return nil
}
