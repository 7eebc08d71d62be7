# Everything a developer types. `make setup` needs python3 (3.11 or later) and a package index;
# all other targets stand on it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-stamp
RUNS ?= 20000
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit fix docs bench evaluate fuzz lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with the locked packages and what the tests need

# The virtual environment is made anew when the lock or the package's own description changes.
$(STAMP): requirements-dev.lock pyproject.toml tools/system_packages.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Fluxhound needs Python 3.11 or later. Name one: make setup PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@sh tools/system_packages.sh
	@touch $(STAMP)

demo: setup ## analyse the example logs, explain one name, write demo-report.html
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tools/demo.sh

test: lint types unit ## everything CI runs

lint: setup ## formatting and lint rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup ## mypy, strict
	$(BIN)/mypy

unit: setup ## the tests, three at once: some wait for servers (ARGS="-k zeek" for some of them)
	$(BIN)/pytest -n 3 $(ARGS)

fix: setup ## reformat and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup ## refresh the generated pages, then check links, commands and keys
	$(BIN)/python tools/write_docs.py
	$(BIN)/pytest -q tests/test_docs.py

bench: setup ## speed and memory, side by side with other ways (ARGS="--rows 200000")
	$(BIN)/python bench/run.py $(ARGS)

evaluate: setup ## measure the detector on simulated traffic (ARGS="--small", ARGS="--write")
	$(BIN)/python tools/evaluate.py $(ARGS)

fuzz: setup ## every parser under the fuzzer, RUNS inputs each
	@set -e; for target in tests/fuzz/fuzz_*.py; do \
	  echo "$$target"; $(BIN)/python $$target -atheris_runs=$(RUNS); done

lock: setup ## resolve the locked versions anew
	$(BIN)/python tools/lock.py

clean: ## remove what make made, the virtual environment included
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis demo-report.html
