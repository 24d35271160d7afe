package transform

import (
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/axisync/axisync/sinks"
)

// function makes a DuckDB function of a Go function of one text. It is called
// row by row and dear: for the rare cases and the short tables.
type function struct {
	result duckdb.Type
	of     func(string) any
}

func (f function) Config() duckdb.ScalarFuncConfig {
	text, _ := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR) // cannot fail for a plain type
	result, _ := duckdb.NewTypeInfo(f.result)
	return duckdb.ScalarFuncConfig{InputTypeInfos: []duckdb.TypeInfo{text}, ResultTypeInfo: result}
}

func (f function) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: func(values []driver.Value) (any, error) {
		return f.of(values[0].(string)), nil
	}}
}

func registerFunctions(conn *sql.Conn) error {
	text := func(of func(string) string) function {
		return function{duckdb.TYPE_VARCHAR, func(s string) any { return of(s) }}
	}
	for name, f := range map[string]function{
		"canonical_number":   text(canonicalNumber),
		"canonical_datetime": text(canonicalDateTime),
		"canonical_boolean":  text(canonicalBoolean),
		"xxh64":              {duckdb.TYPE_UBIGINT, func(s string) any { return sinks.Hash(s) }},
	} {
		if err := duckdb.RegisterScalarUDF(conn, name, f); err != nil {
			return fmt.Errorf("duckdb: %w", err)
		}
	}
	return nil
}
