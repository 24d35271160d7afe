// Package peers lets other engines, unmodified, read snapshots, and holds what it
// costs to write them against what it costs DuckDB.
//
// It is a module of its own, so that sinks/parquet depends on none of them.
package peers
