# Everything here is a plain go command; make only remembers it. Compare two benchmark runs with
#   make bench-go > new.txt; go tool -modfile=tools/go.mod benchstat old.txt new.txt

tool     := go tool -modfile=tools/go.mod
fuzztime := 10s

.PHONY: help build test race lint bench bench-go gen cover fuzz quality toys samebits clean
.DEFAULT_GOAL := help

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

build: ## compile the commands into bin/
	go build -o bin/ ./cmd/...

test: ## run every test
	go test ./...

race: ## run every test under the race detector (needs a C compiler)
	go test -race ./...

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(tool) staticcheck ./...

bench: bench-go ## measure: the Go benchmarks, then the same jobs in other software (ten minutes, on an idle machine)
	go run ./bench

bench-go: ## the Go benchmarks of kernels, training, sampling and checkpoints, for benchstat
	go test -run '^$$' -bench . -benchmem ./kernel ./rng ./parallel ./graph ./eager ./train ./checkpoint

gen: ## write the kernel's assembly anew
	go generate ./...

cover: ## test coverage by function into bin/cover.txt, in total here
	@mkdir -p bin
	go test -coverprofile bin/cover.out ./...
	@go tool cover -func bin/cover.out > bin/cover.txt
	@tail -n 1 bin/cover.txt

fuzz: ## fuzz each target for fuzztime (10s)
	@set -e; grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's|/[^/]*:func | |' | sort | \
	while read -r package target; do \
		echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(fuzztime) -fuzzminimizetime 5x "$$package" </dev/null; \
	done

quality: ## train the presets for real and measure their samples (ten minutes on two cores)
	EURYALE_QUALITY=1 go test . -run Quality -v -timeout 30m

toys: ## train every toy law and draw the contact sheet of docs/toys.md (eight minutes on two cores)
	go run ./bench/toys -o docs/images/toys.png

samebits: ## compare every preset with an older commit, bit for bit (two minutes)
	go run ./bench/samebits

clean: ## remove bin/; runs/ stays
	rm -rf bin
