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

# Options of bench/compare, bench/screen and bench/saturate, the length of the soak
# test, and the kernels to boot.
PEERS   ?=
SCREEN  ?=
STORM   ?=
CYCLES  ?= 50000
KERNELS ?=

.DEFAULT_GOAL := build
.PHONY: help build run test race bench bench-compare bench-peers bench-screen bench-saturate kernels lint fuzz-short golden man generate pictures sigma soak benign pgo cross clean

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
	GO='$(GO)' bench/revisions '$(BASE)' '$(BENCH)' $(BENCHPKGS)

bench-peers: build ## compare with the peers that are installed; PEERS="--procs 10000 --rounds 3 ..."
	bench/compare $(PEERS) $(BIN)

bench-screen: build ## first screen, keys, bytes and CPU of the live screen; SCREEN="--procs 10000 --pairs 9000 ..."
	bench/screen $(SCREEN) $(BIN)

bench-saturate: build ## the live screen in a storm of busy loops and forks; STORM="--secs 60 ..."
	bench/saturate $(STORM) $(BIN)

kernels: ## the eBPF programs on other kernels, booted in qemu; KERNELS="vmlinuz ..."
	GO='$(GO)' bench/kernels $(KERNELS)

soak: ## 50,000 cycles with churn: memory, goroutines, descriptors; CYCLES=N
	SMOOTHTASK_SOAK='$(CYCLES)' $(GO) test ./internal/cli -run 'Soak' -count 1 -v -timeout 4h

sigma: ## conformance of the rule engine: make sigma SIGMA=DIR with rules/ and cases.jsonl
	@test -n '$(SIGMA)' || { echo 'make sigma SIGMA=DIR: name the directory with rules/ and cases.jsonl' >&2; exit 2; }
	SIGMA='$(abspath $(SIGMA))' $(GO) test ./threats/sigma -run Conformance -count 1 -v

benign: ## no finding about common software; installs Debian packages, needs root
	SMOOTHTASK_BENIGN=full $(GO) test ./threats/detectors -run Benign -count 1 -v -timeout 20m

pgo: build ## write default.pgo from the program's main jobs, and measure its gain
	GO='$(GO)' bench/profile

pictures: build ## pictures of the screen in docs/pictures; needs root, tmux and nsenter
	$(GO) run ./docs/pictures -program $(BIN)

lint: ## formatting, vet, staticcheck
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "not formatted: $$bad"; exit 1; fi
	$(GO) vet ./...
	staticcheck ./...

fuzz-short: ## ten seconds of each fuzz target
	GO='$(GO)' bench/fuzz 10s

golden: ## write the golden files anew, after a look at what changed
	$(GO) test ./ui/... ./report/... -run Golden -update

man: ## manual pages below dist/man
	$(GO) run ./internal/genman dist/man

generate: ## generated files: eBPF objects, docs/detections.md
	$(GO) generate ./...

cross: ## build for every supported platform, below dist
	@for p in linux/amd64 linux/arm64 darwin/arm64 freebsd/amd64; do \
		echo $$p; GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o dist/smoothtask-$${p%/*}-$${p#*/} . || exit 1; \
	done

clean: ## remove what was built
	rm -rf bin dist
