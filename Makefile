# `make demo` and `make test` do all their own set-up; they need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := .demo
FRONT := frontend
PAGES := $(shell find $(FRONT) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/tests/*')

.PHONY: demo install test unit check format docs screenshots console lock clean

demo: $(VENV)/.run-time
	@$(BIN)/python examples/demo.py $(DEMO)

install: $(VENV)/.development $(VENV)/.console

test: install
	# In the order of the folders: the short files come last, so that no core is left with a long one alone.
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

unit: install
	$(BIN)/pytest tests/unit

check: install $(FRONT)/node_modules/.package-lock.json
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python $(FRONT)/node.py npm run check

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python $(FRONT)/node.py npm run format

docs: install
	$(BIN)/python docs/generate.py

# Pictures of the console's pages for the docs; takes Chromium.
screenshots: install
	$(BIN)/python docs/screenshots.py

# The console's pages, built into the package: the build hook does it where a source of theirs has changed.
console: $(VENV)/.console

$(VENV)/.console: $(PAGES) hatch_build.py | $(VENV)/.run-time
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

# Takes newer releases into the lock files; the only target that needs uv.
lock:
	uv pip compile --quiet --universal --upgrade --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --upgrade --generate-hashes --no-annotate --no-header pyproject.toml --all-extras --group dev -c requirements.lock -o requirements-dev.lock

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-time: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/deskhand models install
	@touch $@ $(VENV)/.console

$(FRONT)/node_modules/.package-lock.json: $(FRONT)/package-lock.json | $(VENV)/.development
	$(BIN)/python $(FRONT)/node.py npm ci --ignore-scripts

$(VENV)/.development: requirements-dev.lock $(VENV)/.run-time
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) $(DEMO) $(FRONT)/node_modules $(FRONT)/dist deskhand/channels/console/web .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
