package transform

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// comparedReader gives the keys of accounts in the form in which they are
// compared, as the only column.
type comparedReader struct {
	produced
	accounts array.RecordReader
	key      int
	rules    Rules
}

var comparedSchema = arrow.NewSchema([]arrow.Field{{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)

// newComparedReader does not release accounts. The caller frees it.
func newComparedReader(accounts array.RecordReader, rules Rules) (*comparedReader, error) {
	at := accounts.Schema().FieldIndices(rules.Key)
	if len(at) != 1 {
		return nil, fmt.Errorf("the accounts have no column %s", rules.Key)
	}
	return &comparedReader{produced: producing(comparedSchema), accounts: accounts, key: at[0], rules: rules}, nil
}

func (r *comparedReader) Err() error { return r.accounts.Err() }

func (r *comparedReader) Next() bool {
	r.drop()
	if !r.accounts.Next() {
		return false
	}
	keys := r.accounts.RecordBatch().Column(r.key).(*array.String) // every column of connector.AccountSchema is
	b := r.builder.Field(0).(*array.StringBuilder)
	for i := range keys.Len() {
		if keys.IsNull(i) {
			b.AppendNull()
		} else {
			b.Append(r.rules.compared(keys.Value(i)))
		}
	}
	return r.give()
}
