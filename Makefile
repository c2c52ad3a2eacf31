# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# One-word commands around CMake, Ninja and lit. `make help` lists them.

# release, debug, asan or tsan (CMakePresets.json), each with a build folder of its own.
PRESET ?= release
BUILD := build$(if $(filter-out release,$(PRESET)),-$(PRESET))
# How many compilations run at once.
JOBS ?= $(shell scripts/jobs.sh)
# Further arguments of the test runner, say ARGS='--filter dense', or of the
# benchmarks.
ARGS ?=

# A bare environment may lack both; CMake looks for itself on the path, ccache
# for the user's folder.
PATH ?= /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME ?= $(shell getent passwd "$$(id -u)" | cut -d: -f6)
export PATH HOME

# The sanitizers' runtime libraries are a package of their own.
EXTRA_PACKAGES := $(if $(filter asan tsan,$(PRESET)),libclang-rt-22-dev)
# Ninja keeps one line of progress in a terminal; elsewhere it says nothing
# unless something fails.
NINJA := ninja -C $(BUILD) -j $(JOBS) $(shell test -t 1 || echo --quiet)

.PHONY: all deps build test demo bench bench-einsum bench-peers bench-raise docs format tidy \
        clean help
.DEFAULT_GOAL := all

all: build

help:
	@echo 'make        build the tools into $(BUILD)/bin'
	@echo 'make demo   classify handwritten digits with the model in examples/digits'
	@echo 'make test   run every test (ARGS="--filter NAME" runs some)'
	@echo 'make bench  measure ternary contractions beside oneDNN, OpenBLAS and the'
	@echo '            limits of the machine (ARGS="--filter NAME" measures some,'
	@echo '            ARGS=--help says what else); docs/Benchmarks.md explains it'
	@echo 'make bench-einsum  measure einsum of floats beside OpenBLAS'
	@echo 'make bench-peers  time whole layers beside OpenVINO, ONNX Runtime and Keras-MML'
	@echo '            from PyPI (ARGS="--batch 8 --threads 1" measures less)'
	@echo 'make bench-raise  time models of another front end before and after their'
	@echo '            products with ternary constants are raised'
	@echo 'make docs   write docs/Dialect.md and docs/Passes.md anew, and docs/ as a site'
	@echo '            to $(BUILD)/site'
	@echo 'make format format the C++ sources; make tidy runs clang-tidy on them'
	@echo 'make deps   install what is missing (every target here does that first)'
	@echo 'make clean  remove $(BUILD)'
	@echo 'PRESET=debug, asan or tsan chooses another build'

deps:
	@scripts/install-deps.sh $(EXTRA_PACKAGES)

# CMake runs when there is no build yet; afterwards Ninja reruns it as needed.
build: deps
	@if ! test -f $(BUILD)/build.ninja; then \
	  echo 'Configuring $(BUILD)'; \
	  cmake --preset $(PRESET) --log-level=WARNING > /dev/null; \
	fi
	@test -t 1 || echo 'Building $(BUILD), $(JOBS) jobs'
	@$(NINJA)

test: build
	@$(BUILD)/run-tests $(ARGS)

demo: build
	@examples/digits/run.py --runner $(BUILD)/bin/mml-runner

bench: build
	@scripts/run-benchmarks.py $(BUILD) $(ARGS)

bench-einsum: build
	@scripts/run-benchmarks.py $(BUILD) --einsum $(ARGS)

# The libraries go into virtual environments below the build folder.
bench-peers: EXTRA_PACKAGES += python3-venv
bench-peers: build
	@scripts/install-peers.py $(BUILD)/bench-peers
	@$(BUILD)/bench-peers/numpy/bin/python scripts/run-peers.py $(BUILD) $(ARGS)

bench-raise: build
	@scripts/bench-raise.py $(BUILD) $(ARGS)

docs: deps
	@scripts/gen-docs.sh
	@scripts/build-site.sh $(BUILD)/site

format: deps
	@scripts/check-format.sh --fix

tidy: build
	@run-clang-tidy-22 -quiet -j $(JOBS) -p $(BUILD) '/(lib|tools|unittests|fuzz|benchmarks|test/Support)/.*\.cpp$$'

clean:
	@rm -rf $(BUILD)
