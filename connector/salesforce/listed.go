package salesforce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// Listed is what Salesforce lists as deleted in a span of time, also what nobody
// can read any more.
type Listed struct {
	// Reader has the rows, in the schema connector.ListedSchema: one batch. The
	// caller releases it.
	Reader array.RecordReader
	// Covered is up to when the list is whole: a transaction that is still at work
	// holds it back.
	Covered time.Time
}

// ErrListTooLong: more rows were deleted in the span than Salesforce lists, which is
// 600,000. ErrListTooShort: it does not remember the beginning of the span any more.
var (
	ErrListTooLong  = errors.New("more than 600,000 rows were deleted in that time, which Salesforce does not list")
	ErrListTooShort = errors.New("what was deleted so long ago is not listed any more")
)

// ListSpan is how far back the list of deleted rows goes: fifteen days, of which one
// is left for clocks that differ.
const ListSpan = 14 * 24 * time.Hour

// Listed lists the rows of an object that were deleted from a moment on until now, by
// the clock of the server, which has minutes: the span is a little longer. The list
// is held in memory: it has at most 600,000 ids. ErrListTooLong, ErrListTooShort, and
// refusals of objects that have no such list are errors that trying again does not
// mend.
func (o *Org) Listed(ctx context.Context, object string, from time.Time) (*Listed, error) {
	if !identifier(object) {
		return nil, fmt.Errorf("salesforce: %q is not the API name of an object", object)
	}
	from, to := from.UTC().Truncate(time.Minute), o.ServerTime().UTC().Truncate(time.Minute)
	if !from.Before(to.Add(-time.Minute)) {
		from = to.Add(-2 * time.Minute) // a span has to be longer than a minute
	}
	q := request{method: http.MethodGet, path: "/sobjects/" + object + "/deleted/", query: url.Values{"start": {listTime(from)}, "end": {listTime(to)}}}
	var list deletedList
	err := o.rest.config.retry(ctx, func() error {
		response, err := o.rest.send(ctx, q)
		if err != nil {
			return listError(err)
		}
		defer response.Body.Close()
		if list, err = readDeletedList(response); err != nil {
			return transportError(o.rest.name(q), err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	defer list.rows.Release()
	if list.earliest.After(from) {
		return nil, fmt.Errorf("salesforce: %s: %w: %s is the earliest", o.rest.name(q), ErrListTooShort, list.earliest.Format(time.RFC3339))
	}
	reader, err := array.NewRecordReader(connector.ListedSchema(), []arrow.RecordBatch{list.rows})
	if err != nil {
		return nil, fmt.Errorf("salesforce: %w", err)
	}
	if list.covered.Before(to) {
		to = list.covered
	}
	return &Listed{Reader: reader, Covered: to}, nil
}

// listTime is a moment as the list takes it.
func listTime(t time.Time) string { return t.Format("2006-01-02T15:04:05+00:00") }

// listError tells the refusals that mean something to the caller.
func listError(err error) error {
	var refused *Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case "EXCEEDED_ID_LIMIT":
		return fmt.Errorf("%w: %w", ErrListTooLong, err)
	case "INVALID_REPLICATION_DATE":
		return fmt.Errorf("%w: %w", ErrListTooShort, err)
	}
	return err
}

// deletedList is the answer of .../deleted/.
type deletedList struct {
	rows              arrow.RecordBatch // connector.ListedSchema
	earliest, covered time.Time
}

// readDeletedList reads it row by row: its hundreds of thousands of rows are held
// once.
func readDeletedList(response *http.Response) (list deletedList, err error) {
	body, err := inflatedBody(response)
	if err != nil {
		return list, err
	}
	rows := array.NewRecordBuilder(connector.Memory, connector.ListedSchema())
	defer rows.Release()
	decoder := json.NewDecoder(body)
	if err := expect(decoder, json.Delim('{')); err != nil {
		return list, err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return list, err
		}
		if err := list.field(decoder, name, rows); err != nil {
			return list, fmt.Errorf("the list of deleted rows: %v: %w", name, err)
		}
	}
	if err := expect(decoder, json.Delim('}')); err != nil {
		return list, err
	}
	if list.covered.IsZero() {
		return list, errors.New("the list of deleted rows has no latestDateCovered")
	}
	list.rows = rows.NewRecordBatch()
	return list, nil
}

func (l *deletedList) field(decoder *json.Decoder, name json.Token, rows *array.RecordBuilder) (err error) {
	var text string
	switch name {
	case "deletedRecords":
		return eachDeleted(decoder, rows)
	case "earliestDateAvailable", "latestDateCovered":
		if err := decoder.Decode(&text); err != nil {
			return err
		}
		if name == "latestDateCovered" {
			l.covered, err = parseTime(text)
		} else {
			l.earliest, err = parseTime(text)
		}
		return err
	}
	var other json.RawMessage
	return decoder.Decode(&other)
}

func eachDeleted(decoder *json.Decoder, rows *array.RecordBuilder) error {
	if err := expect(decoder, json.Delim('[')); err != nil {
		return err
	}
	for decoder.More() {
		var row struct {
			ID   string `json:"id"`
			Date string `json:"deletedDate"`
		}
		if err := decoder.Decode(&row); err != nil {
			return err
		}
		if row.ID == "" {
			return errors.New("a row has no id")
		}
		rows.Field(0).(*array.StringBuilder).Append(row.ID)
		rows.Field(1).(*array.StringBuilder).Append(row.Date)
	}
	return expect(decoder, json.Delim(']'))
}

func expect(decoder *json.Decoder, want json.Delim) error {
	got, err := decoder.Token()
	if err == nil && got != want {
		err = fmt.Errorf("%v stands where %v should", got, want)
	}
	return err
}

// parseTime reads a date-time of the REST API.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z0700", time.RFC3339Nano} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date-time", text)
}
