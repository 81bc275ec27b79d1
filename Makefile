# The targets of this project; CI and the README call the same ones.
#   make demo    play a company in a simulated DingTalk, sync it on to four targets, look back
#   make test    the tests, on real servers, but for the long ones
#   make soak    the long ones: eight years of history, kill -9 at 50 and 100 moments
#   make check   lint, types and imports
#   make bench   the numbers of docs/reference/numbers.md, as ratios of one run

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
RUNTIME_STAMP := $(VENV)/.installed-runtime

.PHONY: demo test soak check bench clean

demo: $(RUNTIME_STAMP)
	$(BIN)/orgledger demo

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" $(ARGS)

soak: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow $(ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) demo/.orgledger .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "orgledger needs Python 3.11 or newer; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME_STAMP): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	@touch $@

$(STAMP): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]' --group dev
	@touch $@ $(RUNTIME_STAMP)
