# Holdfast: the targets a newcomer needs. Everything is installed into this folder: .tools/ (uv) and .venv/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

UV := .tools/uv/bin/uv
export UV_CACHE_DIR := $(CURDIR)/.tools/cache
export UV_PYTHON_INSTALL_DIR := $(CURDIR)/.tools/python
# The certificates that this machine trusts, as pip does.
export UV_SYSTEM_CERTS := 1
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Everything here starts Python often: let it keep what it has compiled.
unexport PYTHONDONTWRITEBYTECODE
# `sam` and the AWS CLI phone home or page unless told not to.
export SAM_CLI_TELEMETRY := 0
export AWS_PAGER :=

READY := .venv/.ready

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(READY) ## Deploy on the laptop AWS, build an environment, drift it, watch it restored (about two minutes)
	@python -m local run -- python -m local.demo

test: $(READY) ## Run every test (on the laptop AWS of `make up`, or on one of its own)
	@python -m local run -- pytest -n 4 --dist loadgroup --no-loadscope-reorder $(ARGS)

check: $(READY) ## Format, lint, types, imports, templates: reads only
	@ruff format --check .
	@ruff check .
	@mypy
	@PYTHONPATH=layers/holdfast:. lint-imports --no-cache --no-logo
	@cfn-lint

up: $(READY) ## Start the laptop AWS with the application deployed, and leave it running
	@python -m local up

down: $(READY) ## Stop the laptop AWS that `make up` started
	@python -m local down

bench: $(READY) ## Measure the figures that the README quotes
	@PYTHONPATH=layers/holdfast:. python -m local run -- python -m tests.benchmarks

format: $(READY) ## Rewrite the code in the house's format
	@ruff format . && ruff check --fix .

models: $(READY) ## Cut the service models of the restore path anew from the locked botocore
	@python -m tests.static.models

schema: $(READY) ## Write docs/environment.schema.json anew from the model
	@PYTHONPATH=layers/holdfast:. python -m tests.static.schema

coverage: $(READY) ## Write docs/coverage.md anew: what is promised, watched, and drifted by tests
	@PYTHONPATH=layers/holdfast:. python -m tests.static.coverage

lock: $(UV) ## Resolve the lock files anew from the .in files (names, versions, hashes)
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.13 requirements/dev.in -o requirements/dev.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.13 layers/holdfast/requirements.in \
		-c requirements/dev.txt -o layers/holdfast/requirements.txt

$(UV): requirements/uv.txt
	@echo 'installing uv into .tools/'
	@PIP=$$(for pip in 'python3 -m pip' pip3 pip; do $$pip --version >/dev/null 2>&1 && echo "$$pip" && break; done); \
	$$PIP install --quiet --disable-pip-version-check --root-user-action=ignore --no-warn-script-location \
		--upgrade --require-hashes --target .tools/uv -r requirements/uv.txt 2> >(grep -v '^WARNING' >&2 || true)
	@touch $(UV)

$(READY): $(UV) requirements/dev.txt .python-version
	@echo 'installing the tools into .venv/ (some 700 MB; half a minute)'
	@$(UV) venv --quiet --clear .venv
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python .venv requirements/dev.txt
	@touch $(READY)

.PHONY: help demo test check up down bench format models schema coverage lock
