# The build tag that gives DuckDB its Arrow interface is set here, once, for
# everything that builds.
export GOFLAGS := -tags=duckdb_arrow

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT := $(shell git rev-parse HEAD 2>/dev/null)
# The time of the commit is the time of all that is made from it.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
# Modules of their own: tests that need clients, readers and a browser that the program
# does not.
PEERS := connector/salesforce/simulator/peers
BROWSER := sinks/parquet/diff/report/browser
READERS := sinks/parquet/peers
SERVERS := storage/storagetest/gateway storage/storagetest/google
AZURITE := storage/storagetest/azurite
PACKAGING := packaging
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: build test demo lint dist image licences vulnerabilities bench bench-peers bench-large fuzz cover help

build: ## build the program to bin/axisync
	go build -ldflags '-X main.version=$(VERSION)' -o bin/axisync ./cmd/axisync

test: $(READERS)/node_modules $(AZURITE)/node_modules ## run every test, with the race detector, and the cgo pointer checks
	go test -race -timeout 15m ./...
	cd $(PEERS) && go test -race ./...
	cd $(BROWSER) && go test -race ./...
	cd $(READERS) && go test -race ./...
	cd $(PACKAGING) && go test ./...
	go test -trimpath -run TestMemoryOf ./sinks/parquet # the race detector takes memory itself
	cd $(READERS) && go test -trimpath -run TestCostOfWriting .
	GOEXPERIMENT=cgocheck2 go test -run 'TestCgoPointers' ./transform

# A reader of Parquet and an Azure server from npm; without npm the tests that need them
# say so.
%/node_modules: %/package-lock.json
	@if command -v npm >/dev/null; then cd $* && npm ci && touch node_modules; fi

demo: build ## two simulated days of the pipeline on 100,000 accounts
	bin/axisync demo

dist: ## an archive of the program with its documents, completions, manual and licences, in dist/
	cd $(PACKAGING) && go run . archive -version '$(VERSION)' -commit '$(COMMIT)' -epoch '$(SOURCE_DATE_EPOCH)'

image: ## an image of the program, by docker
	docker build --build-arg VERSION='$(VERSION)' --build-arg COMMIT='$(COMMIT)' \
		--build-arg DATE="$$(date -u -d @$(SOURCE_DATE_EPOCH) +%Y-%m-%dT%H:%M:%SZ)" -t axisync:'$(VERSION)' .

licences: ## write the table of the licences of all linked modules anew
	cd $(PACKAGING) && go run . licences --write

vulnerabilities: ## look for known vulnerabilities in what the program calls; IF_REACHABLE=1 lets a database that cannot be had pass
	cd $(PACKAGING) && go run . vulnerabilities $(if $(IF_REACHABLE),--if-reachable)

# What vet compiles is what an archive is linked from: without the paths of the machine.
lint: export GOFLAGS := -tags=duckdb_arrow -trimpath
lint: ## gofmt, vet, staticcheck and the licences of what is linked
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	cd $(PEERS) && go mod tidy -diff && go vet ./... && go run $(STATICCHECK) ./...
	cd $(BROWSER) && go mod tidy -diff && go vet ./... && go run $(STATICCHECK) ./...
	for dir in $(SERVERS); do (cd $$dir && go mod tidy -diff) || exit 1; done
	cd $(READERS) && go mod tidy -diff && go vet ./... && go run $(STATICCHECK) ./...
	cd $(PACKAGING) && go mod tidy -diff && go vet ./... && go run $(STATICCHECK) ./... && go run . licences

bench: ## rows/s and MB/s of decoding, extraction and the whole run
	go test -run '^$$' -bench . -benchtime 3x ./connector/salesforce ./connector/salesforce/csv ./connector/fincome ./transform ./sinks/parquet ./sinks/fincome ./pipelines

bench-peers: ## CPU time against go-salesforce and encoding/csv, with the bars
	go test -run '^$$' -bench AgainstEncodingCSV -benchtime 1x ./connector/salesforce/csv
	cd $(PEERS) && go test -run '^$$' -bench Peers -benchtime 1x .

bench-large: build ## the bars of a million rows: memory and CPU of extract and plan, and the long random tests
	AXISYNC_LARGE=1 go test -p 1 -run 'Large|Oracle|Killed|Memory|Revoked|Naive|Total|FailingBucket' -timeout 60m -v ./pipelines/... ./transform
	AXISYNC_LARGE=1 go test -p 1 -run 'Compare|Naive|OneAccount|Profile' -timeout 60m -v ./sinks/parquet
	cd $(READERS) && AXISYNC_LARGE=1 go test -run Cost -timeout 60m -v .
	AXISYNC_LARGE=1 go test -p 1 -run 'Fault|TwoProcesses|Killed' -timeout 60m -v ./connector/salesforce ./connector/salesforce/tokens
	AXISYNC_LARGE=1 go test -p 1 -timeout 60m -v ./connector/fincome/probe
	AXISYNC_LARGE=1 go test -p 1 -run 'Killed|OverHTTP|Nearly|Moves|Mixtures|Editor' -timeout 60m -v ./sinks/fincome
	AXISYNC_LARGE=1 go test -run 'NoSecret|ManyAccounts' -timeout 60m -v ./cmd/axisync

fuzz: ## fuzz the parsers, half a minute each
	go test -run '^$$' -fuzz FuzzDecode -fuzztime 30s ./connector/salesforce/csv
	go test -run '^$$' -fuzz FuzzRead -fuzztime 30s ./transform/recordid
	go test -run '^$$' -fuzz FuzzReader -fuzztime 30s ./connector/gzip
	go test -run '^$$' -fuzz FuzzListing -fuzztime 30s ./connector/fincome
	go test -run '^$$' -fuzz FuzzLoad -fuzztime 30s ./pipelines
	go test -run '^$$' -fuzz FuzzText -fuzztime 30s ./sinks/parquet/diff/report

cover: ## coverage of all packages by all tests
	go test -coverpkg=./... -coverprofile=coverage.out ./... && go tool cover -func=coverage.out | tail -1

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "%-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
