# What a developer types; `make` alone lists it. Needs Python 3.11 or newer with venv, everything else comes by itself.

# The newest Python that works: a version manager may offer names that do not run.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11; do \
	$$name -c "" 2>/dev/null && echo $$name && exit; done; echo python3)
VENV := .venv/bin
# Tests and lint know their own settings, whatever is set outside.
TEST_ENV := env DJANGO_SETTINGS_MODULE=tests.settings
# As many workers as the machine has processors, at most four: each has a database server and a browser
# of its own (WORKERS= runs one test after the other).
WORKERS := -n logical --maxprocesses 4 --dist loadgroup
# What a host would set; nothing of it is secret or real.
PRODUCTION_ENV := env DJANGO_SETTINGS_MODULE=kneecoach.settings DEBUG=0 TRUST_PROXY=1 \
	SITE_URL=https://knee.example.org EMAIL_HOST=mail.example.org \
	SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG \
	DATABASE_URL=postgresql://kneecoach_app@db/kneecoach
# Thrown away afterwards; in .venv because git ignores that.
UV := .venv/uv/bin/uv
# Extras stay written: an old pip (23.2) takes the newest `coverage[toml]` past a pinned `coverage`, and then has no hash.
LOCK := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras \
	--python-version 3.11 --custom-compile-command "make lock"
CODE := kneecoach exercises progress tests tools deploy manage.py
TEMPLATES = $(shell find templates -name "*.html")

.DEFAULT_GOAL := help
.PHONY: help venv demo demo-reset run test test-all test-server test-browser test-pages test-clock test-record-only lint fmt screenshots bench bench-requests bench-scale bench-log-in bench-coach chaos chaos-engine mutants mutants-guards audit wapiti lock

help: ## list these commands
	@awk -F ":.*## " '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

venv: ## make .venv with the locked packages (the others do it by themselves)
	@$(PYTHON) tools/bootstrap.py

demo: venv ## serve a demo clinic on http://localhost:8000 (PORT=8001 make demo: elsewhere)
	@$(VENV)/python -m tools.demo

demo-reset: venv ## delete the demo clinic and serve a new one
	@$(VENV)/python -m tools.demo --reset

run: venv ## the same clinic with the development server, which restarts when code changes
	@$(VENV)/python -m tools.demo --reload

# In a browser one after the other, but for those marked no_clock: many are led on the real clock. Where ARGS leaves none, that is no fault.
PARALLEL := $(VENV)/python -m pytest $(WORKERS)
ONE_BY_ONE := $(VENV)/python -m pytest

test: venv ## every test but the slow ones, browser tests included (ARGS="-k today": some of them)
	@$(VENV)/python -m tools.browser
	@$(PARALLEL) -m "not slow and (not browser or no_clock)" $(ARGS) || test $$? = 5
	@$(ONE_BY_ONE) -m "not slow and browser and not no_clock" $(ARGS) || test $$? = 5

test-all: test-server test-browser ## every test

test-server: venv ## every test that needs no browser
	@$(PARALLEL) -m "not browser" $(ARGS) || test $$? = 5

test-browser: test-pages test-clock ## every test in a browser

test-pages: venv ## of those: the ones that may run beside others
	@$(VENV)/python -m tools.browser
	@$(PARALLEL) -m "browser and no_clock" $(ARGS) || test $$? = 5

test-clock: venv ## of those: the ones on the real clock
	@$(VENV)/python -m tools.browser
	@$(ONE_BY_ONE) -m "browser and not no_clock" $(ARGS) || test $$? = 5

# The rules themselves know no switch.
test-record-only: venv ## the fast tests with PAIN_ADVICE, READINESS and ALERTS switched off
	@PAIN_ADVICE=0 READINESS=0 ALERTS=0 $(VENV)/python -m pytest $(WORKERS) -m "not slow and not browser" \
		--ignore=tests/progress/rules --ignore=tests/tools $(ARGS)

