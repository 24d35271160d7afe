//go:build unix

package csv

import (
	"bytes"
	stdcsv "encoding/csv"
	"io"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

const (
	// fasterThanStandard is the bar: how often encoding/csv's CPU time is ours.
	fasterThanStandard = 4
	comparisons        = 15
)

// BenchmarkAgainstEncodingCSV decodes the same page into the same schema with
// this package and with encoding/csv, and compares the CPU times: the least of
// several runs in turn, which is what a busy machine disturbs least.
func BenchmarkAgainstEncodingCSV(b *testing.B) {
	const rows = 200_000
	page, names := accounts(rows)
	schema := schemaOf(names...)
	d := NewDecoder(schema, ',', connector.Memory)
	defer d.Release()
	for b.Loop() {
		var own, standard []time.Duration
		for range comparisons {
			own = append(own, cpu(b, rows, func() int { return decodeHere(b, d, page) }))
			standard = append(standard, cpu(b, rows, func() int { return decodeStandard(b, schema, page) }))
		}
		ours, theirs := slices.Min(own), slices.Min(standard)
		times := float64(theirs) / float64(ours)
		b.ReportMetric(float64(ours)/rows, "ours-cpu-ns/row")
		b.ReportMetric(float64(theirs)/rows, "encoding/csv-cpu-ns/row")
		b.ReportMetric(times, "times-faster")
		if times < fasterThanStandard {
			b.Errorf("%.2f times as fast as encoding/csv; the bar is %d", times, fasterThanStandard)
		}
	}
}

// cpu is the CPU time that decoding takes.
func cpu(b *testing.B, rows int, decode func() int) time.Duration {
	b.Helper()
	used := func() time.Duration {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			b.Fatal(err)
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	runtime.GC()
	before := used()
	if n := decode(); n != rows {
		b.Fatalf("%d rows, want %d", n, rows)
	}
	return used() - before
}

func decodeHere(b *testing.B, d *Decoder, page []byte) (rows int) {
	d.Reset(bytes.NewReader(page))
	for {
		err := d.Decode()
		if batch := d.Take(); batch != nil {
			rows += int(batch.NumRows())
			batch.Release()
		}
		if err == io.EOF {
			return rows
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// decodeStandard is the ordinary way: a record of encoding/csv, its fields into
// the builders of Arrow, null for the empty text.
func decodeStandard(b *testing.B, schema *arrow.Schema, page []byte) (rows int) {
	const batchRows = 8192
	reader := stdcsv.NewReader(bytes.NewReader(page))
	reader.ReuseRecord = true
	builder := array.NewRecordBuilder(connector.Memory, schema)
	defer builder.Release()
	columns := make([]*array.StringBuilder, schema.NumFields())
	for i := range columns {
		columns[i] = builder.Field(i).(*array.StringBuilder)
	}
	if _, err := reader.Read(); err != nil { // the header
		b.Fatal(err)
	}
	for {
		record, err := reader.Read()
		if err != nil && err != io.EOF {
			b.Fatal(err)
		}
		if columns[0].Len() == batchRows || err == io.EOF {
			batch := builder.NewRecordBatch()
			rows += int(batch.NumRows())
			batch.Release()
		}
		if err == io.EOF {
			return rows
		}
		for i, value := range record {
			if value == "" {
				columns[i].AppendNull()
			} else {
				columns[i].Append(value)
			}
		}
	}
}
