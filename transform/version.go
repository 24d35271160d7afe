package transform

import duckdb "github.com/duckdb/duckdb-go-bindings"

// EngineVersion is the version of the DuckDB that is linked, such as v1.5.6. It opens no
// database.
func EngineVersion() string { return duckdb.LibraryVersion() }
