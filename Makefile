# One word per chore; README has the two that matter: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode

.PHONY: run test test-slow golden lint types format docs lock bench bench-distance bench-forecast bench-rules bench-zones bench-location bench-disclosure bench-publishing las-palmas demo clean

run: .venv/run.stamp
	$(BIN)/catchment run

test: .venv/test.stamp lint types
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: .venv/test.stamp
	$(BIN)/python -m pytest -m slow

golden: .venv/test.stamp
	$(BIN)/python tests/test_golden_maps.py

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/test.stamp
	$(BIN)/mypy

format: .venv/test.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/test.stamp
	$(BIN)/python docs/generate.py

bench: .venv/test.stamp
	$(BIN)/python benchmarks/steps.py

bench-distance: .venv/test.stamp
	$(BIN)/python benchmarks/distance.py
	$(BIN)/python benchmarks/osm_reading.py

bench-forecast: .venv/test.stamp
	$(BIN)/python benchmarks/backtests.py

bench-rules: .venv/test.stamp
	$(BIN)/python benchmarks/rules.py
	$(BIN)/python benchmarks/clusters.py

bench-zones: .venv/test.stamp
	$(BIN)/python benchmarks/zones.py ../shared/data/gongyi_sap_cn/set2020_zip
	$(BIN)/python benchmarks/zones_large.py
	$(BIN)/python benchmarks/zoned_sites.py ../shared/data/gongyi_sap_cn/cflsap2021

bench-location: .venv/test.stamp
	$(BIN)/python benchmarks/location.py ../shared/data/or_library

bench-disclosure: .venv/test.stamp
	$(BIN)/python benchmarks/disclosure.py

bench-publishing: .venv/run.stamp
	$(BIN)/python benchmarks/publishing.py

las-palmas: .venv/run.stamp
	$(BIN)/python benchmarks/las_palmas.py

demo: .venv/run.stamp
	$(BIN)/catchment demo

lock: .venv/uv.stamp
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group dev pyproject.toml -o requirements/test.txt

clean:
	rm -rf .venv data/processed/main maps/main

# The environment, from locked versions with their hashes.
.venv/uv.stamp: requirements/install.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/install.txt
	touch $@

.venv/run.stamp: .venv/uv.stamp requirements/run.txt pyproject.toml
	$(INSTALL) --require-hashes -r requirements/run.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	touch $@

.venv/test.stamp: .venv/run.stamp requirements/test.txt
	$(INSTALL) --require-hashes -r requirements/test.txt
	touch $@
