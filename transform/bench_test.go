package transform_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/transform/recordid"
)

// BenchmarkDecide decides the cells of 50,000 matched customers on four axes, as
// in a first run: none is filled yet.
func BenchmarkDecide(b *testing.B) {
	const rows = 50_000
	ctx := context.Background()
	var properties []connector.Property
	var axes []transform.Axis
	for i, describeType := range []string{"string", "picklist", "currency", "datetime"} {
		name := fmt.Sprint("P", i)
		properties = append(properties, connector.Property{Name: name, Type: describeType})
		axes = append(axes, transform.Axis{Name: "A" + name, State: transform.Usable, Nulls: transform.ClearNulls, Merge: transform.Overwrite, OnEdit: transform.ReportEdits,
			Properties: []transform.Source{{Property: name, Type: describeType}}})
	}
	var names []string
	for _, axis := range axes {
		names = append(names, axis.Name)
	}
	var accounts [][]string
	var list []customer
	for i := range rows {
		id := recordid.Full(fmt.Sprintf("0015f0000%06d", i))
		accounts = append(accounts, []string{id, fmt.Sprint("a text of number ", i), fmt.Sprint("value ", i%9), fmt.Sprintf("%d.50", i), "2026-03-01T10:00:00.000Z"})
		list = append(list, customer{id: fmt.Sprintf("C-%07d", i), identifier: id})
	}
	for b.Loop() {
		b.StopTimer()
		e := open(b, transform.Rules{Axes: axes})
		must(b, e.Customers(ctx, customerReader(b, time.Now(), names, list)))
		must(b, e.Deleted(ctx, tableReader(b, connector.DeletedSchema())))
		must(b, e.Acknowledgements(ctx, "", ""))
		_, err := e.Match(ctx, tableReader(b, connector.AccountSchema(properties), accounts...))
		must(b, err)
		b.StartTimer()
		_, err = e.Decide(ctx, transform.Tables{})
		must(b, err)
	}
	b.ReportMetric(float64(rows*len(axes))*float64(b.N)/b.Elapsed().Seconds(), "cells/s")
}
