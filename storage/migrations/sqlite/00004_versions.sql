-- Versions in flight: staged roll-outs, why a journey paused by itself, and what operators do to many runs at once.

-- +goose Up
-- Entrants outside the share enter rollout_version_id instead of the live version, or, when it is NULL, do not enter.
ALTER TABLE journeys ADD COLUMN rollout_percent INTEGER NOT NULL DEFAULT 100;
ALTER TABLE journeys ADD COLUMN rollout_version_id BLOB NULL;
-- Empty: somebody paused it. Else the rate that passed its line, with the numbers.
ALTER TABLE journey_pauses ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE journey_pauses ADD COLUMN measured INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journey_pauses ADD COLUMN sample INTEGER NOT NULL DEFAULT 0;

CREATE TABLE operations (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  journey_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  target_version_id BLOB NULL,
  reverses BLOB NULL,
  filter TEXT NOT NULL,
  mapping TEXT NOT NULL,
  per_second INTEGER NOT NULL,
  cursor_id BLOB NULL,
  total INTEGER NOT NULL,
  handed INTEGER NOT NULL DEFAULT 0,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER NULL
);
CREATE INDEX operations_open ON operations (state, created_at);
CREATE INDEX operations_journey ON operations (journey_id, created_at);

CREATE TABLE operation_runs (
  operation_id BLOB NOT NULL,
  run_id BLOB NOT NULL,
  workspace_id INTEGER NOT NULL,
  from_version_id BLOB NULL,
  from_step TEXT NOT NULL DEFAULT '',
  to_step TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL,
  PRIMARY KEY (operation_id, run_id)
);
CREATE INDEX operation_runs_run ON operation_runs (run_id, state);

-- +goose Down
DROP TABLE operation_runs;
DROP TABLE operations;
ALTER TABLE journey_pauses DROP COLUMN sample;
ALTER TABLE journey_pauses DROP COLUMN measured;
ALTER TABLE journey_pauses DROP COLUMN cause;
ALTER TABLE journeys DROP COLUMN rollout_version_id;
ALTER TABLE journeys DROP COLUMN rollout_percent;
