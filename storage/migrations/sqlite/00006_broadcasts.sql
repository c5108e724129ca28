-- +goose Up
-- A broadcast is one message to many people. Each time it goes out is an issue; an issue writes down its recipients when
-- it begins and works through them in the order of (due_at, customer_id), which is why that is their key.
CREATE TABLE broadcasts (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  broadcast_key TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL DEFAULT '',
  epoch INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 1,
  definition TEXT NOT NULL,
  next_at INTEGER NULL,
  issue_id BLOB NULL,
  scheduled_by TEXT NOT NULL DEFAULT '',
  scheduled_at INTEGER NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT broadcasts_key UNIQUE (workspace_id, broadcast_key)
);
CREATE INDEX broadcasts_state ON broadcasts (state, next_at);
CREATE INDEX broadcasts_recent ON broadcasts (workspace_id, created_at);

CREATE TABLE broadcast_issues (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  broadcast_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  planned_at INTEGER NOT NULL,
  started_at INTEGER NULL,
  ended_at INTEGER NULL,
  definition TEXT NOT NULL,
  collected_to BLOB NULL,
  recipients INTEGER NOT NULL DEFAULT 0,
  cursor_due INTEGER NOT NULL DEFAULT 0,
  cursor_customer BLOB NULL,
  paced_until INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT broadcast_issues_number UNIQUE (broadcast_id, number),
  CONSTRAINT broadcast_issues_planned UNIQUE (broadcast_id, planned_at)
);
CREATE INDEX broadcast_issues_time ON broadcast_issues (workspace_id, planned_at);

CREATE TABLE broadcast_recipients (
  issue_id BLOB NOT NULL,
  due_at INTEGER NOT NULL,
  customer_id BLOB NOT NULL,
  workspace_id INTEGER NOT NULL,
  PRIMARY KEY (issue_id, due_at, customer_id),
  CONSTRAINT broadcast_recipients_once UNIQUE (issue_id, customer_id)
) WITHOUT ROWID;

-- issue_point is the contact point of a message from its first claim on, so that no address gets an issue twice even when
-- two customers share it.
ALTER TABLE sends ADD COLUMN issue_id BLOB NULL;
ALTER TABLE sends ADD COLUMN issue_point BLOB NULL;
ALTER TABLE sends ADD COLUMN issue_epoch INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX sends_issue_point ON sends (issue_id, issue_point) WHERE issue_id IS NOT NULL;
CREATE INDEX sends_issue ON sends (issue_id, state, reason, defer_until) WHERE issue_id IS NOT NULL;

-- +goose Down
DROP INDEX sends_issue;
DROP INDEX sends_issue_point;
ALTER TABLE sends DROP COLUMN issue_epoch;
ALTER TABLE sends DROP COLUMN issue_point;
ALTER TABLE sends DROP COLUMN issue_id;
DROP TABLE broadcast_recipients;
DROP TABLE broadcast_issues;
DROP TABLE broadcasts;
