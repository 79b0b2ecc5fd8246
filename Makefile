# `make demo` and `make test` do all their own set-up; they need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := .demo

.PHONY: demo install test check format docs unit clean

install: $(VENV)/.installed
demo: $(VENV)/.demo-installed
	@DESKHAND_HOME=$(DEMO) $(BIN)/python examples/demo.py

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "uv>=0.8"

$(VENV)/.demo-installed: pyproject.toml uv.lock | $(BIN)/uv
	$(BIN)/uv export --quiet --frozen --no-dev --no-emit-project --output-file $(VENV)/requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement $(VENV)/requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	$(BIN)/deskhand models install
	@touch $@

$(VENV)/.installed: pyproject.toml uv.lock $(VENV)/.demo-installed
	$(BIN)/uv export --quiet --frozen --all-groups --all-extras --no-emit-project --output-file $(VENV)/requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement $(VENV)/requirements-dev.txt
	@touch $@

test: install
	$(BIN)/pytest

unit: install
	$(BIN)/pytest tests/unit

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: install
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
