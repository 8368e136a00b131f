# Everything an engineer does here.  `make` or `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help run test browser statement lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: $(READY)  ## the whole system on an embedded AWS, on PORT (8000); Ctrl-C ends it
	@$(BIN)/python -m infra.local

test: $(READY)  ## style, types, layers and tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 2 --dist loadfile

browser: $(READY)  ## the tests in a real browser; fetches Chromium by apt if there is none
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }
	$(BIN)/pytest -q -o addopts="--import-mode=importlib" tests/browser

statement: $(READY)  ## the statement's rules in words, and its contradictions (STATEMENT=path)
	@$(BIN)/python -m infra.admin statement

lock: $(READY)  ## pin every requirement again, with hashes
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-annotate \
	  --custom-compile-command "make lock" --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-annotate \
	  --custom-compile-command "make lock" --upgrade requirements-dev.in -o requirements-dev.txt

clean:  ## forget what was set up
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(READY): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes \
	  -r requirements.txt -r requirements-dev.txt
	@touch $@
