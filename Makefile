# Everything that is done more than once. `make` alone lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# What is linked against and loaded, and, behind it, what Swift's toolchain needs to link anything.
packages := libgraphviz-dev libsleef-dev libsqlite3-dev libedit-dev libopenblas0 \
  binutils ca-certificates git libcurl4 libncurses6 libstdc++-12-dev libxml2
samples := linear-regression dynamic-graph thermometer cubic-sine vector-jacobian legendre networks \
  fine-tuning
sources := Package.swift Sources Tests samples Benchmarks
release := .build/release
demo := .build/demo

.PHONY: help setup build demo test sanitize lint format gallery operators docs bench

help: ## List what there is to make
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS=$$'\t' read -r target meaning; do \
	  printf '  make %-9s %s\n' "$$target" "$$meaning"; done

setup: ## Install the Debian packages that are missing
	@missing=$$(for package in $(packages); do \
	  [ "$$(dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null)" = installed ] \
	    || echo $$package; done | xargs); \
	if [ -n "$$missing" ]; then \
	  command -v apt-get >/dev/null || { \
	    echo "Debian's apt-get is not here; install what corresponds to: $$missing" >&2; exit 1; }; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  echo "Installing with $${sudo:+sudo }apt-get: $$missing"; \
	  $$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -q -y --no-install-recommends $$missing || exit 1; \
	fi
	@command -v swift >/dev/null || { \
	  echo "swift is not on the PATH; the toolchain is at https://www.swift.org/install" >&2; exit 1; }

build: setup ## Build everything for debugging
	swift build

demo: setup ## Train a sample, draw its graph with the command, show both
	swift build -c release --static-swift-stdlib --product linear-regression
	swift build -c release --static-swift-stdlib --product agviz
	$(release)/linear-regression $(demo)
	$(release)/agviz show $(demo)/linear-regression.json
	$(release)/agviz render $(demo)/linear-regression.json -o $(demo)/graph.svg
	$(release)/agviz render $(demo)/linear-regression.json -o $(demo)/graph.png
	@echo "The graph of the loss is drawn in $(demo)/graph.svg and $(demo)/graph.png"

test: setup ## Run all tests, those of the engine on lesser instruction sets as well
	swift test --disable-xctest
	Tests/avx-only-where-chosen.sh .build/debug
	for cpu in avx2 baseline; do AGVIZ_CPU=$$cpu swift test --disable-xctest --skip-build \
	  --filter 'AutogradTests|ConformanceTests' || exit 1; done

# Swift has no sanitizer of undefined behaviour on Linux, so it looks at the C alone. OpenBLAS and
# Swift's own libraries are not instrumented.
undefined := -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined
# Not those that kill programs by the hundred or fill disks.
sanitized := --filter \
  'CKernelsTests|AutogradTests|GradientJournalTests|GradientRecordingTests|AutogradRecorderTests' \
  --skip 'KillTests|[dD]isk'

sanitize: setup ## Run the tests of engine and recorder under the address, leak, undefined behaviour and thread sanitizers
	ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
	  swift test --disable-xctest --sanitize=address $(undefined) --scratch-path .build/address \
	  $(sanitized)
	swift test --disable-xctest --sanitize=thread --scratch-path .build/thread $(sanitized)

lint: ## Check the formatting
	swift format lint --strict --recursive $(sources)

format: ## Mend the formatting
	swift format --in-place --recursive $(sources)

gallery: setup ## Remake the dumps and pictures in output/
	for sample in $(samples); do swift run -c release $$sample output >/dev/null || exit 1; done

operators: setup ## Remake the list of operators in Documentation/
	swift run -c release conformance Tests/Conformance/Data --operators > .build/operators.md
	mv .build/operators.md Documentation/Operators.md

# The libraries that are documented, each with what it adds to the others' types.
documented := Autograd AutogradNN GraphModel GraphRendering GradientRecording AutogradRecorder \
  AgvizTesting
symbols := .build/symbols

docs: setup ## Build the documentation, and check its links and those of the README
	swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members >/dev/null
	rm -rf $(symbols) && mkdir -p $(symbols)
	for library in $(documented); do \
	  cp .build/*/symbolgraph/$$library.symbols.json .build/*/symbolgraph/$$library@*.symbols.json \
	    $(symbols) 2>/dev/null || true; done
	docc convert Documentation/agviz.docc --additional-symbol-graph-dir $(symbols) \
	  --output-dir .build/agviz.doccarchive --warnings-as-errors
	Documentation/check-links.sh
	@echo "The documentation is in .build/agviz.doccarchive; docc preview shows it"

bench: setup ## Time engine and command beside PyTorch and dot; some: only=mm; more: options=--help
	swift build --package-path Benchmarks -c release --static-swift-stdlib
	swift build -c release --static-swift-stdlib --product agviz
	Benchmarks/compare.py Benchmarks/.build/release/workloads --agviz $(release)/agviz \
	  --graph output/cubic-sine.json --only '$(only)' $(options)
