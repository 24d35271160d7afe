package pipelines

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/transform/suggest"
)

// Suggestion is what SuggestKey found. It holds values of customers, in the
// examples of its pairs: it is for a person and is not kept.
type Suggestion struct {
	Accounts  int64 `json:"accounts"`
	Customers int64 `json:"customers"`
	// Properties are those tried besides the Record ID, LeftOut those that would
	// have made the query too wide.
	Properties []string `json:"properties"`
	LeftOut    []string `json:"properties_left_out"`
	// Axes is how many were tried, Filled those that a synchronisation fills: they
	// hold what accounts say and identify nobody.
	Axes   int      `json:"axes"`
	Filled []string `json:"axes_left_out"`
	// SampleSize is the most customers that were looked at of one axis.
	SampleSize int `json:"sample_size"`
	// Pairs are the best, the best first; Pairs[0] is the suggestion if it Fits.
	Pairs []suggest.Pair `json:"pairs"`
	// YAML is what to paste; empty where nothing fits.
	YAML  string `json:"yaml"`
	Calls int64  `json:"salesforce_calls"`
}

// The bounds of a trial: properties of the query, and pairs that are told.
const (
	mostKeys  = 100
	mostPairs = 10
)

// SuggestKey tries the Record ID and every property that may identify an account
// against every axis of the customers. It reads the customers twice, because their
// axes are known after a pass, and spends one query job on the accounts. Nothing
// is written but the pinned org of the source.
func SuggestKey(ctx context.Context, p *Pipeline, o Options) (*Suggestion, error) {
	s, ctx, err := openState(ctx, p, "a search for keys")
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &run{Pipeline: p.logging(o.Log), Options: o, state: s, id: newRunID(o.Now()), result: &Result{Ledger: map[string]int64{}}}
	r.Salesforce.Preparing = r.preparing
	defer r.release()
	if err := r.lockWork(ctx, "a search for keys"); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(r.work(), 0o700); err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	return r.suggest(ctx)
}

func (r *run) suggest(ctx context.Context) (*Suggestion, error) {
	object, err := r.org.Describe(ctx, r.Object)
	if err != nil {
		return nil, r.queryError(err, "the object "+r.Object+" cannot be described; check salesforce.object")
	}
	if err := r.tryWhere(ctx); err != nil {
		return nil, err
	}
	if r.counted, err = r.count(ctx); err != nil {
		return nil, err
	}
	if err := r.checkQuota(ctx); err != nil {
		return nil, err
	}
	found := &Suggestion{Properties: []string{}, LeftOut: []string{}, Filled: []string{}, Pairs: []suggest.Pair{}}
	leave := r.enter("read customers")
	sample, err := r.sampleCustomers(ctx, found)
	leave()
	if err != nil {
		return nil, err
	}
	leave = r.enter("try the accounts")
	trial, err := r.try(ctx, object, sample, found)
	leave()
	if err != nil {
		return nil, err
	}
	pairs := trial.Pairs()
	found.Accounts, found.Calls = trial.Accounts(), r.org.Calls()
	found.Pairs = append(found.Pairs, pairs[:min(len(pairs), mostPairs)]...)
	if len(pairs) > 0 && pairs[0].Fits() {
		found.YAML, err = lines(pairs[0])
	}
	return found, err
}

// try streams the accounts past the sample.
func (r *run) try(ctx context.Context, object *salesforce.Description, sample *suggest.Sample, found *Suggestion) (*suggest.Trial, error) {
	tried := found.chooseKeys(object.Keys())
	query := salesforce.Query{Object: r.Object, Where: r.Where}
	for _, property := range tried {
		query.Properties = append(query.Properties, property.Property)
	}
	r.properties = query.Properties
	if err := r.checkDisk(r.workDir("jobs", "keys")); err != nil {
		return nil, err
	}
	trial := sample.Trial(object.KeyPrefix, tried)
	_, err := r.extract(ctx, query, "keys", func(e *salesforce.Extraction) error {
		reader := e.Reader()
		defer reader.Release()
		for reader.Next() {
			if err := trial.Add(reader.RecordBatch()); err != nil {
				return err
			}
		}
		return reader.Err()
	})
	if err == nil {
		err = r.deleteJobs(ctx)
	}
	return trial, err
}

