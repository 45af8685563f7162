#!/bin/sh
# Gets the tools of a developer's day, each only when it is missing:
#
#   scripts/tools.sh npm wasm browser mariadb pgbouncer nextest
#
# npm      node_modules: esbuild, ECharts, wasm-opt, Playwright and the PostgreSQL servers the tests start
# wasm     Rust's wasm target, and wasm-bindgen in exactly the version of Cargo.lock
# browser  Chromium for the browser tests (CHROMIUM=/path/to/it if it is somewhere else)
# mariadb  MariaDB's programs for the tests that start one; no service is set up
# pgbouncer  PgBouncer for the tests that start one; no service is set up
# nextest  cargo-nextest, which runs the tests
# sequel   Ruby's Sequel with its drivers, and libpq for Diesel, which bench/dataset measures
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Installs Debian packages as root or through sudo; fails where there is no apt-get.
debian() {
    have apt-get || return 1
    if [ "$(id -u)" = 0 ]; then root=; elif have sudo; then root=sudo; else return 1; fi
    say "installing $*"
    set -- $root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
    # The list of packages may be missing or old.
    "$@" >&2 || { $root apt-get update -q >&2 && "$@" >&2; }
}

npm_packages() {
    have node && have npm || debian nodejs npm || fail "Node.js 20 or later with npm is missing: install it and run make again."
    [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node.js $(node -v) is too old: 20 or later is needed."
    stamp=node_modules/.heron
    if ! cmp -s package-lock.json "$stamp"; then
        npm ci --no-progress >&2 || fail "npm could not install the packages of package-lock.json: is its registry within reach?"
        # A package cannot hold symbolic links, so these bring a list of theirs.
        for server in node_modules/pg[0-9]*; do
            [ ! -d "$server" ] || (cd "$server" && node scripts/hydrate-symlinks.js)
        done
        cp package-lock.json "$stamp"
    fi
}

wasm() {
    have cargo || fail "Rust is missing: install it with rustup, then run make again."
    if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then
        have rustup && rustup target add wasm32-unknown-unknown >&2 ||
            fail "Rust's standard library for wasm32-unknown-unknown is missing: install it the way your Rust was installed."
    fi
    version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3 }' Cargo.lock)
    right() { [ "$("$1" --version 2>/dev/null)" = "wasm-bindgen $version" ]; }
    own=target/tools/bin/wasm-bindgen
    kept=${XDG_CACHE_HOME:-$HOME/.cache}/heron/tools/wasm-bindgen-$version
    if ! right "$own"; then
        mkdir -p target/tools/bin
        if right "$kept"; then
            cp "$kept" "$own"
        elif right wasm-bindgen; then
            ln -sf "$(command -v wasm-bindgen)" "$own"
        else
            say "building wasm-bindgen $version, once: this takes a few minutes"
            # Not --locked: what is pinned is the version, which must be that of the crate.
            cargo install wasm-bindgen-cli --version "$version" --root target/tools --force >&2 ||
                fail "wasm-bindgen $version could not be built: put it on the PATH and run make again."
        fi
    fi
    # Another clone need not build it again.
    right "$kept" || { mkdir -p "${kept%/*}" && cp -L "$own" "$kept"; } || true
}

browser() {
    [ -z "${CHROMIUM:-}" ] || return 0
    have chromium || have google-chrome || [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] ||
        debian chromium || fail "Chromium is missing: install it, or say where it is with CHROMIUM=/path/to/it."
}

mariadb() {
    have mariadbd || [ -x /usr/sbin/mariadbd ] || debian mariadb-server-core mariadb-client-core ||
        fail "MariaDB's server programs are missing: install MariaDB (10.6 or later) and run make again."
}

pgbouncer() {
    have pgbouncer || [ -x /usr/sbin/pgbouncer ] || debian pgbouncer ||
        fail "PgBouncer is missing: install it and run make again."
}

nextest() {
    have cargo-nextest || cargo install cargo-nextest --locked >&2 ||
        fail "cargo-nextest is missing and could not be built: see its site for other ways."
}

sequel() {
    ruby -e '%w[sequel sequel_pg pg sqlite3].each { |gem| Gem::Specification.find_by_name(gem) }' 2>/dev/null && have pg_config ||
        debian ruby-sequel ruby-sequel-pg ruby-pg ruby-sqlite3 libpq-dev ||
        fail "Ruby's Sequel or PostgreSQL's libpq is missing: install the gems sequel, sequel_pg and sqlite3, and libpq's headers."
}

for tool in "$@"; do
    case $tool in
        npm) npm_packages ;;
        wasm | browser | mariadb | pgbouncer | nextest | sequel) $tool ;;
        *) fail "no such tool: $tool" ;;
    esac
done
