# The developer's day. `make help` lists it; each command gets what it needs and repeats no work.
#
#   DATABASE_URL=postgres://…   what `make serve` watches (several: separated by spaces)
#   PG=16 | PG="14 18" | PG=all   which PostgreSQL versions the tests use (14, 16 and 18 unless said)
#                               (in the browser the first that is named, or 16)

.DEFAULT_GOAL := help
.PHONY: help serve test build test-unit test-pg test-doc test-e2e lint fmt site bench clean tools dev


# One set of flags for every build of the whole workspace, so that no command rebuilds what another one built.
CARGO_ALL := --workspace --locked
NEXTEST := cargo nextest run $(CARGO_ALL)
WASM := -p frontend --target wasm32-unknown-unknown --locked

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@sed -n 's/^#   /  /p' $(MAKEFILE_LIST)

serve: dev ## Heron on DATABASE_URL, or on a throw-away PostgreSQL with a lively sample workload
	@if [ -n "$$DATABASE_URL" ]; then set -f; exec target/debug/heron serve $$DATABASE_URL; \
	else rm -f target/sample-store.db*; \
	HERON_STORE="$${HERON_STORE:-sqlite://$(CURDIR)/target/sample-store.db}" exec target/debug/sample -- target/debug/heron serve; fi

test: ## everything that has to pass: style, lints, tests, documentation, sizes, browser
	scripts/tools.sh npm wasm browser mariadb pgbouncer nextest
	$(MAKE) lint
	node scripts/site.mjs debug --check
	$(NEXTEST)
	$(MAKE) test-doc test-e2e

build: ## target/release/heron with its site beside it, and what the site weighs
	scripts/tools.sh npm wasm
	node scripts/site.mjs release --check
	cargo build --release --locked -p server --bin heron

test-unit: ## the tests that stand in the sources; they need no server
	scripts/tools.sh nextest
	$(NEXTEST) -E 'kind(lib) | kind(bin)'

test-pg: ## the tests that need servers; PG=16 selects one PostgreSQL
	scripts/tools.sh npm mariadb pgbouncer nextest
	$(NEXTEST) -E 'kind(test)'

test-doc: ## the examples in the documentation
	cargo test $(CARGO_ALL) --doc

test-e2e: site ## the pages in a real browser, with and without JavaScript
	scripts/tools.sh browser
# With --tests cargo chooses the same features as for the tests, and finds everything built.
	cargo build $(CARGO_ALL) --bins --tests
	cd end2end && ../node_modules/.bin/playwright test

lint: ## rustfmt and clippy, on the server's and on the browser's side; cargo-deny if it is there
	scripts/tools.sh wasm
	cargo fmt --all --check
	cargo clippy $(CARGO_ALL) --all-targets -- -D warnings
	cargo clippy $(WASM) -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --offline --locked check bans licenses sources; \
	else echo "cargo-deny is not installed: licences and sources are not checked"; fi

fmt: ## formats the Rust code
	cargo fmt --all

site: ## wasm, JavaScript, ECharts and CSS, hashed and compressed, beside target/debug/heron
	scripts/tools.sh npm wasm
	node scripts/site.mjs debug

bench: ## what Heron's pages cost; `bench/run dataset` measures the toolkit beside others
	bench/run

clean: ## throws away everything that was built
	rm -rf target node_modules

tools: ## every tool the commands above need
	scripts/tools.sh npm wasm browser mariadb pgbouncer nextest

# The binaries that `serve` starts.
dev: site
	cargo build $(CARGO_ALL) --bins
