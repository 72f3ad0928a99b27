# Shortcuts for plain go commands, and the archives of a release. Compare two benchmark runs with
#   make bench-go > new.txt; go tool -modfile=tools/go.mod benchstat old.txt new.txt

tool     := go tool -modfile=tools/go.mod
fuzztime := 10s

version   := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
platforms := linux_amd64 linux_arm64 darwin_amd64 darwin_arm64

.PHONY: help build test race lint bench bench-go busy gen cover fuzz quality onnx toys samebits mnist fashion dist clean
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

bench: bench-go ## the Go benchmarks, then the same jobs in Euryale and in other software (ten minutes on an idle machine)
	go run ./bench

bench-go: ## the Go benchmarks of kernels, training, sampling and checkpoints, for benchstat
	go test -run '^$$' -bench . -benchmem ./kernel ./rng ./parallel ./graph ./eager ./train ./checkpoint

busy: ## the speed that is left beside processes that keep the machine busy (seven minutes)
	go run ./bench -busy

gen: ## regenerate the kernel's assembly, and docs/configuration.md
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

quality: ## train the presets in full and measure their samples (a quarter of an hour on two cores)
	EURYALE_QUALITY=1 go test . -run Quality -v -timeout 60m

RUN :=
onnx: ## compare exported ONNX graphs with onnxruntime, which is installed into bin/onnxruntime (Node.js is needed); RUN=FOLDER for a run
	npm install --ignore-scripts --no-save --prefix bin/onnxruntime onnxruntime-node@1.20.1
	EURYALE_ONNXRUNTIME=$(CURDIR)/bin/onnxruntime EURYALE_ONNX_RUN=$(abspath $(RUN)) go test ./onnx -run ONNXRuntime -count 1 -v -timeout 60m

toys: ## train every toy distribution and draw the contact sheet of docs/toys.md (eight minutes on two cores)
	go run ./bench/toys -o docs/images/toys.png

mnist: ## put the files of MNIST into datasets/mnist (11 MB, from a Go module)
	go run ./data/images/fetch mnist

fashion: ## put the files of Fashion-MNIST into datasets/fashion (31 MB, from a Debian package)
	go run ./data/images/fetch fashion

samebits: ## compare the results of every preset with those of an older commit, bit for bit (two minutes)
	go run ./bench/samebits

# The same commit and the same Go give the same bytes: no paths, no time of the build, no names of users.
dist: ## archives of the static binary for Linux and macOS, with checksums, in dist/ (needs git and GNU tar)
	rm -rf dist
	@set -e; for platform in $(platforms); do \
		name=euryale_$(version)_$$platform; echo "dist/$$name.tar.gz"; mkdir -p dist/$$name; cp LICENSE README.md dist/$$name; \
		CGO_ENABLED=0 GOOS=$${platform%_*} GOARCH=$${platform#*_} \
			go build -trimpath -buildvcs=true -ldflags '-s -w' -o dist/$$name/ ./cmd/euryale; \
		tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="@$$(git log -1 --format=%ct)" \
			-cf dist/$$name.tar $$name; \
		gzip -9n dist/$$name.tar; rm -r dist/$$name; \
	done
	@cd dist && sha256sum *.tar.gz | tee SHA256SUMS

clean: ## remove bin/ and dist/; runs/ and datasets/ stay
	rm -rf bin dist
