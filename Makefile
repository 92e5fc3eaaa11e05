# Everything a newcomer needs: `make demo`, `make test`. Both set themselves up.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check coverage format compat node .is-node-there docs bench clean

demo: .venv/demo  ## run the example application's suite and show the stories of its calls
	$(BIN)/python -m pytest -q -rP -p no:cacheprovider examples/support_bot

test: .venv/dev  ## run the whole test suite
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: .venv/dev  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: .venv/dev  ## the test suite, with branch coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PYTEST_ARGS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

format: .venv/dev  ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

compat: .venv/dev  ## the compatibility lanes, each in an environment of its own
	$(BIN)/nox --non-interactive

node: .is-node-there .venv/own  ## the example application in JavaScript, with its suite
	cd examples/node_bot && npm install --no-package-lock --no-audit --no-fund --silent
	cd examples/node_bot && MOCK_GATEWAY="$(CURDIR)/$(BIN)/mock-gateway" npm test --silent

.is-node-there:
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2> /dev/null && npm --version > /dev/null 2>&1 \
		|| { echo "make node needs Node 20 or newer, and npm: put them on the PATH, from nodejs.org or your system's packages."; exit 1; }

docs: .venv/dev  ## write the tables of the documentation that are made from the code
	$(BIN)/python -m tests.docs.generated

bench: .venv/dev  ## what it costs, side by side with its floors
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .nox examples/node_bot/node_modules

.venv/pip:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	touch $@

.venv/own: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/demo: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable . --group demo
	touch $@ .venv/own

.venv/dev: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@ .venv/demo .venv/own
