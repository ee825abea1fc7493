# nestpay: two commands do everything, `make run` and `make test`. `make help` lists the rest.
PORT ?= 8000
MODE ?= sandbox
PY := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: run dev test check docs bench screenshots scale help clean

run: ## set up, migrate, seed, build and serve on one port, with the sandbox (PORT=8137 moves it)
	@scripts/setup.sh requirements.txt
	@MODE=$(MODE) exec $(PY) -m nestpay run --port $(PORT)

dev: ## the same with hot reload
	@scripts/setup.sh requirements.txt
	@MODE=$(MODE) exec $(PY) -m nestpay run --reload --port $(PORT)

test: ## all tests, in parallel, the browser's too (ARGS="-k name" narrows them)
	@scripts/setup.sh requirements-dev.txt
	@exec $(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

check: ## lint, format, types, import floors, migrations in step with the tables
	@scripts/setup.sh requirements-dev.txt
	@exec scripts/check.sh

docs: ## build the documents into a site (build/site); a broken link or anchor fails
	@scripts/setup.sh requirements-dev.txt
	@exec $(PY) scripts/build_docs.py

bench: ## measure; one JSON line a figure
	@scripts/setup.sh requirements-dev.txt
	@exec $(PY) -m benchmarks $(ARGS)

screenshots: ## take the pictures of the README from a running sandbox
	@scripts/setup.sh requirements-dev.txt
	@exec $(PY) -m pytest -n 0 -m screenshots $(ARGS)

scale: ## several web processes and workers on PostgreSQL and Redis, on this machine
	@scripts/setup.sh requirements-dev.txt
	@exec $(PY) -m benchmarks.scale $(ARGS)

help: ## this list
	@sed -n 's/^\([a-z]*\): ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

clean: ## remove what was built and installed; the database in var/ stays
	@rm -rf .venv .web .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist var/test
	@find nestpay tests -name __pycache__ -type d -prune -exec rm -rf {} +