// chooseKeys bounds the properties of the query: the names, of 43 characters at
// most, make it a tenth of what SOQL allows, and so one job is enough.
func (s *Suggestion) chooseKeys(keys []salesforce.Key) []suggest.Property {
	var tried []suggest.Property
	for i, key := range keys {
		if i >= mostKeys {
			s.LeftOut = append(s.LeftOut, key.Name)
			continue
		}
		tried = append(tried, suggest.Property{Property: key.Property, Declared: key.Declared})
		s.Properties = append(s.Properties, key.Name)
	}
	return tried
}

// tryWhere has salesforce read the condition before a job is spent on it.
func (r *run) tryWhere(ctx context.Context) error {
	if r.Where == "" {
		return nil
	}
	_, err := r.count(ctx)
	return r.queryError(err, "salesforce does not understand the condition; check salesforce.where")
}

// sampleCustomers reads the customers once for the names of their axes and once
// for their values.
func (r *run) sampleCustomers(ctx context.Context, found *Suggestion) (*suggest.Sample, error) {
	axes, err := r.axesToTry(ctx, found)
	if err != nil {
		return nil, err
	}
	sample := suggest.NewSample(axes)
	err = r.passCustomers(ctx, connector.CustomerQuery{Axes: axes}, func(reader connector.CustomerReader) error {
		return sample.Add(reader.RecordBatch())
	}, nil)
	found.Axes, found.SampleSize, found.Customers = len(axes), sample.Size(), sample.Customers()
	return sample, err
}

func (r *run) axesToTry(ctx context.Context, found *Suggestion) ([]string, error) {
	var axes []string
	err := r.passCustomers(ctx, connector.CustomerQuery{}, nil, func(reader connector.CustomerReader) {
		for _, axis := range reader.AxisNames() {
			if filled(axis, r.state.Axes) {
				found.Filled = append(found.Filled, axis)
			} else {
				axes = append(axes, axis)
			}
		}
	})
	if err == nil && len(axes) == 0 {
		err = configurationf("%s: no customer carries an axis that could identify it; create one in Fincome and fill it with the Salesforce Record ID first", r.File)
	}
	return axes, err
}

// passCustomers reads the customers once: each is called for every batch, end
// after the last; both may be nil.
func (r *run) passCustomers(ctx context.Context, query connector.CustomerQuery, each func(connector.CustomerReader) error, end func(connector.CustomerReader)) error {
	source, err := r.customers()
	if err != nil {
		return err
	}
	reader, err := source.Read(ctx, query)
	if err != nil {
		return r.fileError(ctx, err)
	}
	defer reader.Release()
	for reader.Next() {
		if each == nil {
			continue
		}
		if err := each(reader); err != nil {
			return err
		}
	}
	if err := reader.Err(); err != nil {
		return r.fileError(ctx, err)
	}
	if end != nil {
		end(reader)
	}
	return nil
}

// lines are those of a pipeline file that choose the pair.
func lines(p suggest.Pair) (string, error) {
	var l struct {
		Fincome struct {
			Axis string `yaml:"identification_axis"`
		} `yaml:"fincome"`
		Match struct {
			Key      string `yaml:"key"`
			Trim     bool   `yaml:"trim,omitempty"`
			FoldCase bool   `yaml:"fold_case,omitempty"`
		} `yaml:"match"`
	}
	l.Fincome.Axis, l.Match.Key, l.Match.Trim, l.Match.FoldCase = p.Axis, p.Property, p.Trim, p.Fold
	content, err := yaml.Dump(l, yaml.WithIndent(2))
	return string(content), err
}
