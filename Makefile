# `make` alone lists what there is. Everything runs in .venv, which is made on first use;
# PYTHON=... says from which Python.

CONFIG ?= config.yaml
ROWS ?=
MINUTES ?= 20

VENV := .venv/.installed

.PHONY: help demo serve test check bench storms soak docs clean

help:
	@echo 'make demo               play a short film from a news server that is built in'
	@echo 'make serve CONFIG=FILE  run altmount; CONFIG is config.yaml if not given'
	@echo 'make test               run the tests'
	@echo 'make check              run what every change must pass: format, lint, types, layers, tests'
	@echo 'make bench ROWS=...     measure; all rows if none is given'
	@echo 'make storms             run the storms only: what players, providers and lines may do at worst'
	@echo 'make soak MINUTES=n     players and imports in bad weather; 20 minutes if not given'
	@echo 'make docs               write docs/reference again from the code'
	@echo 'make clean              remove what was made here, but never your configuration or library'

demo: $(VENV)
	.venv/bin/python -m altmount demo

serve: $(VENV)
	.venv/bin/altmount serve --config $(CONFIG)

test: $(VENV)
	.ci/setup tools
	.venv/bin/python -m pytest

check:
	.ci/run

bench: $(VENV)
	.venv/bin/python -m tests.bench $(ROWS)

storms: $(VENV)
	.ci/setup tools
	.venv/bin/python -m pytest tests/acceptance/test_storms.py tests/acceptance/test_storm_times.py \
		tests/acceptance/test_scenarios.py

soak: $(VENV)
	.venv/bin/python -m tests.soak --minutes $(MINUTES)

docs: $(VENV)
	.venv/bin/python -c 'from pathlib import Path; \
	from altmount.config.reference import settings_reference; \
	from altmount.importer.refusals import refusals_reference; \
	Path("docs/reference/settings.md").write_text(settings_reference(), "utf-8"); \
	Path("docs/reference/refusals.md").write_text(refusals_reference(), "utf-8")'
	.venv/bin/python -m tests.support.accesspage > docs/reference/access.md.new
	mv docs/reference/access.md.new docs/reference/access.md

clean:
	rm -rf .venv build dist *.egg-info demo-data bench-results
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find altmount tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV): pyproject.toml .ci/setup
	.ci/setup venv
	@touch $@
