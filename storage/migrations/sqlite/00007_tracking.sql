-- +goose Up
-- Engagement: the addresses that a message's links stand for are frozen with its content, in their order; hits are
-- counted per send and link (link 0 is the open pixel), people and machines apart.
ALTER TABLE send_contents ADD COLUMN links TEXT NULL;

CREATE TABLE engagement (
  send_id BLOB NOT NULL,
  link_no INTEGER NOT NULL,
  workspace_id INTEGER NOT NULL,
  hits INTEGER NOT NULL DEFAULT 0,
  first_at INTEGER NULL,
  last_at INTEGER NULL,
  machine_hits INTEGER NOT NULL DEFAULT 0,
  machine_at INTEGER NULL,
  machine TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (send_id, link_no)
);

ALTER TABLE customer_metrics ADD COLUMN opens_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customer_metrics ADD COLUMN clicks_count INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE customer_metrics DROP COLUMN clicks_count;
ALTER TABLE customer_metrics DROP COLUMN opens_count;
DROP TABLE engagement;
ALTER TABLE send_contents DROP COLUMN links;
