# make app    sets up everything and opens the dashboard
# make check  sets up what is needed and runs the quick checks: style, types, the fast half of the tests
# make test   sets up everything and runs every check but the slow ones
# make test-slow  sets up everything and trains the published comparisons of docs/reproductions.md again
# make test-host  sets up everything and throws load, a soak, bombs and leaps of the clock at real servers
# make package  sets up everything, builds the package, and tries it in an empty environment
# make docs   sets up everything and builds the site of the documents, a warning is an error
# make bench  sets up everything and prints the tables of docs/performance.md
#
# PYTHON=python3.12 names another Python (after make clean); ARGS="-k noise" reaches pytest. WORKERS=4 runs the tests in
# four processes: each takes a processor, and up to 3 GB.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
RUN := $(VENV)/bin/python -m

.DEFAULT_GOAL := help
.PHONY: help app setup check test test-slow test-host bench docs package lock lint format clean tools browser

help:
	@echo "make app        set up everything and open the dashboard"
	@echo "make check      check style and types and run the fast half of the tests; takes two minutes"
	@echo "make test       set up everything and run the checks and tests, a browser's among them; takes sixteen minutes"
	@echo "make test-slow  train the published comparisons again and check them; takes nine minutes"
	@echo "make test-host  throw load, a soak, bombs and leaps of the clock at real servers; takes ten minutes"
	@echo "make package    build the package, and try it in an empty environment; takes two minutes"
	@echo "make docs       build the site of the documents into build/site; takes half a minute"
	@echo "make lock       write the tested versions to requirements.lock"
	@echo "make bench      print the benchmarks' tables; takes a quarter of an hour"
	@echo "make setup      make the virtual environment, and no more"
	@echo "make lint       check style and types    make format     put style right"
	@echo "make clean      remove the virtual environment and all caches"

# --server.showEmailPrompt: a first start must not wait at a question in the terminal.
app: setup
	$(RUN) streamlit run app.py --server.showEmailPrompt false $(ARGS)

setup: $(VENV)/.app-installed

check: lint
	$(RUN) pytest -n $(WORKERS) -m "not slow and not long" --ignore=tests/e2e --ignore=tests/slow $(ARGS)

test: lint browser
	$(RUN) pytest -n $(WORKERS) $(ARGS)

test-slow: tools
	$(RUN) pytest -m slow -o faulthandler_timeout=3600 --ignore=tests/host $(ARGS)

# One after another and alone: a load is measured.
test-host: tools
	$(RUN) pytest -m slow -o faulthandler_timeout=3600 tests/host $(ARGS)

package: tools
	rm -rf dist
	$(RUN) hatchling build -d dist
	$(RUN) tests.package.try_it dist

docs: $(VENV)/.docs-installed
	$(RUN) sphinx -E -W --keep-going -n -b html docs build/site $(ARGS)

lock: tools
	uv pip compile pyproject.toml --extra app --extra sklearn -c requirements.txt --universal --no-emit-index-url \
	  --no-header --no-annotate -o requirements.lock

# One after another and alone: two at once would measure each other.
bench: browser
	$(RUN) benchmarks.speedrun
	$(RUN) benchmarks.replay
	$(RUN) benchmarks.formula_gradient
	$(RUN) benchmarks.throughput
	$(RUN) benchmarks.sweep
	$(RUN) benchmarks.scale
	$(RUN) benchmarks.table
	$(RUN) benchmarks.upload
	$(RUN) benchmarks.front_door
	$(RUN) benchmarks.interface
	$(RUN) benchmarks.crowd
	$(RUN) benchmarks.calibration
	$(RUN) benchmarks.loss_check
	$(RUN) benchmarks.predictions
	$(RUN) benchmarks.gpu --cpu
	$(RUN) benchmarks.recipe

lint: tools
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

format: tools
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

browser: tools
	$(VENV)/bin/python tests/e2e/find_browser.py

tools: $(VENV)/.tools-installed

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The two stamps: pip runs again only when a list of requirements changed, or did not get to its end.
$(VENV)/.app-installed: requirements.txt requirements-small.txt
	@$(PYTHON) -c "" 2>/dev/null || { echo "Heteroscope needs Python 3.11 or newer, and there is no $(PYTHON) here: name one with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Heteroscope needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -c 'import platform; print(platform.python_version())'): name another with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Heteroscope needs Python's venv module, which $(PYTHON) lacks: on Debian and Ubuntu, apt-get install python3-venv." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) pip install --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/.tools-installed: $(VENV)/.app-installed requirements-dev.txt
	$(RUN) pip install --disable-pip-version-check --quiet --requirement requirements-dev.txt
	@touch $@

$(VENV)/.docs-installed: $(VENV)/.app-installed requirements-docs.txt
	$(RUN) pip install --disable-pip-version-check --quiet --requirement requirements-docs.txt
	@touch $@
