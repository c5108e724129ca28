-- +goose Up
-- Live numbers of steps from indexes alone: how many runs wait, went which way, were written to.
DROP INDEX runs_version ON runs;
CREATE INDEX runs_version ON runs (version_id, state, step_id, control, outcome);
DROP INDEX step_visits_version ON step_visits;
CREATE INDEX step_visits_version ON step_visits (version_id, step_id, exit_name, next_step_id, run_id);
DROP INDEX sends_version ON sends;
CREATE INDEX sends_version ON sends (version_id, step_id, state, reason, run_id);
DROP INDEX decisions_entry ON decisions;
CREATE INDEX decisions_entry ON decisions (journey_id, kind, outcome, reason, at, id);

-- Staff prove that they read their address before a journey is rehearsed to it; the code itself is not kept.
ALTER TABLE users ADD COLUMN email_verified_at BIGINT NULL;
ALTER TABLE users ADD COLUMN verify_hash BINARY(32) NULL;
ALTER TABLE users ADD COLUMN verify_until BIGINT NULL;
ALTER TABLE users ADD COLUMN verify_tries INT NOT NULL DEFAULT 0;

-- A journey walked for a member of staff: the document as it was, the walks through it, and what each step did.
CREATE TABLE rehearsals (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  journey_id BINARY(16) NOT NULL,
  version INT NOT NULL,
  user_id BINARY(16) NOT NULL,
  locale VARCHAR(35) NOT NULL DEFAULT '',
  document JSON NOT NULL,
  walks JSON NOT NULL,
  state VARBINARY(16) NOT NULL,
  reason VARCHAR(300) NOT NULL DEFAULT '',
  total INT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  finished_at BIGINT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX rehearsals_journey ON rehearsals (journey_id, created_at);
CREATE INDEX rehearsals_user ON rehearsals (user_id, created_at);

CREATE TABLE rehearsal_steps (
  rehearsal_id BINARY(16) NOT NULL,
  seq INT NOT NULL,
  workspace_id BIGINT NOT NULL,
  walk INT NOT NULL,
  step_id VARBINARY(64) NOT NULL,
  kind VARBINARY(24) NOT NULL,
  exit_name VARBINARY(64) NOT NULL DEFAULT '',
  state VARBINARY(16) NOT NULL,
  channel VARBINARY(16) NOT NULL DEFAULT '',
  subject VARCHAR(998) NOT NULL DEFAULT '',
  reason VARCHAR(300) NOT NULL DEFAULT '',
  at BIGINT NOT NULL,
  PRIMARY KEY (rehearsal_id, seq)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE rehearsal_steps;
DROP TABLE rehearsals;
ALTER TABLE users DROP COLUMN verify_tries;
ALTER TABLE users DROP COLUMN verify_until;
ALTER TABLE users DROP COLUMN verify_hash;
ALTER TABLE users DROP COLUMN email_verified_at;
DROP INDEX decisions_entry ON decisions;
CREATE INDEX decisions_entry ON decisions (journey_id, kind, outcome);
DROP INDEX sends_version ON sends;
CREATE INDEX sends_version ON sends (version_id, step_id, state);
DROP INDEX step_visits_version ON step_visits;
CREATE INDEX step_visits_version ON step_visits (version_id, step_id, exit_name);
DROP INDEX runs_version ON runs;
CREATE INDEX runs_version ON runs (version_id, step_id);
