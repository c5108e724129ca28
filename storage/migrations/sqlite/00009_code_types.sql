-- Which journeys and steps in Go the workers of this installation know. They are of the program, not of a workspace.

-- +goose Up
CREATE TABLE code_types (
  kind TEXT NOT NULL,
  code_type TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  exits TEXT NOT NULL,
  settings_schema TEXT NOT NULL,
  release_name TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (kind, code_type)
);

-- +goose Down
DROP TABLE code_types;
