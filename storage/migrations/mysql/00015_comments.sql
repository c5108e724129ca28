-- +goose Up
-- What colleagues say to each other about a journey or one of its steps. step_id is empty for the journey as a whole.
CREATE TABLE journey_comments (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  journey_id BINARY(16) NOT NULL,
  step_id VARCHAR(64) NOT NULL,
  author VARCHAR(64) NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  resolved_at BIGINT NULL,
  resolved_by VARCHAR(64) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX journey_comments_of ON journey_comments (workspace_id, journey_id, created_at);

-- +goose Down
DROP TABLE journey_comments;
