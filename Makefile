# The build tag that gives DuckDB its Arrow interface is set here, once, for
# everything that builds.
export GOFLAGS := -tags=duckdb_arrow

.PHONY: build test lint help

build: ## build the program to bin/axisync
	go build -o bin/axisync ./cmd/axisync

test: ## run every test
	go vet ./... && go test -race ./...

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
