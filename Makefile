# `make run` and `make test` set everything up by themselves; nothing else has to be installed than Python 3.11 and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
BIN := .venv/bin
export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test check evaluate bench fuzz clean

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

# A venv made by another Python, or half-made, is made anew; the stamp is only written when everything is in.
.venv/installed: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed: install Python 3.11 or newer, or name yours: make PYTHON=python3 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: .venv/installed ## refresh the bundled example directory: fetch, archive, parse, release
	$(BIN)/listings --sources examples refresh directory

check: .venv/installed ## format, lint, types, direction of imports
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --config pyproject.toml

test: check ## everything that has to hold
	$(BIN)/pytest

evaluate: .venv/installed ## accuracy on the shared sets, as one table
	$(BIN)/python -m benchmarks.evaluate

bench: .venv/installed ## speed of each stage, and what releases of 100,000 listings cost (minutes)
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.releases

fuzz: .venv/installed ## 100,000 mutated pages: none may break the parser
	nice $(BIN)/python -m benchmarks.fuzz

clean: ## remove what make made (data/ stays)
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