lint: venv ## format, lint, templates, types, migrations, production settings
	$(VENV)/ruff check $(CODE)
	$(VENV)/ruff format --check $(CODE)
	$(VENV)/djade --check --target-version 5.2 $(TEMPLATES)
	$(VENV)/djlint --lint --quiet templates
	$(TEST_ENV) $(VENV)/mypy
	$(TEST_ENV) $(VENV)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PRODUCTION_ENV) $(VENV)/python manage.py check --deploy --fail-level WARNING

fmt: venv ## format code and templates, fix what can be fixed
	-$(VENV)/ruff check --fix --quiet $(CODE)
	$(VENV)/ruff format $(CODE)
	-$(VENV)/djade --target-version 5.2 $(TEMPLATES)

screenshots: venv ## a picture of every screen in screenshots/, and those of README in docs/images/
	@$(VENV)/python -m tools.browser
	@$(VENV)/python -m tools.screenshots $(ARGS)

bench: venv ## how long pages take with two years of history and 2,000 patients, against a bare page (PATIENTS=200: fewer)
	@$(VENV)/python -m pytest -q -s --timeout=0 tests/bench/pages.py tests/bench/export.py tests/bench/desk.py \
		tests/bench/requests.py tests/bench/scale.py $(ARGS)

bench-requests: venv ## of that: requests a second at eight connections, beside a bare view and a bare insert (ROUNDS=1: fewer)
	@$(VENV)/python -m pytest -q -s --timeout=0 tests/bench/requests.py $(ARGS)

bench-scale: venv ## of that: whether it stays as quick at 10^5, 10^6 and 10^7 repetitions (REPS=100000,1000000: fewer)
	@$(VENV)/python -m pytest -q -s --timeout=0 tests/bench/scale.py $(ARGS)

bench-log-in: venv ## whether log-in, code and reset take as long for known addresses as for unknown ones (TRIES=50: fewer)
	@$(VENV)/python -m pytest -q -s --timeout=0 tests/bench/log_in.py $(ARGS)

bench-coach: venv ## how exact the guidance is, on the real clock (HOLDS=20 PAGES=1: fewer, one at a time; ARGS="-k plain": one load)
	@$(VENV)/python -m tools.browser
	@$(VENV)/python -m pytest -q -s --timeout=0 tests/bench/coach.py $(ARGS)

chaos: venv ## hurt server and database while eight phones go on: what is lost, twice, how long until all is well (ARGS="-k disk": some)
	@$(VENV)/python -m pytest -q -s --timeout=0 $(addprefix tests/chaos/,server.py database.py disk.py upkeep.py mail.py) $(ARGS)

chaos-engine: venv ## the same phones behind the compose stack's Caddy, three web, killed and updated one by one: needs a Docker engine
	@$(VENV)/python -m pytest -q -s --timeout=0 tests/chaos/rolling.py $(ARGS)

mutants: venv ## change the rules one by one and see whether their tests notice (ARGS="progress.rules.pain*": some)
	@$(TEST_ENV) HYPOTHESIS_PROFILE=quick $(VENV)/python -m tools.mutants $(ARGS)

mutants-guards: venv ## take the guards of the whole site out one by one and see whether the tests notice (ARGS="alerts": some; QUICK=1: only the likeliest tests; DESKS=1: one at a time)
	@$(TEST_ENV) $(VENV)/python -m tools.guards $(ARGS)

audit: venv ## whether a locked package has a known weakness; what could not be asked about is NOT CHECKED
	@$(VENV)/python -m tools.audit

wapiti: venv ## let a scanner look for holes as nobody, as a patient, as a physiotherapist (ARGS="-k patient": one; CRAWL_S=, ATTACK_S=: how long)
	@$(VENV)/python -m pytest -q -s --timeout=0 tests/scan/wapiti.py $(ARGS)

lock: ## write requirements.txt and requirements-dev.txt anew from pyproject.toml (ARGS=--upgrade: newest)
	@test -x $(UV) || { $(PYTHON) -m venv .venv/uv && .venv/uv/bin/python -m pip install --quiet uv; }
	$(LOCK) $(ARGS) pyproject.toml --output-file requirements.txt
	$(LOCK) $(ARGS) pyproject.toml --extra dev --constraints requirements.txt --output-file requirements-dev.txt
	@rm -rf .venv/uv
