# make demo      everything, running at http://127.0.0.1:8000; Ctrl-C stops it (ONCE=1: once, then stop; PORT=n)
# make test      every test (ARGS="-k name" passes words to pytest)
# make quick     lint, types, contracts and the fast tests: the inner loop, under a minute
# make lint      style, types, contracts
# make bench     the measured ratios
# make lock      the lock files anew (UPGRADE=1 takes newer versions)
# make clean     stop the demo and remove its data

PYTHON ?= $(shell for v in 3.11 3.12 3.13 3.14 3; do command -v python$$v && break; done)
ifeq ($(PYTHON),)
$(error Throughline needs Python 3.11 or newer. On Debian and Ubuntu: apt-get install python3)
endif
BIN := .venv/bin
PLUGINS := $(notdir $(wildcard plugins/*/src/throughline_*))
NOT_FAST := slow or browser or faults
# Two processes, each with servers of its own; a file stays in one of them.
SHARED_OUT := -n 2 --dist loadfile

export ONCE PORT UPGRADE
.PHONY: demo test quick lint style bench lock clean screenshots

demo:
	@exec $(PYTHON) bin/bootstrap.py demo

test:
	@$(PYTHON) bin/bootstrap.py test
	$(BIN)/python -m pytest $(SHARED_OUT) $(ARGS)

quick:
	@$(PYTHON) bin/bootstrap.py quick
	@$(MAKE) --no-print-directory style
	$(BIN)/python -m pytest -q $(SHARED_OUT) -m "not ($(NOT_FAST))" $(ARGS)

lint:
	@$(PYTHON) bin/bootstrap.py tools
	@$(MAKE) --no-print-directory style

style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p throughline $(addprefix -p ,$(PLUGINS))
	$(BIN)/lint-imports

bench:
	@$(PYTHON) bin/bootstrap.py quick
	$(BIN)/python -m benchmarks $(ARGS)

screenshots:
	@$(PYTHON) bin/bootstrap.py test
	$(BIN)/python -m pytest -m browser $(ARGS)

lock:
	@$(PYTHON) bin/bootstrap.py lock

clean:
	@$(PYTHON) bin/bootstrap.py clean
