# Everything that is done more than once. `make` alone lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# What is linked against and loaded, and, behind it, what Swift's toolchain needs to link anything.
packages := libgraphviz-dev libsleef-dev libopenblas0 \
  binutils ca-certificates git libcurl4 libncurses6 libsqlite3-0 libstdc++-12-dev libxml2
samples := linear-regression dynamic-graph thermometer cubic-sine vector-jacobian
sources := Package.swift Sources Tests samples Benchmarks
release := .build/release
demo := .build/demo

.PHONY: help setup build demo test lint format gallery operators bench

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

# Drawings that are isolated fork their process, which is not safe while the engine's tests run threads.
test: setup ## Run all tests
	swift test --disable-xctest --skip GraphRenderingTests
	swift test --disable-xctest --filter GraphRenderingTests

lint: ## Check the formatting
	swift format lint --strict --recursive $(sources)

format: ## Mend the formatting
	swift format --in-place --recursive $(sources)

gallery: setup ## Remake the dumps and pictures in output/
	for sample in $(samples); do swift run -c release $$sample output >/dev/null || exit 1; done

operators: setup ## Remake the list of operators in Documentation/
	swift run -c release conformance Tests/Conformance/Data --operators > .build/operators.md
	mv .build/operators.md Documentation/Operators.md

bench: setup ## Time the engine and the command beside PyTorch and dot, where those are installed
	swift build --package-path Benchmarks -c release --static-swift-stdlib
	swift build -c release --static-swift-stdlib --product agviz
	Benchmarks/compare.py Benchmarks/.build/release/workloads $(release)/agviz output/cubic-sine.json
