#!/bin/sh
# Brings Temporal's two databases to the schema of this admin-tools image; repeating it does no harm. The connection
# comes from SQL_* in the environment, so that no password stands on a command line.
set -eu

for name in temporal visibility; do
  database=temporal
  [ "$name" = visibility ] && database=temporal_visibility
  export SQL_DATABASE="$database"
  temporal-sql-tool setup-schema -v 0.0
  temporal-sql-tool update-schema --schema-name "mysql/v8/$name"
done
