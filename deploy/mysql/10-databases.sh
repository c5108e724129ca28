#!/bin/bash
# Run once by the MySQL image, when its data directory is empty: two products, two users, three databases.
set -euo pipefail

# Passwords come from new-env.sh and are hexadecimal; anything that would need quoting in SQL is refused.
for name in SOJOURN_DB_PASSWORD TEMPORAL_DB_PASSWORD; do
  if ! [[ "${!name}" =~ ^[A-Za-z0-9_.~-]{16,}$ ]]; then
    echo "$name must have at least 16 letters, digits, '_', '.', '~' or '-'" >&2
    exit 1
  fi
done

MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql -u root <<SQL
CREATE DATABASE IF NOT EXISTS sojourn CHARACTER SET utf8mb4;
CREATE DATABASE IF NOT EXISTS temporal CHARACTER SET utf8mb4;
CREATE DATABASE IF NOT EXISTS temporal_visibility CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS 'sojourn'@'%' IDENTIFIED BY '$SOJOURN_DB_PASSWORD';
CREATE USER IF NOT EXISTS 'temporal'@'%' IDENTIFIED BY '$TEMPORAL_DB_PASSWORD';
GRANT ALL PRIVILEGES ON sojourn.* TO 'sojourn'@'%';
GRANT ALL PRIVILEGES ON temporal.* TO 'temporal'@'%';
GRANT ALL PRIVILEGES ON temporal_visibility.* TO 'temporal'@'%';
SQL
