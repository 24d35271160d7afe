//go:build !duckdb_arrow

package transform

// The Arrow interface of DuckDB exists under a build tag only. `make build` and
// `make test` set it; by hand it is: go build -tags=duckdb_arrow ./...
var _ = build_with_make_or_with_tags_duckdb_arrow
