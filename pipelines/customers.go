package pipelines

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform"
)

// customers is where the customers come from: the file, or the list of the API.
func (r *run) customers() (connector.Customers, error) {
	if r.CustomersFile != "" {
		return fincome.File{Config: r.customersFile()}, nil
	}
	client, err := fincome.New(r.Fincome, nil)
	if err != nil {
		return nil, err
	}
	return fincome.API{Client: client, Now: r.Now}, nil
}

func (r *run) query() connector.CustomerQuery {
	query := connector.CustomerQuery{IdentificationAxis: r.IdentificationAxis}
	for _, axis := range r.rules.Axes {
		query.Axes = append(query.Axes, axis.Name)
	}
	return query
}

// readCustomers loads the customers. An identification axis that nobody carries
// ends the run here, before a job is spent.
func (r *run) readCustomers(ctx context.Context) error {
	engine, err := transform.Open(ctx, transform.Config{Dir: r.work("duckdb")}, r.rules)
	if err != nil {
		return configurationf("%s: %v", r.File, err)
	}
	r.engine = engine
	source, err := r.customers()
	if err != nil {
		return err
	}
	reader, err := source.Read(ctx, r.query())
	if err != nil {
		return r.fileError(ctx, err)
	}
	defer reader.Release()
	if err := engine.Customers(ctx, r.shown(reader)); err != nil {
		if reader.Err() != nil {
			return r.fileError(ctx, err)
		}
		return r.customersError(err, reader.AxisNames())
	}
	r.carried = reader.AxisNames()
	r.tellCustomers(reader.Observed())
	r.noteNewAxes(reader.Schema())
	return nil
}

// fileError makes a fault of the customers' file what it is: nothing that trying
// again could mend. Faults of the API stay what they are.
func (r *run) fileError(ctx context.Context, err error) error {
	if r.CustomersFile == "" || ctx.Err() != nil {
		return err
	}
	return configurationf("%s: %v", r.File, err)
}

// customersError says which axes there are when the identification axis is not
// among them.
func (r *run) customersError(err error, axes []string) error {
	if !errors.Is(err, transform.ErrNoIdentifier) {
		return err
	}
	text := fmt.Sprintf("%s: no customer carries the identification axis %q; create and fill it in Fincome first", r.File, r.IdentificationAxis)
	if near := Nearest(r.IdentificationAxis, axes); near != "" {
		text += fmt.Sprintf(", or did you mean %q?", near)
	} else if len(axes) > 0 {
		sort.Strings(axes)
		text += "; customers carry " + strings.Join(axes[:min(len(axes), 20)], ", ")
	}
	return configurationf("%s", text)
}

// recall loads what was acknowledged, and reads the customers again whose
// unconfirmed writes are newer than what is known of them.
func (r *run) recall(ctx context.Context) error {
	dir, err := r.state.target(r.targetName())
	if err != nil {
		return err
	}
	if err := sweepAcknowledgements(dir, r.state.generation(r.targetName())); err != nil {
		return err
	}
	file, journal := acknowledgements(dir, r.state.generation(r.targetName()))
	if err := r.state.provenJournal(r.targetName(), journal); err != nil {
		return err
	}
	if err := sinks.RepairJournal(journal); err != nil {
		return err
	}
	if err := r.engine.Acknowledgements(ctx, file, journal); err != nil {
		return err
	}
	unjudged, err := r.engine.Unjudged(ctx)
	if err != nil || len(unjudged) == 0 || !r.overAPI() {
		return err
	}
	r.Log.Info("reading customers again whose writes are not confirmed", "customers", len(unjudged))
	client, err := fincome.New(r.Fincome, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	reader, err := fincome.Singles{Client: client, IDs: unjudged, Now: r.Now}.Read(ctx, r.query())
	if err != nil {
		return err
	}
	defer reader.Release()
	return r.engine.Observe(ctx, reader)
}
