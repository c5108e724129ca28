#!/bin/sh
# Prints a .env with fresh random secrets for docker-compose.yml:   deploy/new-env.sh > .env && chmod 600 .env
set -eu
secret() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

while IFS= read -r line; do
  case $line in
  MYSQL_ROOT_PASSWORD= | SOJOURN_DB_PASSWORD= | TEMPORAL_DB_PASSWORD= | SOJOURN_SECRET=) printf '%s%s\n' "$line" "$(secret)" ;;
  *) printf '%s\n' "$line" ;;
  esac
done <"$(dirname "$0")/../.env.example"
