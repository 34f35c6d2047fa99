# The two commands that matter: `make run` and `make test`. `make help` lists the rest.
#
# Builds go to a cache shared by all clones of a user (CARGO_TARGET_DIR), engines to
# TRAFFOFLEX_CACHE; both survive a fresh clone. PROFILE=release builds `run` optimised.

SHELL := /bin/bash
TRAFFOFLEX_CACHE ?= $(HOME)/.cache/traffoflex
CARGO_TARGET_DIR ?= $(TRAFFOFLEX_CACHE)/target
PROFILE ?= dev
export TRAFFOFLEX_CACHE CARGO_TARGET_DIR

PROFILE_DIR := $(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
BIN := $(CARGO_TARGET_DIR)/$(PROFILE_DIR)
CARGO_DENY_VERSION := 0.20.2

.PHONY: help run demo audit test fuzz check bench bench-reports load smoke engines build ui ui-packages ui-dev browser test-ui screenshots readme-pictures ui-vitals check-ui layering deny openapi schemathesis check-openapi tools
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: build engines ## Start everything on this machine: engines, api-service, traffic-service, postback-service
	@exec "$(BIN)/traffoflex" up $(if $(SINK),--sink $(SINK))

demo: build ## Send 20,000 clicks and their postbacks to a running `make run`, compare reports and calls with the ledger, audit
	@"$(BIN)/traffoflex" demo --clicks 20000

# The UI first: a release build takes it in.
build: tools ui
	cargo build --locked --profile $(PROFILE) --workspace --bins

ui: ## Build the admin UI into admin-frontend/dist, from which api-service has it; nothing changed, nothing done
	@deploy/check-tools ui
	@deploy/build-ui

ui-packages:
	@deploy/check-tools ui
	@deploy/build-ui packages

ui-dev: ui-packages ## The UI with hot reload on 5173, with the API of a running `make run` (VITE_API says where)
	@npm --prefix admin-frontend run dev

# Built binaries, engines, the UI and a browser: what is tested is what is shipped.
E2E := TRAFFOFLEX_BIN=$(BIN) npm --prefix admin-frontend run --silent

browser:
	@deploy/check-tools browser

test-ui: build engines browser ## Tests of the UI: its units, then end to end in Chromium against a stack of its own
	@npm --prefix admin-frontend run --silent test
	@$(E2E) e2e

screenshots: build engines browser ## Every page in light and dark at 1440 and 390 px into admin-frontend/screenshots; ONLY=<regular expression> some
	@$(E2E) screenshots

readme-pictures: build engines browser ## The README's pictures anew, into admin-frontend/docs
	@$(E2E) readme-pictures

ui-vitals: build engines browser ## LCP, CLS and script bytes of each page, and frames a second of a scrolled report of 50,000 rows
	@$(E2E) vitals

engines: build ## Fetch the pinned MongoDB, ClickHouse, Kafka and GeoIP data into the cache
	@"$(BIN)/traffoflex" engines

test: engines ## All tests, against real engines, the UI's in real Chromium
	cargo test --locked --profile $(PROFILE) --workspace
	@$(MAKE) --no-print-directory test-ui

fuzz: tools ## Fuzz what reads postbacks and what writes calls, 60 s a target (FUZZ_SECONDS), 3 minutes in all
	FUZZ_SECONDS=$${FUZZ_SECONDS:-60} cargo test --locked --profile $(PROFILE) -p traffoflex-conversion --test fuzz -- \
	  --nocapture --test-threads=1

check: tools layering deny check-openapi check-ui ## Format, lints, layering, licences, banned crates and sources, the API's description, the UI
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

check-ui: ui-packages ## Format, lints, boundaries, types and generated types of the UI
	@npm --prefix admin-frontend run --silent check

layering: tools ## Prove that the pure crates stay pure and that dependencies point down
	@deploy/check-layering

deny: tools
	@deploy/check-dependencies

openapi: tools ## Write central/openapi.json, the description of the API, from the code
	@deploy/check-openapi --write

check-openapi: tools
	@deploy/check-openapi

schemathesis: tools engines ## Call the API as its description allows and as it does not: no server error, nothing undescribed
	@deploy/schemathesis

bench: build engines ## Criterion benchmarks and the load profile; results under benches/results
	benches/run

bench-reports: engines ## Reports over 20 M clicks beside statements written by hand (BENCH_CLICKS); minutes, and 3 GB in the temporary directory
	benches/reports/run

load: build ## The load profile alone: clicks and postbacks beside bare axum and nginx
	benches/load/run

audit: build ## Prove with a running `make run` that no event is missing
	@"$(BIN)/traffoflex" audit

smoke: build engines ## Start everything on free ports, 500 clicks and their postbacks, compare, stop
	@"$(BIN)/traffoflex" smoke --clicks 500

tools: ## Check for what the build itself needs, and say in one line what is missing
	@deploy/check-tools
