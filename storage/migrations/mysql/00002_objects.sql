-- +goose Up
-- Objects with dates (bookings, contracts, guarantees, devices), and the due times of date entries.

CREATE TABLE objects (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  customer_id BINARY(16) NOT NULL,
  object_type VARBINARY(64) NOT NULL,
  object_key VARBINARY(191) NOT NULL,
  status VARBINARY(64) NOT NULL DEFAULT '',
  product VARBINARY(191) NOT NULL DEFAULT '',
  data JSON NOT NULL,
  stamps JSON NOT NULL,
  revision INT NOT NULL,
  occurred_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT objects_key UNIQUE (workspace_id, object_type, object_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX objects_customer ON objects (customer_id, object_type);
CREATE INDEX objects_updated ON objects (workspace_id, updated_at);

-- One row per journey with a date entry and key (a customer, or an object): the moment that is due next.
CREATE TABLE date_checks (
  journey_id BINARY(16) NOT NULL,
  entry_key VARBINARY(255) NOT NULL,
  workspace_id BIGINT NOT NULL,
  customer_id BINARY(16) NOT NULL,
  occurrence VARBINARY(64) NOT NULL DEFAULT '',
  due_at BIGINT NULL,
  next_check BIGINT NULL,
  PRIMARY KEY (journey_id, entry_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX date_checks_next ON date_checks (journey_id, next_check);
CREATE INDEX date_checks_customer ON date_checks (customer_id);

-- How far the search for new and changed dates has come, per journey.
CREATE TABLE date_scans (
  journey_id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  version_id BINARY(16) NOT NULL,
  cursor_id BINARY(16) NULL,
  full_at BIGINT NULL,
  seen_to BIGINT NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE INDEX customers_updated ON customers (workspace_id, updated_at);

-- +goose Down
DROP INDEX customers_updated ON customers;
DROP TABLE date_scans;
DROP TABLE date_checks;
DROP TABLE objects;
