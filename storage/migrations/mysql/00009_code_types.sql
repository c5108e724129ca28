-- Which journeys and steps in Go the workers of this installation know. They are of the program, not of a workspace.

-- +goose Up
CREATE TABLE code_types (
  kind VARBINARY(16) NOT NULL,
  code_type VARBINARY(64) NOT NULL,
  name VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  exits MEDIUMTEXT NOT NULL,
  settings_schema MEDIUMTEXT NOT NULL,
  release_name VARCHAR(64) NOT NULL,
  first_seen_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (kind, code_type)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE code_types;
