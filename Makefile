# Everything an engineer does here.  `make` or `make help` lists it.
# The stage's, on the path or where pyenv keeps it; else one that runs all but `make package`.
RUNTIME ?= $(shell sed -n 's/.*"runtime": "\(.*\)".*/\1/p' .chalice/config.json)
PYENV := $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions
PYTHON ?= $(shell for one in $(RUNTIME) $(PYENV)/$(RUNTIME:python%=%)*/bin/$(RUNTIME) \
  python3.13 python3.12 python3.11 python3; do $$one -c '' 2>/dev/null && echo $$one && break; done)
BIN := .venv/bin
READY := .venv/.ready
READY_DEV := .venv/.ready-dev

ENGINE ?= moto
STAGE ?= prod
ARCHITECTURE ?= arm64
BUILD ?= .build

# AWS's DynamoDB Local: fetched for this checkout, never passed on; it runs where no network is.
DYNAMODB_LOCAL := amplify-dynamodb-simulator@2.9.30
JAR := .dynamodb-local/package/emulator/DynamoDBLocal.jar
JAR_SHA256 := 454305e9bc3e6ebcca5b62569869e31563b8d7e346474e94557b2600702146c7
ENGINE_JAR := $(if $(filter dynamodb-local,$(ENGINE)),$(JAR))
WITH_ENGINE := unshare -rn $(BIN)/python -m infra.engine

.DEFAULT_GOAL := help
.PHONY: help run test setup browser conformance bench bench-cold fuzz package deploy rollback destroy check-package check-setup checkov engine statement \
  lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

run: $(READY) $(ENGINE_JAR)  ## the whole system on an embedded AWS, on PORT (8000); Ctrl-C ends it
	@ENGINE=$(ENGINE) $(BIN)/python -m infra.local

test: $(READY_DEV)  ## style, types, layers and tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder

browser: $(READY_DEV) $(ENGINE_JAR)  ## the tests in a real browser; fetches Chromium by apt if there is none
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }
	$(BIN)/pytest -q -o addopts="--import-mode=importlib" tests/browser

conformance: $(READY_DEV) $(JAR)  ## the tests of store and workflows on DynamoDB Local
	$(WITH_ENGINE) $(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder -o addopts="--import-mode=importlib" \
	  tests/workflows tests/functions tests/conformance

bench: $(READY_DEV) $(JAR)  ## times and costs against hand-written boto3, into docs/benchmarks.md (PART=nights or listening: only shown)
	$(WITH_ENGINE) $(BIN)/python -m infra.bench$(if $(PART),.$(PART), --write docs/benchmarks.md)

fuzz: $(READY_DEV)  ## made-up requests against the described API (FUZZ_EXAMPLES=10 for each operation)
	$(BIN)/pytest -q -rP -o addopts="--import-mode=importlib" tests/fuzz

package: $(READY_DEV)  ## zip, template and parameters for AWS, into .build/STAGE (prod)
	@$(BIN)/python -m infra.build --stage "$(STAGE)" --architecture "$(ARCHITECTURE)" --statement "$(STATEMENT)" --trust-roots "$(TRUST_ROOTS)" --out $(BUILD)

$(BUILD)/%/template.json:
	@$(MAKE) package STAGE=$*

deploy: package  ## package a STAGE and deploy it, once its changes were shown (YES=1: without asking)
	@$(BIN)/python -m infra.deploy deploy --stage $(STAGE) --build $(BUILD) $(if $(YES),--yes)

rollback: $(READY_DEV)  ## deploy the release of a STAGE before the last again
	@$(BIN)/python -m infra.deploy rollback --stage $(STAGE) $(if $(YES),--yes)

destroy: $(READY_DEV)  ## remove a STAGE; what holds data stays, and is named (EVERYTHING=1: nothing does)
	@$(BIN)/python -m infra.deploy destroy --stage $(STAGE) $(if $(EVERYTHING),--everything)

setup: $(READY_DEV)  ## what tests, charts and packaging need; the others see to it themselves

check-setup:  ## prove both set-ups from nothing, with pip 23.2.1, and tell how long they take
	.ci/check-setup

check-package: $(READY_DEV)  ## prove an artefact for this machine: imported, invoked, linted, created
	$(BIN)/pytest -q -o addopts="--import-mode=importlib" tests/artefact

checkov: $(BUILD)/$(STAGE)/template.json  ## what is packaged against checkov's rules; .checkov.yaml says which do not fit, and why
	$(BIN)/uv tool run -q --from checkov==3.3.30 checkov --quiet --compact --skip-download --config-file .checkov.yaml -f $<

bench-cold: $(READY_DEV)  ## time from a new process to the first client, into docs/cold-start.md
	$(BIN)/python -m infra.bench.cold --write docs/cold-start.md

engine: $(JAR)  ## fetch DynamoDB Local

statement: $(READY)  ## the statement's rules in words, and its contradictions (STATEMENT=path)
	@$(BIN)/python -m infra.admin statement

lock: $(READY_DEV)  ## pin every requirement again, with hashes
	for one in requirements requirements-uv requirements-local requirements-dev; do \
	  $(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-annotate \
	    --custom-compile-command "make lock" --upgrade $$one.in -o $$one.txt || exit 1; done

clean:  ## forget what was set up
	rm -rf .venv .build .dynamodb-local .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Everything is pinned, with its dependencies: nothing is resolved, whatever has been published since.
INSTALL = $(BIN)/uv pip sync -q --require-hashes --only-binary :all: --python $(BIN)/python
CHECK = $(BIN)/uv pip check -q --python $(BIN)/python

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which with PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv .venv

$(READY): requirements-uv.txt requirements-local.txt | $(BIN)/python
	@echo "Setting up in .venv, once: uv, which fetches the rest ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
	  -r requirements-uv.txt
	@echo "Setting up in .venv, once: the local stack and the command line ..."
	@$(INSTALL) requirements-local.txt
	@$(CHECK)
	@touch $@

$(READY_DEV): requirements-dev.txt $(READY)
	@echo "Setting up in .venv, once: what tests, charts and packaging need besides ..."
	@$(INSTALL) $(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode) requirements-dev.txt
	@$(CHECK)
	@touch $@

$(JAR):
	@echo "DynamoDB Local is AWS's, under the Amazon DynamoDB Local License Agreement: for use with an AWS"
	@echo "account in good standing, for your own purposes, and not to be passed on."
	rm -rf .dynamodb-local && mkdir .dynamodb-local
	cd .dynamodb-local && npm pack --silent $(DYNAMODB_LOCAL) && tar xzf *.tgz
	echo "$(JAR_SHA256)  $(JAR)" | sha256sum --check --quiet || { rm -rf .dynamodb-local; exit 1; }
	rm .dynamodb-local/*.tgz && touch $@
