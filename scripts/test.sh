#!/usr/bin/env bash
# The whole test suite, set-up included: scripts/test.sh            (what `make test` runs)
# Some stages only:                        scripts/test.sh lint e2e
# Stages run in this order, the cheap ones first, and the first that fails ends the run with its name. Each runner's own
# output stays as it is. Times are printed after each stage and together at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0
: "${GO:=go}"

all=(deps ui-packages ui-build ui-test generated build deploy lint temporal test race chaos e2e)

stage_deps() { scripts/test-deps.sh; }

# npm ci, through the Makefile so that an unchanged lock file is not installed twice.
stage_ui-packages() { make --no-print-directory ui/node_modules/.installed e2e-deps; }
stage_ui-build() { make --no-print-directory ui/dist/index.html; }
stage_ui-test() { (cd ui && npm run --silent test); }

# openapi.json and the TypeScript types say what the Go types say.
stage_generated() { make --no-print-directory verify-generated; }

stage_build() { make --no-print-directory bin/sojourn; }

# docker-compose.yml and Dockerfile, read by Docker's own parsers in a module of their own.
stage_deploy() { (cd deploy/composecheck && "$GO" vet ./... && "$GO" test -count=1 ./...); }

stage_lint() { make --no-print-directory lint; }

# Temporal's server, once and without the race detector. Tests and the browser test use the binary.
stage_temporal() { make --no-print-directory bin/temporal-dev; }

# Everything but the tests that start the whole product. Two packages at a time on two cores, because many start
# servers of their own. Contains: storage on both databases, workflow stories in skipped time, replay of stored
# histories, continue-as-new after every 1, 2, 3, 5 and 7 wake-ups, the dependency rules.
stage_test() {
  local packages
  mapfile -t packages < <("$GO" list ./... | grep -v '^sojourn/e2e')
  "$GO" test -p 2 -timeout 20m "${packages[@]}"
}

# Again under the race detector: the pure rooms, and the rooms where goroutines meet. Not those whose time goes into
# databases and generators that the stage before has run.
stage_race() {
  local packages
  mapfile -t packages < <("$GO" list ./... | grep -E "$race_rooms" | grep -vE "$race_not")
  CGO_ENABLED=1 "$GO" test -race -p 2 -timeout 20m "${packages[@]}"
}
race_rooms='^sojourn/(activities|audience|channels|consent|content|contract|devmode|faultpoint|importer|ingest|journey|pressure|scoring|server|storage|worker|workflows)(/|$)'
race_not='^sojourn/(audience/audiencetest|devmode|devmode/demodata)$'

# Processes are killed at the named points, with a scripted mail server as the oracle; the short form.
# Worlds mostly wait (for leases, heartbeats, restarts), so there may be more of them than processors.
stage_chaos() { "$GO" test -tags chaos -count=1 -p 1 -parallel 6 -timeout 20m ./chaos/...; }

# The binary from outside: the compose file's settings as plain processes, and the main job in Chromium.
stage_e2e() { "$GO" test -count=1 -p 1 -timeout 15m ./e2e/...; }

names=("$@")
[ ${#names[@]} -gt 0 ] || names=("${all[@]}")
for name in "${names[@]}"; do
  declare -F "stage_$name" >/dev/null || { echo "No stage $name. There are: ${all[*]}" >&2; exit 2; }
done

summary=""
began=$SECONDS
for name in "${names[@]}"; do
  printf '\n=== %s\n' "$name"
  start=$SECONDS
  status=0
  # A subshell of its own: `set -e` must hold inside the stage, which it does not in a condition.
  set +e
  (set -e; "stage_$name")
  status=$?
  set -e
  took=$((SECONDS - start))
  summary+=$(printf '%-14s %3d:%02d' "$name" $((took / 60)) $((took % 60)))$'\n'
  if [ $status -ne 0 ]; then
    printf '\n%s=== stage %s FAILED (exit status %d) after %d:%02d\n' "$summary" "$name" "$status" $((took / 60)) $((took % 60)) >&2
    exit $status
  fi
done
# On the error output, so that a runner's own closing line stays the last of the output.
printf '\n%s%-14s %3d:%02d\n' "$summary" total $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60)) >&2
