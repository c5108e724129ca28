-- +goose Up
-- Objects with dates (bookings, contracts, guarantees, devices), and the due times of date entries.

CREATE TABLE objects (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  customer_id BLOB NOT NULL,
  object_type TEXT NOT NULL,
  object_key TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT '',
  product TEXT NOT NULL DEFAULT '',
  data TEXT NOT NULL,
  stamps TEXT NOT NULL,
  revision INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT objects_key UNIQUE (workspace_id, object_type, object_key)
);
CREATE INDEX objects_customer ON objects (customer_id, object_type);
CREATE INDEX objects_updated ON objects (workspace_id, updated_at);

-- One row per journey with a date entry and key (a customer, or an object): the moment that is due next.
CREATE TABLE date_checks (
  journey_id BLOB NOT NULL,
  entry_key TEXT NOT NULL,
  workspace_id INTEGER NOT NULL,
  customer_id BLOB NOT NULL,
  occurrence TEXT NOT NULL DEFAULT '',
  due_at INTEGER NULL,
  next_check INTEGER NULL,
  PRIMARY KEY (journey_id, entry_key)
);
CREATE INDEX date_checks_next ON date_checks (journey_id, next_check);
CREATE INDEX date_checks_customer ON date_checks (customer_id);

-- How far the search for new and changed dates has come, per journey.
CREATE TABLE date_scans (
  journey_id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  version_id BLOB NOT NULL,
  cursor_id BLOB NULL,
  full_at INTEGER NULL,
  seen_to INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX customers_updated ON customers (workspace_id, updated_at);

-- +goose Down
DROP INDEX customers_updated;
DROP TABLE date_scans;
DROP TABLE date_checks;
DROP TABLE objects;
