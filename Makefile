# Every target prints the plain commands it runs, so that each can be typed by hand.
.DEFAULT_GOAL := help
SHELL := /bin/bash

BIN := .venv/bin
STAMP := .venv/kineograph.stamp
DATA ?=
PYTEST_ARGS ?=

# uv: the one on the path, else the one that `setup` puts into the environment
UV := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)

.PHONY: help setup demo test test-all test-cov check format lock bench golden clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | column -t -s '|'

setup: $(STAMP) ## make the environment .venv from requirements.lock and install kineograph in it (editable)

ifneq ($(shell command -v uv 2>/dev/null),)
$(BIN)/python:
	uv venv --python '>=3.11' .venv
else
$(BIN)/python:
	@python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo 'kineograph needs uv, or Python 3.11+ with venv (Debian: apt-get install python3 python3-venv)'; exit 1; }
	python3 -m venv .venv
	$(BIN)/python -m pip install --quiet uv
endif

$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(UV) pip install --python $(BIN)/python -r requirements.lock
	$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup ## animate a picture at once, train a GAN and a flow model, score both, write a page (DATA=full: all emoji)
	$(BIN)/kineograph demo $(if $(DATA),--data $(DATA))

test: setup ## run the tests (PYTEST_ARGS='-k heun -x' to choose)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

test-all: setup ## every test: the slow ones, every system two batches, the notebooks
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m 'not gpu and not download' --timeout 3600 $(PYTEST_ARGS)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --nbmake --nbmake-timeout=300 notebooks

test-cov: setup ## run the tests and tell which lines none of them reaches
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --cov --cov-report=term-missing $(PYTEST_ARGS)

check: setup ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: setup ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## write requirements.lock anew from pyproject.toml
	$(UV) pip compile pyproject.toml --extra data --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock

bench: setup ## step time, memory and sampling time beside peers from the package index
	$(UV) pip install --python $(BIN)/python -e '.[bench]'
	$(BIN)/python benchmarks/networks.py
	$(BIN)/python benchmarks/data.py
	$(BIN)/python benchmarks/metrics.py
	$(BIN)/python benchmarks/trainer.py

golden: setup ## write the golden losses anew; review the diff
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/golden --rewrite-golden

clean: ## remove what was built and measured; keep .venv, stores and runs
	rm -rf build dist .pytest_cache .ruff_cache .import_linter_cache .coverage .coverage.*
	find src tests conf experiments benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
