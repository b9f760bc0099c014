# Everything a user or a developer types. Needs make and Python 3.11+; uv is used when it is there.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
ARTICLE ?= examples/harbour-talks.txt
# Test files at one time: most of them wait for sockets and processes.
JOBS   ?= 3

.PHONY: run test check audit record snapshots lock bench bench-grounding bench-bill clean
.DELETE_ON_ERROR:

run: $(VENV)/.run
	@$(BIN)/summarizer $(ARTICLE) --published 2026-03-19

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

# Known vulnerabilities of what is locked (dev.txt holds all of run.txt). Needs the network, and fails without it; --strict
# fails where a package could not be looked up, which would otherwise pass as clean.
audit: $(VENV)/.dev
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r constraints/dev.txt $(AUDIT)

# Plays replies that a language model wrote; with OPENAI_API_KEY and RECORD_BASE_URL set it asks that API instead.
# cassettes/README.md says what that means.
record: $(VENV)/.dev
	$(BIN)/python -m pytest tests/recorded --record-mode=rewrite

# Accept wanted changes of schemas and prompts; the diff is what to review.
snapshots: $(VENV)/.dev
	$(BIN)/python -m tests.support.snapshots

# The tested versions, with hashes and without any registry's address.
lock: $(VENV)/.dev
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
	    pyproject.toml --group build -o constraints/run.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
	    -c constraints/run.txt pyproject.toml --group dev -o constraints/dev.txt

# Which false quotes pass, here and elsewhere; benchmarks/grounding/README.md has the last run's table.
bench-grounding: $(VENV)/.dev
	$(BIN)/uv venv --quiet --allow-existing .venv-bench
	$(BIN)/uv pip install --quiet --python .venv-bench/bin/python langextract==1.7.1
	$(BIN)/python benchmarks/grounding/run.py --langextract .venv-bench/bin/python

# Speed, start, scale and rate as ratios within one run, in a quarter of an hour; benchmarks/README.md has the last tables.
bench: $(VENV)/.dev
	$(BIN)/uv venv --quiet --allow-existing .venv-llm
	$(BIN)/uv pip install --quiet --python .venv-llm/bin/python llm==0.36
	$(BIN)/python benchmarks/speed/run.py
	$(BIN)/python benchmarks/start/run.py --llm .venv-llm/bin/llm
	$(BIN)/python benchmarks/scale/run.py 1000 10000
	$(BIN)/python benchmarks/rate/run.py

# What an article costs, here and elsewhere, in tokens; benchmarks/bill/README.md has the last run's table. bpe-openai ships
# the vocabulary, so that nothing is fetched when tokens are counted.
bench-bill: $(VENV)/.dev
	$(BIN)/uv venv --quiet --allow-existing .venv-bench
	$(BIN)/uv pip install --quiet --python .venv-bench/bin/python 'langextract[openai]==1.7.1' bpe-openai==0.1.4
	$(BIN)/python -m benchmarks.bill.run --python .venv-bench/bin/python

clean:
	rm -rf $(VENV) .venv-bench .venv-llm build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	$(if $(UV),$(UV) venv --quiet --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))

# The hashes are checked for everything that is downloaded; the project itself is installed without looking further.
define install
	$(if $(UV),VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet,$(BIN)/python -m pip install --quiet --disable-pip-version-check)
endef

$(VENV)/.run: constraints/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV) (about a minute the first time) ..."
	@$(install) --require-hashes -r constraints/run.txt
	@$(install) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: constraints/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV) for development (a few minutes the first time) ..."
	@$(install) --require-hashes -r constraints/dev.txt
	@$(install) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run
