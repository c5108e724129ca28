-- +goose Up
-- A broadcast is one message to many people. Each time it goes out is an issue; an issue writes down its recipients when
-- it begins and works through them in the order of (due_at, customer_id), which is why that is their key.
CREATE TABLE broadcasts (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  broadcast_key VARBINARY(64) NOT NULL,
  name VARCHAR(200) NOT NULL,
  state VARBINARY(16) NOT NULL,
  state_reason VARCHAR(300) NOT NULL DEFAULT '',
  epoch BIGINT NOT NULL DEFAULT 0,
  revision INT NOT NULL DEFAULT 1,
  definition JSON NOT NULL,
  next_at BIGINT NULL,
  issue_id BINARY(16) NULL,
  scheduled_by VARBINARY(64) NOT NULL DEFAULT '',
  scheduled_at BIGINT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT broadcasts_key UNIQUE (workspace_id, broadcast_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX broadcasts_state ON broadcasts (state, next_at);
CREATE INDEX broadcasts_recent ON broadcasts (workspace_id, created_at);

CREATE TABLE broadcast_issues (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  broadcast_id BINARY(16) NOT NULL,
  number INT NOT NULL,
  state VARBINARY(16) NOT NULL,
  planned_at BIGINT NOT NULL,
  started_at BIGINT NULL,
  ended_at BIGINT NULL,
  definition JSON NOT NULL,
  collected_to BINARY(16) NULL,
  recipients INT NOT NULL DEFAULT 0,
  cursor_due BIGINT NOT NULL DEFAULT 0,
  cursor_customer BINARY(16) NULL,
  paced_until BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT broadcast_issues_number UNIQUE (broadcast_id, number),
  CONSTRAINT broadcast_issues_planned UNIQUE (broadcast_id, planned_at)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX broadcast_issues_time ON broadcast_issues (workspace_id, planned_at);

CREATE TABLE broadcast_recipients (
  issue_id BINARY(16) NOT NULL,
  due_at BIGINT NOT NULL,
  customer_id BINARY(16) NOT NULL,
  workspace_id BIGINT NOT NULL,
  PRIMARY KEY (issue_id, due_at, customer_id),
  CONSTRAINT broadcast_recipients_once UNIQUE (issue_id, customer_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- issue_point is the contact point of a message from its first claim on, so that no address gets an issue twice even when
-- two customers share it.
ALTER TABLE sends ADD COLUMN issue_id BINARY(16) NULL, ADD COLUMN issue_point BINARY(16) NULL, ADD COLUMN issue_epoch BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX sends_issue_point ON sends (issue_id, issue_point);
CREATE INDEX sends_issue ON sends (issue_id, state, reason, defer_until);

-- +goose Down
DROP INDEX sends_issue ON sends;
DROP INDEX sends_issue_point ON sends;
ALTER TABLE sends DROP COLUMN issue_epoch, DROP COLUMN issue_point, DROP COLUMN issue_id;
DROP TABLE broadcast_recipients;
DROP TABLE broadcast_issues;
DROP TABLE broadcasts;
