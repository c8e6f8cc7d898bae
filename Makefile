# Needs Python 3.11 or newer, make and a package index. `make help` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
REPORT := out/test
PYTEST := $(BIN)/python -m pytest
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test peers shared check lint types law fresh format lock docs bench golden wheel clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Two stamps, so that the demo does not wait for linters and oracles. Each is redone only when a file it depends on changes.
$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; say: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install -r requirements.lock
	@$(PIP) install -c requirements-dev.lock hatchling editables
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "adding what tests and linters need ..."
	@$(PIP) install -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.dev ## virtual environment with everything pinned

demo: $(VENV)/.runtime ## build example racks and halls into out/demo and print a summary
	@$(BIN)/python tools/demo.py out/demo

test: $(VENV)/.dev ## every test that needs only Python packages
	@$(PYTEST) -n 2 --dist worksteal -m "not shared and not peers" --junitxml=$(REPORT)/test.xml $(ARGS)

shared: $(VENV)/.dev ## tests against the reference files in ../shared
	@$(PYTEST) -m shared --junitxml=$(REPORT)/shared.xml $(ARGS)

peers: $(VENV)/.dev ## tests against other programs; installs Debian's chromium where it is missing
	@tools/peers.sh
	@$(PYTEST) -m peers --junitxml=$(REPORT)/peers.xml $(ARGS)

check: lint types law fresh ## everything but tests: lint, types, import law, generated files, lock files

lint: $(VENV)/.dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(VENV)/.dev
	@$(BIN)/mypy

law: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache

fresh: $(VENV)/.dev
	@$(BIN)/python tools/lock.py --check
	@$(BIN)/python tools/docs.py --check

format: $(VENV)/.dev ## rewrite the sources in house style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: $(VENV)/.dev ## write the lock files from what is installed
	@$(BIN)/python tools/lock.py

docs: $(VENV)/.dev ## regenerate docs/reference
	@$(BIN)/python tools/docs.py

bench: $(VENV)/.dev ## times of racks, campuses, networks, placement, power, the build book and hand-offs, with the ratio to the obvious way in the same run
	@failed=0; for b in rack campus network placement power book view interop; do $(BIN)/python bench/$$b.py $(ARGS) || failed=1; done; exit $$failed

golden: $(VENV)/.dev ## rewrite the golden messages; read the diff
	@$(PYTEST) tests/golden -q --golden-update

wheel: $(VENV)/.dev ## a wheel in dist/
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove everything that can be made again
	rm -rf $(VENV) out dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
