package pipelines

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
)

// askedOneByOne is how many customers without an account are worth asking for one by
// one, some hundred a call; for more, one job that reads the keys of all accounts is
// less.
const askedOneByOne = 10_000

// markFiltered finds out which customers mean an account that salesforce.where
// leaves out.
func (r *run) markFiltered(ctx context.Context) error {
	if r.Where == "" {
		return nil
	}
	unseen, err := r.engine.Unseen(ctx)
	if err != nil || unseen == 0 {
		return err
	}
	key := connector.Property{Name: connector.AccountID, Type: "id"}
	query := salesforce.Query{Object: r.Object}
	if r.Key != connector.AccountID {
		key = *find(r.properties, r.Key)
		query.Properties = []connector.Property{key}
	}
	// Without blanks around it a key is not what a condition would find.
	if unseen <= askedOneByOne && salesforce.Findable(key) && !r.Trim {
		return r.findOutside(ctx, key.Name)
	}
	_, err = r.extract(ctx, query, "outside", func(e *salesforce.Extraction) error {
		r.matching, err = r.engine.Filtered(ctx, e.Reader(), r.matching)
		return err
	})
	return err
}

// findOutside asks for the accounts that customers name and the condition leaves
// out.
func (r *run) findOutside(ctx context.Context, key string) error {
	keys, err := r.engine.UnseenKeys(ctx)
	if err != nil {
		return err
	}
	found, err := r.org.Find(ctx, r.object.Name, key, keys)
	if err != nil {
		return err
	}
	rows := array.NewRecordBuilder(connector.Memory, arrow.NewSchema([]arrow.Field{{Name: key, Type: arrow.BinaryTypes.String}}, nil))
	defer rows.Release()
	rows.Field(0).(*array.StringBuilder).AppendValues(found, nil)
	batch := rows.NewRecordBatch()
	defer batch.Release()
	outside, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
	if err != nil {
		return err
	}
	defer outside.Release()
	r.matching, err = r.engine.Filtered(ctx, outside, r.matching)
	return err
}
