-- +goose Up
-- What colleagues say to each other about a journey or one of its steps. step_id is empty for the journey as a whole.
CREATE TABLE journey_comments (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  journey_id BLOB NOT NULL,
  step_id TEXT NOT NULL,
  author TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  resolved_at INTEGER NULL,
  resolved_by TEXT NOT NULL
);
CREATE INDEX journey_comments_of ON journey_comments (workspace_id, journey_id, created_at);

-- +goose Down
DROP TABLE journey_comments;
