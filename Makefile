# One command each: `make demo` shows the product, `make test` proves it.
# PY chooses the Python, HOST and PORT where to serve, JOBS how many test processes run.
PY   ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
JOBS ?= auto

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
LOCKED := install --no-build-isolation --use-pep517 --require-hashes

# Compiled modules are kept whatever the surroundings say: a start takes half as long with them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo serve test lint format bench lock clean
.DELETE_ON_ERROR:

help:
	@echo "make demo    装好一切，填入演示客服中心并启动（http://$(HOST):$(PORT)/）"
	@echo "make serve   用 ZHIXI_HOME（默认 ./var）里的数据启动"
	@echo "make test    检查代码并运行全部测试，包括浏览器和 PostgreSQL"
	@echo "make lint    只检查代码"
	@echo "make bench   测量速度"

demo: $(VENV)/.installed
	@exec $(BIN)/zhixi demo --host $(HOST) --port $(PORT)

serve: $(VENV)/.installed
	@exec $(BIN)/zhixi serve --host $(HOST) --port $(PORT)

test: lint
	@.ci/system chromium chromedriver postgres || test -z "$$CI"
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

lint: $(VENV)/.developing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.developing
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.developing
	$(BIN)/python -m tests.bench

# Pins stay where they still fit; `make lock UPGRADE=--upgrade` takes the newest of everything.
LOCK = $(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 \
       --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links
lock: $(VENV)/.made
	@$(PIP) install uv
	$(LOCK) pyproject.toml -o .ci/requirements/plain.txt
	$(LOCK) pyproject.toml --extra audio --extra fast --extra postgres -o .ci/requirements/fast.txt
	$(LOCK) pyproject.toml --all-extras -o .ci/requirements/dev.txt
	echo "setuptools>=80" | $(LOCK) - -o .ci/requirements/build.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# What runs the product; where a fast engine has no build for this machine, the plain one does.
$(VENV)/.installed: .ci/requirements/fast.txt .ci/requirements/plain.txt pyproject.toml $(VENV)/.made
	@echo "正在安装运行所需的软件包……"
	@$(PIP) $(LOCKED) -r .ci/requirements/fast.txt || { \
	  echo "这台机器装不了加速组件，改装纯 Python 版本。" >&2; \
	  $(PIP) $(LOCKED) -r .ci/requirements/plain.txt; }
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.developing: .ci/requirements/dev.txt pyproject.toml $(VENV)/.made
	@echo "正在安装运行和测试所需的软件包……"
	@$(PIP) $(LOCKED) -r .ci/requirements/dev.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.made: .ci/requirements/build.txt
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "需要 Python 3.11 或更新的版本；用 make PY=/路径/python3.11 指定。" >&2; exit 1; }
	@$(PY) -c 'import venv, ensurepip' 2>/dev/null || .ci/system venv
	@$(PY) -m venv $(VENV)
	@$(PIP) install --require-hashes -r .ci/requirements/build.txt
	@touch $@
