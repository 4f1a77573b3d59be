# Two commands matter: `make demo` and `make test`. Both install what they need into .venv and .cache.
PYTHON ?= python3
BIN := .venv/bin
LOCKS := deploy/locks
# The pure tests compute. Those with an engine mostly wait, but each worker has a Kafka and a store of its own (1 GB).
PURE_WORKERS ?= auto
ENGINE_WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help install demo test check fix bench faults lock clean

help: ## what can be done here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

install: .venv/.installed ## everything that the product and its tests need

.venv/.installed: $(LOCKS)/installer.txt $(LOCKS)/product.txt $(LOCKS)/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=/path/to/python3.11"; exit 3; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "[1/3] installer"; $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCKS)/installer.txt
	@echo "[2/3] packages (about 250 MB the first time)"; VIRTUAL_ENV=.venv $(BIN)/uv pip sync --require-hashes $(LOCKS)/dev.txt
	@echo "[3/3] campanile itself"; VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## a county's school morning, live, on an embedded Kafka and ClickHouse engine (ARGS="--campuses 40 --speed 1")
	@$(BIN)/campanile demo $(ARGS) || { code=$$?; test $$code -eq 130 || exit $$code; }  # 130: ended by Ctrl-C

check: install ## formatting, lint, types; changes nothing
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

fix: install ## formatting and the lints that mend themselves
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

test: check ## every check and every test; the pure cores must be covered to 95 %
	$(BIN)/python -m pytest -m "not engine" -n $(PURE_WORKERS) --dist worksteal --cov --cov-report=term
	$(BIN)/python -m pytest -m engine -n $(ENGINE_WORKERS) --dist loadfile --no-loadscope-reorder

bench: install ## speed: each figure beside its target (ARGS="--only throughput")
	$(BIN)/campanile bench $(ARGS)

faults: install ## kill -9 of every process, 50 times each
	$(BIN)/python -m pytest tests/faults --faults=50

lock: install ## resolve the dependencies anew, with hashes and without addresses
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  --extra embedded -o $(LOCKS)/product.txt pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  --extra embedded --group dev -c $(LOCKS)/product.txt -o $(LOCKS)/dev.txt pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  -o $(LOCKS)/installer.txt $(LOCKS)/installer.in

clean: ## remove what install and demo made
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis var
