-- +goose Up
-- Engagement: the addresses that a message's links stand for are frozen with its content, in their order; hits are
-- counted per send and link (link 0 is the open pixel), people and machines apart.
ALTER TABLE send_contents ADD COLUMN links JSON NULL;

CREATE TABLE engagement (
  send_id BINARY(16) NOT NULL,
  link_no INT NOT NULL,
  workspace_id BIGINT NOT NULL,
  hits INT NOT NULL DEFAULT 0,
  first_at BIGINT NULL,
  last_at BIGINT NULL,
  machine_hits INT NOT NULL DEFAULT 0,
  machine_at BIGINT NULL,
  machine VARCHAR(40) NOT NULL DEFAULT '',
  PRIMARY KEY (send_id, link_no)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

ALTER TABLE customer_metrics ADD COLUMN opens_count INT NOT NULL DEFAULT 0, ADD COLUMN clicks_count INT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE customer_metrics DROP COLUMN opens_count, DROP COLUMN clicks_count;
DROP TABLE engagement;
ALTER TABLE send_contents DROP COLUMN links;
