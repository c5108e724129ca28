# Sojourn. `make help` lists what there is; `make run` and `make test` are all a newcomer needs.
SHELL        := /bin/bash
GO           ?= go
export CGO_ENABLED ?= 0
ROOT         := $(CURDIR)
TOOLS        := $(ROOT)/bin/tools
GOLANGCI     := $(TOOLS)/golangci-lint
WORKFLOWCHECK:= $(TOOLS)/workflowcheck
GOVULNCHECK  := $(TOOLS)/govulncheck
UI_SOURCES   := $(shell find ui/src ui/index.html ui/package.json ui/vite.config.ts -type f 2>/dev/null)
DEV_SOURCES  := $(wildcard devserver/*.go) devserver/go.mod devserver/go.sum
ARGS         ?=

.PHONY: help run build test test-deps lint generate verify-generated unit race e2e chaos soak bench vuln clean
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

run: build ## build everything and start it: UI, server, worker, Temporal, SQLite, demo data, inbox
	@exec bin/sojourn dev $(ARGS)

build: bin/temporal-dev ui/dist/index.html bin/sojourn ## the two binaries and the UI

# Temporal's server is a module of its own (docs/adr/0001): compiled once, then cached here by the hash of its sources.
bin/temporal-dev: $(DEV_SOURCES)
	@scripts/build-temporal-dev.sh

ui/node_modules/.installed: ui/package.json ui/package-lock.json
	@echo "Installing the UI's packages…"
	@cd ui && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

ui/dist/index.html: ui/node_modules/.installed $(UI_SOURCES)
	@echo "Building the admin UI…"
	@cd ui && npm run --silent build

.PHONY: bin/sojourn
bin/sojourn: ui/dist/index.html
	@$(GO) build -trimpath -ldflags "-s -w" -o bin/sojourn ./cmd/sojourn

e2e/segment-node/node_modules/.installed: e2e/segment-node/package.json e2e/segment-node/package-lock.json
	@echo "Installing the published Segment client for Node…"
	@cd e2e/segment-node && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
.PHONY: e2e-deps
e2e-deps: e2e/segment-node/node_modules/.installed ## the client libraries that the ingestion tests drive

test: ## the whole test suite, set-up included
	@scripts/test.sh

test-deps: ## install what the tests need (apt where it may)
	@scripts/test-deps.sh

$(GOLANGCI):
	@echo "Building golangci-lint (once, some minutes)…"
	@GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
$(WORKFLOWCHECK):
	@GOBIN=$(TOOLS) $(GO) install go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
$(GOVULNCHECK):
	@GOBIN=$(TOOLS) $(GO) install golang.org/x/vuln/cmd/govulncheck@v1.9.0

lint: $(GOLANGCI) $(WORKFLOWCHECK) ui/node_modules/.installed ## golangci-lint, workflowcheck, ESLint, tsc
	@$(GOLANGCI) run ./...
	@$(WORKFLOWCHECK) -config workflows/workflowcheck.yaml ./workflows/...
	@cd ui && npm run --silent lint && npm run --silent typecheck

generate: ui/node_modules/.installed ## openapi.json, journey.schema.json and the TypeScript types
	@$(GO) run ./server/adminapi/openapigen
	@cd ui && npm run --silent types

verify-generated: generate ## fail when generated files are stale
	@git diff --exit-code -- server/adminapi/openapi.json server/adminapi/journey.schema.json ui/src/api/schema.gen.ts

unit: ## Go tests (needs bin/temporal-dev and MariaDB: see test-deps)
	@$(GO) test ./...

race: ## the tests under the race detector (also part of `make test`)
	@scripts/test.sh race

e2e: build ## the compose settings as processes, and the main job in Chromium (also part of `make test`)
	@scripts/test.sh e2e

chaos: bin/temporal-dev ## fault tests, the short form (also part of `make test`)
	@scripts/test.sh chaos

soak: bin/temporal-dev ## fault tests, the long form: CHAOS_MINUTES (60), CHAOS_SEED, CHAOS_DATABASE (mysql or sqlite)
	@$(GO) test -tags 'chaos soak' -count=1 -timeout 0 -v -run TestSoak ./chaos/

.PHONY: record-histories
record-histories: bin/temporal-dev ## record the workflow histories of a release for replay: make record-histories RELEASE=v0.1
	@test -n "$(RELEASE)" || { echo "say which release: make record-histories RELEASE=v0.1"; exit 2; }
	@$(GO) test ./workflows -run '^TestRecord.*Histories$$' -count=1 -record "$(RELEASE)"

vuln: $(GOVULNCHECK) ## known vulnerabilities (needs a network)
	@$(GOVULNCHECK) ./...

clean: ## remove what was built (not the data in .sojourn)
	@rm -rf bin ui/dist/assets ui/dist/index.html ui/node_modules
