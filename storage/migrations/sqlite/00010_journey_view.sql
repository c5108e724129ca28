-- +goose Up
-- Live numbers of steps from indexes alone: how many runs wait, went which way, were written to.
DROP INDEX runs_version;
CREATE INDEX runs_version ON runs (version_id, state, step_id, control, outcome);
DROP INDEX step_visits_version;
CREATE INDEX step_visits_version ON step_visits (version_id, step_id, exit_name, next_step_id, run_id);
DROP INDEX sends_version;
CREATE INDEX sends_version ON sends (version_id, step_id, state, reason, run_id);
DROP INDEX decisions_entry;
CREATE INDEX decisions_entry ON decisions (journey_id, kind, outcome, reason, at, id);

-- Staff prove that they read their address before a journey is rehearsed to it; the code itself is not kept.
ALTER TABLE users ADD COLUMN email_verified_at INTEGER NULL;
ALTER TABLE users ADD COLUMN verify_hash BLOB NULL;
ALTER TABLE users ADD COLUMN verify_until INTEGER NULL;
ALTER TABLE users ADD COLUMN verify_tries INTEGER NOT NULL DEFAULT 0;

-- A journey walked for a member of staff: the document as it was, the walks through it, and what each step did.
CREATE TABLE rehearsals (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  journey_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  user_id BLOB NOT NULL,
  locale TEXT NOT NULL DEFAULT '',
  document TEXT NOT NULL,
  walks TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  total INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  finished_at INTEGER NULL
);
CREATE INDEX rehearsals_journey ON rehearsals (journey_id, created_at);
CREATE INDEX rehearsals_user ON rehearsals (user_id, created_at);

CREATE TABLE rehearsal_steps (
  rehearsal_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  workspace_id INTEGER NOT NULL,
  walk INTEGER NOT NULL,
  step_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  exit_name TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  channel TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL,
  PRIMARY KEY (rehearsal_id, seq)
);

-- +goose Down
DROP TABLE rehearsal_steps;
DROP TABLE rehearsals;
ALTER TABLE users DROP COLUMN verify_tries;
ALTER TABLE users DROP COLUMN verify_until;
ALTER TABLE users DROP COLUMN verify_hash;
ALTER TABLE users DROP COLUMN email_verified_at;
DROP INDEX decisions_entry;
CREATE INDEX decisions_entry ON decisions (journey_id, kind, outcome);
DROP INDEX sends_version;
CREATE INDEX sends_version ON sends (version_id, step_id, state);
DROP INDEX step_visits_version;
CREATE INDEX step_visits_version ON step_visits (version_id, step_id, exit_name);
DROP INDEX runs_version;
CREATE INDEX runs_version ON runs (version_id, step_id);
