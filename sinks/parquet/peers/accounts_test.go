package peers_test

import (
	"bufio"
	"errors"
	"os"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// properties are those of a table of accounts as somebody would fill it: texts that
// repeat and texts that do not, ids, picklists, numbers, truths, dates, and long texts.
var properties = []string{"Name", "Type", "Industry", "Phone", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry", "Website", "AnnualRevenue",
	"NumberOfEmployees", "OwnerId", "Description", "CreatedDate", "Renewal_Date__c", "Is_Partner__c", "Contract_Value__c", "Custom_Segment__c"}

// accounts generates accounts of an org.
type accounts struct {
	org     *org.View
	schema  *arrow.Schema
	columns []org.Column
}

func newAccounts(t testing.TB, n int) accounts {
	t.Helper()
	a := accounts{org: org.New(org.Config{Seed: 1, Accounts: n})}
	var described []connector.Property
	for _, name := range properties {
		column, err := a.org.Schema().Column(name)
		if err != nil {
			t.Fatal(err)
		}
		f := column.Field
		a.columns = append(a.columns, column)
		described = append(described, connector.Property{Name: name, Type: f.Type, Length: f.Length, Precision: f.Precision, Scale: f.Scale})
	}
	a.schema = connector.AccountSchema(described)
	return a
}

// save writes n accounts to a stream of Arrow batches.
func (a accounts) save(t testing.TB, path string, n int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	buffer := bufio.NewWriterSize(file, 1<<20)
	writer := ipc.NewWriter(buffer, ipc.WithSchema(a.schema))
	a.each(n, func(batch arrow.RecordBatch) {
		if err == nil {
			err = writer.Write(batch)
		}
	})
	if err := errors.Join(err, writer.Close(), buffer.Flush()); err != nil {
		t.Fatal(err)
	}
}

// each gives n accounts in batches, as texts, as a source gives them: no text is null.
func (a accounts) each(n int, visit func(arrow.RecordBatch)) {
	rows := array.NewRecordBuilder(memory.DefaultAllocator, a.schema)
	defer rows.Release()
	var row org.Row
	var cell []byte
	for i := range n {
		a.org.Load(&row, i)
		rows.Field(0).(*array.StringBuilder).Append(row.ID())
		for c := range a.columns {
			if cell = a.columns[c].Append(cell[:0], &row); len(cell) == 0 {
				rows.Field(c + 1).AppendNull()
			} else {
				rows.Field(c + 1).(*array.StringBuilder).BinaryBuilder.Append(cell)
			}
		}
		if (i+1)%8192 == 0 || i == n-1 {
			batch := rows.NewRecordBatch()
			visit(batch)
			batch.Release()
		}
	}
}
