# The commands of this repository. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
# Python compiles a module when it is first imported: to compile all of them takes a third of the installation.
INSTALL := $(PIP) install --quiet --require-hashes --no-deps --no-compile
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	--override requirements/overrides.in
.DEFAULT_GOAL := help
# Python and pytest cache what they compile, which is a third of the start of each worker.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help dev test test-long test-live check format bench examples lock readme widget clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

dev: $(VENV)/run.done ## Install, start everything on this machine, load the sample book and serve it
	@$(BIN)/glossator dev

test: $(VENV)/test.done ## Install and run the whole test suite
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

# Only the files with such tests: to read all others takes each worker twelve seconds. In order, the longest come first.
test-long: $(VENV)/test.done ## Run the evaluations in other languages and of another book
	$(BIN)/pytest -n 3 --dist loadgroup --no-loadscope-reorder -m long -rP \
		$(or $(ARGS),$$(grep -rlw --include='test_*.py' 'mark\.long' tests | sort))

test-live: $(VENV)/test.done ## Run the port tests and one question on real accounts; prints the maximum cost first
	$(BIN)/pytest -m live tests/live $(ARGS)

check: $(VENV)/test.done ## Check formatting, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/test.done ## Format the code and apply ruff's fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/test.done ## Print the figures that bench/README.md explains
	$(BIN)/python -m bench

examples: $(VENV)/test.done ## Use the component, other clients and replicas behind HAProxy (installs 600 MB)
	$(BIN)/python -m tools.drive_example
	$(BIN)/python -m tools.drive_clients
	$(BIN)/python -m tools.replicas

lock: ## Compile the lock files (needs uv)
	$(COMPILE) --extra embedded pyproject.toml requirements/model.in -o requirements.lock
	$(COMPILE) --constraint requirements.lock --all-extras pyproject.toml requirements/model.in \
		-o requirements-test.lock
	$(COMPILE) --constraint requirements.lock pyproject.toml -o requirements-image.lock
	$(COMPILE) --constraint requirements-test.lock requirements/build.in -o requirements-build.lock

readme: $(VENV)/test.done ## Update the settings table in README.md and the list of routes
	$(BIN)/python -m tools.settings_table
	$(BIN)/python -m tools.route_list

widget: clients/node_modules/.done ## Build the files of the component (needs Node 20 or later)
	@cd clients && npm run --silent build

clean: ## Remove the virtual environment (keeps the data in .glossator)
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
		"Glossator needs Python 3.11 to 3.13, this is %d.%d: try make PYTHON=python3.12" % v)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing Glossator into $(VENV) (downloads about 280 MB the first time)."
	@$(INSTALL) -r requirements.lock
	@$(PIP) install --quiet --no-deps -e .
	@touch $@

$(VENV)/test.done: $(VENV)/run.done requirements-test.lock
	@echo "Installing the test tools (downloads about 220 MB more the first time)."
	@$(INSTALL) -r requirements-test.lock
	@touch $@

clients/node_modules/.done: clients/package-lock.json
	@cd clients && npm ci --loglevel=error --prefer-offline
	@touch $@
