# One command runs the app, one runs the tests; both set up what they need. `make help` lists all.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
# torch comes first and alone: any looser way brings 3 GB of CUDA. The index of CPU builds is asked for this package only
# and may be out of reach; without it and without a CPU build at hand, the big one is installed with all that it needs.
TORCH := --no-deps --require-hashes -r requirements-torch.lock
TORCH_INDEX := https://download.pytorch.org/whl/cpu
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/bin/pip-compile pyproject.toml --quiet --generate-hashes --strip-extras \
	--unsafe-package torch --unsafe-package pip --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
export PYTHONUTF8 := 1
export HF_HUB_OFFLINE := 1

.PHONY: help run setup test torture check bench lock samples clean
.DEFAULT_GOAL := help

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: setup ## set everything up, take in corpora/, open the app on http://127.0.0.1:8501
	@echo "[3/4] 資料を取り込みます（corpora/）"
	@$(PY) -m ingest || echo "取り込めなかったファイルがあります（上の表示のとおり）。ほかの資料で続けます。"
	@echo "[4/4] http://127.0.0.1:8501 を開いてください（終わるには Ctrl+C）"
	@exec $(PY) -m streamlit run ui/app.py

setup: $(VENV)/installed ## set up what the app needs

$(VENV)/installed: requirements-torch.lock requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 11) else "Python 3.11 が必要です（見つかったのは %d.%d）。PYTHON=python3.11 のように指定してください。" % sys.version_info[:2])'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "[1/4] torch を入れます（約200 MB）"
	@$(PY) -c 'import importlib.metadata as m, sys; sys.exit(not m.version("torch").startswith("2.13.0"))' 2>/dev/null \
		|| $(PIP) install --quiet $(TORCH) --retries 0 --timeout 20 --extra-index-url $(TORCH_INDEX) 2>/dev/null \
		|| $(PIP) install --quiet torch==2.13.0
	@echo "[2/4] ライブラリを入れます（150個ほど、数分かかります）"
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements.lock 2> >(grep -v "^WARNING: Location" >&2)
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@$(PIP) check
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@echo "試験に使うライブラリを入れます"
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements-dev.lock 2> >(grep -v "^WARNING: Location" >&2)
	@$(PIP) check
	@touch $@

test: $(VENV)/installed-dev ## set everything up, run every test
	@PY=$(PY) bash tests/browser/install.sh
	@$(PY) -m pytest -n 2 --dist loadfile

torture: $(VENV)/installed-dev ## hundreds of kills and of random changes; takes minutes
	@$(PY) -m pytest -n 2 -m torture

check: $(VENV)/installed-dev ## lint, types, architecture
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache

bench: setup ## speed, as ratios in one run
	@$(PY) -m tests.bench.speed

lock: $(VENV)/installed-dev ## renew the lock files from pyproject.toml
	@$(COMPILE) --upgrade --output-file requirements.lock
	@$(COMPILE) --upgrade --extra dev --constraint requirements.lock --output-file requirements-dev.lock

samples: $(VENV)/installed-dev ## make the sample documents from their sources (needs LibreOffice and Chromium)
	@$(PY) docs/samples/build.py

clean: ## remove what was installed and ingested
	rm -rf $(VENV) var build *.egg-info
