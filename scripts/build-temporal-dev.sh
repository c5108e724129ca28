#!/usr/bin/env bash
# Builds bin/temporal-dev from the stand-alone module devserver/. The result is kept under the user's cache directory by
# the hash of its sources, so that a second checkout on the same machine does not compile Temporal's server again.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p bin
key=$(cat devserver/*.go devserver/go.mod devserver/go.sum <(go version) | sha256sum | cut -c1-24)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/sojourn/temporal-dev-$key"
if [ ! -x "$cache" ]; then
  echo "Compiling Temporal's server once (about 12 CPU-minutes: 6-10 minutes on two cores; later builds reuse it)…"
  mkdir -p "$(dirname "$cache")"
  (cd devserver && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$cache.$$" .)
  mv "$cache.$$" "$cache"
fi
# A copy, not a link: the checkout must keep working when the cache is cleaned.
cp -f "$cache" bin/temporal-dev.tmp && mv bin/temporal-dev.tmp bin/temporal-dev
