# The only commands a person or CI needs. `make demo` and `make test` work on a fresh machine with python3 >= 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

.PHONY: demo test test-slow check bench rom docs clean

demo: $(VENV)/.core
	$(BIN)/python -m dataset_script.demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup -rs

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow -rs

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/recording.py
	$(BIN)/python benchmarks/batch.py
	$(BIN)/python benchmarks/durability.py
	$(BIN)/python benchmarks/agents.py
	$(BIN)/python -m benchmarks.rating
	$(BIN)/python -m benchmarks.gate

# Rebuild the bundled cartridge (needs sdcc).
rom: $(VENV)/.core
	$(BIN)/python -m collector.roms.thistledown.build

# Write the pages that are made from the code.
docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) build *.egg-info

# Plain venv and pip; uv where it is installed. constraints.txt pins what was tested.
$(VENV)/.core: pyproject.toml constraints.txt
	$(call install,.)
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(call install,.[dev])
	touch $@ $(VENV)/.core

ifdef UV
define install
	uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '$(1)'
endef
else
define install
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '$(1)'
endef
endif
