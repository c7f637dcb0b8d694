# `make run` and `make test` set everything up by themselves; nothing else has to be installed than Python 3.11 and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
BIN := .venv/bin
export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test long check browser evaluate bench scale fuzz clean

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

# A venv made by another Python, or half-made, is made anew; the stamp is only written when everything is in.
.venv/installed: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed: install Python 3.11 or newer, or name yours: make PYTHON=python3 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@$(BIN)/python -m compileall -q benchmarks fetchers flows parsers releases reports sources
	@touch $@

run: .venv/installed ## refresh the bundled example directory: fetch, archive, parse, release
	$(BIN)/listings --sources examples refresh directory

check: .venv/installed ## format, lint, types, direction of imports
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --config pyproject.toml

browser: .venv/installed
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing Chromium for the tests of the review pages"; \
		{ apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 \
			|| echo "Chromium could not be installed: its tests will be skipped"; \
	else echo "there is no Chromium: its tests will be skipped. Install Debian's package \`chromium\`"; fi

test: check browser ## everything that has to hold
	$(BIN)/pytest

long: .venv/installed ## what takes minutes: schedules that are served for a while, a work pool, a Dask cluster, whole runs on a bucket
	$(BIN)/pytest -m long

evaluate: .venv/installed ## accuracy on the shared sets, as one table
	$(BIN)/python -m benchmarks.evaluate

.venv/peer: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,bench]'
	@touch $@

bench: .venv/peer ## speed: the stages, and the whole beside a peer made of Scrapy, BeautifulSoup or parsel, langdetect and pandas
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.releases
	$(BIN)/python -m benchmarks.review
	$(BIN)/python -m benchmarks.race

scale: .venv/installed ## memory and orchestration at 20,000 and 200,000 pages: an hour or more
	nice $(BIN)/python -m benchmarks.scale 20000 200000

fuzz: .venv/installed ## 100,000 mutated pages: none may break the parser
	nice $(BIN)/python -m benchmarks.fuzz

clean: ## remove what make made (data/ stays)
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
