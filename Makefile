# make run starts the monitor, make test proves it works; make help lists the rest.

GO      ?= go
BIN     := bin/smoothtask
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/smoothtask/smoothtask/internal/cli.version=$(VERSION)
export CGO_ENABLED := 0

# Benchmarks of the hot paths; BENCH chooses, COUNT repeats for benchstat.
BENCH     ?= .
COUNT     ?= 1
BENCHTIME ?= 300ms
BENCHPKGS ?= ./...

.DEFAULT_GOAL := build
.PHONY: help build run test race bench bench-compare bench-peers lint fuzz-short golden man generate docs pictures sigma soak benign pgo cross clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/smoothtask, static
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) .

run: build ## start the monitor
	$(BIN)

test: ## run all tests
	$(GO) test ./...

race: ## run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

bench: ## benchmarks of every hot path, in benchstat form
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) -count $(COUNT) $(BENCHPKGS)

bench-compare: ## compare with another revision: make bench-compare BASE=REV
	GO=$(GO) bench/revisions '$(BASE)' '$(BENCH)' '$(BENCHPKGS)'

bench-peers: build ## compare with the peers that are installed, in a pty
	bench/compare $(BIN)

lint: ## formatting, vet, staticcheck
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "not formatted: $$bad"; exit 1; fi
	$(GO) vet ./...
	staticcheck ./...

fuzz-short: ## ten seconds of each fuzz target
	GO=$(GO) bench/fuzz 10s

golden: ## write the golden files anew, after a look at what changed
	$(GO) test ./ui/... ./report/... -run Golden -update

man: ## manual pages below dist/man
	$(GO) run ./internal/genman dist/man

generate: ## generated files: eBPF objects, docs/detections.md
	$(GO) generate ./...

clean: ## remove what was built
	rm -rf bin dist
