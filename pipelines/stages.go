package pipelines

import (
	"sync/atomic"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/progress"
)

// enter shows a stage of the run until the function that it gives back is called. What
// the run does meanwhile tells its figures to r.stage.
func (r *run) enter(name string) (leave func()) {
	if r.Watch == nil {
		return func() {}
	}
	r.stage = &progress.Stage{Source: r.Among, Name: name}
	end := r.Watch.Begin(r.stage)
	return func() {
		end()
		r.stage = nil
	}
}

// The units of figures.
const (
	unitAccounts  = "accounts"
	unitCustomers = "customers"
	unitCells     = "cells"
)

// preparing tells that Salesforce works on a query job, and how many rows it has so far.
func (r *run) preparing(rows int64) {
	r.stage.From(func() progress.Figures {
		return progress.Figures{Unit: unitAccounts, Done: rows, Waiting: "salesforce prepares the result"}
	})
}

// showExtraction tells how far the result of a query job has come.
func (r *run) showExtraction(e *salesforce.Extraction) {
	r.stage.From(func() progress.Figures {
		ledger := e.Ledger()
		return progress.Figures{Unit: unitAccounts, Done: ledger.DecodedRows, Total: ledger.JobRows, Bytes: ledger.Received, Pages: ledger.InFlight}
	})
}

// showDelivery tells how far a delivery has come.
func (r *run) showDelivery(o *outcomes) {
	cells := r.result.Cells.NotAttempted
	if r.LimitCustomers > 0 {
		cells = 0 // who knows how many
	}
	r.stage.From(func() progress.Figures {
		return progress.Figures{Unit: unitCells, Done: o.settled.Load(), Total: cells, Customers: o.customers.Load()}
	})
}

// shown is a reader of customers that tells the stage how many have come.
func (r *run) shown(reader connector.CustomerReader) connector.CustomerReader {
	s := &shownReader{CustomerReader: reader}
	r.stage.From(func() progress.Figures { return progress.Figures{Unit: unitCustomers, Done: s.rows.Load()} })
	return s
}

type shownReader struct {
	connector.CustomerReader
	rows atomic.Int64
}

func (s *shownReader) Next() bool {
	more := s.CustomerReader.Next()
	if more {
		s.rows.Add(s.RecordBatch().NumRows())
	}
	return more
}
