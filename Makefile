# The targets of this project; CI and the README call the same ones.
#   make demo    play simulated companies: sync one on to four targets, look back, then live
#   make test    the tests, on real servers, but for the long ones
#   make soak    the long ones: eight years of history, kill -9 at 50 and 100 moments
#   make chaos   ten minutes of killed workers, killed nodes and misbehaving providers
#   make fuzz    whatever bytes come to a decoder, guided by coverage: a minute, or FUZZ_SECONDS=600
#   make peers   the tests with Microsoft's SDK, in an environment of its own (840 MB)
#   make check   lint, types and imports
#   make docs    the pages that are written from the code: capabilities.md, openapi.json, asyncapi.json
#   make bench   the numbers of docs/reference/numbers.md, as ratios of one run

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PEERS  := .venv-peers
PEERS_STAMP := $(PEERS)/.installed
FUZZ_SECONDS ?= 60
RUNTIME_STAMP := $(VENV)/.installed-runtime

# An environment that could not be made whole (Debian wants python3-venv) is begun anew next time.
.DELETE_ON_ERROR:

.PHONY: demo test soak chaos fuzz peers check docs bench clean

demo: $(RUNTIME_STAMP)
	$(BIN)/orgledger demo

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" $(ARGS)

soak: $(STAMP)
	$(BIN)/python -m pytest -n 3 --dist worksteal -m slow $(ARGS)

chaos: $(STAMP)
	$(BIN)/python -m tests.live.chaos --seconds 600 --seed 21 $(ARGS)

fuzz: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group fuzz
	$(BIN)/python -m tests.fuzz $(FUZZ_SECONDS)

peers: $(PEERS_STAMP)
	$(PEERS)/bin/python -m pytest tests/adapters/entra/test_peers_msgraph.py $(ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

docs: $(STAMP)
	$(BIN)/python -m orgledger.reference > docs/reference/capabilities.md
	$(BIN)/python -m orgledger.openapi > docs/reference/openapi.json
	$(BIN)/python -m orgledger.asyncapi > docs/reference/asyncapi.json

bench: $(STAMP)
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) $(PEERS) demo/.orgledger .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python $(PEERS)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "orgledger needs Python 3.11 or newer; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(patsubst %/bin/python,%,$@)

$(RUNTIME_STAMP): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(STAMP): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . --group dev
	@touch $@ $(RUNTIME_STAMP)

$(PEERS_STAMP): pyproject.toml constraints.txt constraints-peers.txt | $(PEERS)/bin/python
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-peers.txt -e . --group peers
	@touch $@
