# Two commands on a bare machine: `make demo` and `make test`. What they make lies in .venv and .foyer; remove both to start afresh.
.DEFAULT_GOAL := help
.PHONY: help demo dev test check format contracts import-real test-real test-clients test-compiled bench fuzz setup

BIN := .venv/bin
FOYER := $(BIN)/foyer
PYTEST := $(BIN)/pytest
DATA ?= ../shared/data

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-13s %s\n", $$1, $$2 }'

demo: setup  ## start everything with three invented houses in it, of CUSTOMERS customers; Ctrl-C stops it
	@$(FOYER) demo $(if $(CUSTOMERS),--customers $(CUSTOMERS))

dev: setup  ## the same, empty
	@$(FOYER) dev

test: setup  ## the whole suite against real servers, on both cores
	@$(PYTEST) -n 2 --dist worksteal

check: setup  ## format, lint, types, import direction, printed contracts
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo && $(FOYER) schema --check

format: setup  ## rewrite the code in the house's form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

contracts: setup  ## print both GraphQL contracts into schema/
	@$(FOYER) schema --write

import-real: setup  ## import real programmes and sales from DATA: a philharmonic's with CDNOW's orders, and Online Retail's
	@$(FOYER) import-real --data $(DATA)

test-real: setup  ## the tests on all of the real data in DATA, some minutes long
	@FOYER_REAL_WHOLE=1 FOYER_REAL_DATA=$(abspath $(DATA)) $(PYTEST) tests/real -n 2

test-clients: setup  ## Apollo Client, urql, graphql-codegen and relay-compiler from npm, where Node is present
	@FOYER_TEST_CLIENTS=1 $(PYTEST) tests/gateway/test_clients.py -n 0

test-compiled: setup  ## compiled selections against graphql-core on thousands of random documents, some minutes long
	@FOYER_RANDOM_QUERIES=5000 $(PYTEST) tests/resolvers/test_compiled*.py -n 2 -s

bench: setup  ## the benchmarks, minutes long
	@$(PYTEST) tests/bench -s

fuzz: setup  ## thousands of made-up requests against both contracts, minutes long
	@test -x .foyer/fuzz/bin/schemathesis || { $(BIN)/python -m venv .foyer/fuzz && .foyer/fuzz/bin/pip install --quiet schemathesis==4.32.5; }
	@$(PYTEST) tests/fuzz -s

soak-oversell: setup  ## BUYERS (2000) at once for the last tickets, while gateways and PostgreSQL are killed; minutes long
	@$(BIN)/python -m tests.soak

setup:
	@.ci/setup
