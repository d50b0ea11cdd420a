# One door to everything. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The lock file is installed with uv; where there is none, a private copy is put into .tools.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/bin/uv)
BIN := .venv/bin
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-long lint bench setup setup-dev browser wheel clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: setup ## Start a complete TellOnce with invented customers and print the addresses
	@$(BIN)/tellonce demo

test: lint browser ## Lint, type check and run the whole test suite (Chromium and fonts come from Debian)
	$(BIN)/pytest -n 2 --dist loadgroup

test-long: setup-dev browser ## Crash and property tests with many more cases and fresh seeds
	TELLONCE_TEST_LONG=1 $(BIN)/pytest -n 2 --dist loadgroup -m slow

lint: setup-dev ## Format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-dev ## Measure the budgets beside peers and a floor, in one run (RASA=1: also Rasa, which learns for long)
	$(BIN)/python -m bench $(if $(RASA),--rasa)

wheel: setup-dev ## Build the wheel, install it into an empty environment and run it there
	bash tests/wheel.sh

setup: $(if $(filter uv,$(UV)),,.tools/bin/uv) ## Install what running needs into .venv
	@$(UV) sync --frozen --inexact --no-default-groups --extra telegram --quiet
	@$(BIN)/python -m bot.assets

setup-dev: $(if $(filter uv,$(UV)),,.tools/bin/uv) ## Install what developing needs into .venv
	@$(UV) sync --frozen --all-extras --quiet
	@$(BIN)/python -m bot.assets

browser: setup-dev
	@$(BIN)/python -m tests.browser.install

.tools/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "TellOnce needs Python 3.11 or newer; python3 here is $$(python3 --version)."; exit 1; }
	@python3 -m venv .tools || { echo "Python's venv module is missing: install it (Debian: apt-get install python3-venv) and run make again."; exit 1; }
	@.tools/bin/pip install --quiet --disable-pip-version-check uv

clean: ## Remove everything that was installed, built or made by the demo
	rm -rf .venv .tools dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis demo bot/static/vendor bot/static/node_modules
