-- Versions in flight: staged roll-outs, why a journey paused by itself, and what operators do to many runs at once.

-- +goose Up
-- Entrants outside the share enter rollout_version_id instead of the live version, or, when it is NULL, do not enter.
ALTER TABLE journeys ADD COLUMN rollout_percent INT NOT NULL DEFAULT 100;
ALTER TABLE journeys ADD COLUMN rollout_version_id BINARY(16) NULL;
-- Empty: somebody paused it. Else the rate that passed its line, with the numbers.
ALTER TABLE journey_pauses ADD COLUMN cause VARBINARY(32) NOT NULL DEFAULT '';
ALTER TABLE journey_pauses ADD COLUMN measured BIGINT NOT NULL DEFAULT 0;
ALTER TABLE journey_pauses ADD COLUMN sample BIGINT NOT NULL DEFAULT 0;

CREATE TABLE operations (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  journey_id BINARY(16) NOT NULL,
  kind VARBINARY(16) NOT NULL,
  state VARBINARY(16) NOT NULL,
  target_version_id BINARY(16) NULL,
  reverses BINARY(16) NULL,
  filter JSON NOT NULL,
  mapping JSON NOT NULL,
  per_second INT NOT NULL,
  cursor_id BINARY(16) NULL,
  total BIGINT NOT NULL,
  handed BIGINT NOT NULL DEFAULT 0,
  created_by VARBINARY(64) NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX operations_open ON operations (state, created_at);
CREATE INDEX operations_journey ON operations (journey_id, created_at);

CREATE TABLE operation_runs (
  operation_id BINARY(16) NOT NULL,
  run_id BINARY(16) NOT NULL,
  workspace_id BIGINT NOT NULL,
  from_version_id BINARY(16) NULL,
  from_step VARBINARY(64) NOT NULL DEFAULT '',
  to_step VARBINARY(64) NOT NULL DEFAULT '',
  state VARBINARY(16) NOT NULL,
  reason VARBINARY(255) NOT NULL DEFAULT '',
  at BIGINT NOT NULL,
  PRIMARY KEY (operation_id, run_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX operation_runs_run ON operation_runs (run_id, state);

-- +goose Down
DROP TABLE operation_runs;
DROP TABLE operations;
ALTER TABLE journey_pauses DROP COLUMN sample;
ALTER TABLE journey_pauses DROP COLUMN measured;
ALTER TABLE journey_pauses DROP COLUMN cause;
ALTER TABLE journeys DROP COLUMN rollout_version_id;
ALTER TABLE journeys DROP COLUMN rollout_percent;
