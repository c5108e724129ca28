-- +goose Up
-- Subject tests: some recipients of an issue get one of several subjects first (arm 1, 2, …), the rest (arm 0) the winner.
ALTER TABLE broadcasts ADD COLUMN archived_at INTEGER NULL;
ALTER TABLE broadcast_issues ADD COLUMN test_done_at INTEGER NULL;
ALTER TABLE broadcast_issues ADD COLUMN winner INTEGER NOT NULL DEFAULT 0;
ALTER TABLE broadcast_issues ADD COLUMN decided_at INTEGER NULL;
ALTER TABLE broadcast_issues ADD COLUMN test_result TEXT NULL;
ALTER TABLE broadcast_recipients ADD COLUMN arm INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN issue_arm INTEGER NOT NULL DEFAULT 0;
-- The message in which somebody found the link to unsubscribe.
ALTER TABLE consents ADD COLUMN send_id BLOB NULL;
CREATE INDEX consents_send ON consents (send_id) WHERE send_id IS NOT NULL;

-- +goose Down
DROP INDEX consents_send;
ALTER TABLE consents DROP COLUMN send_id;
ALTER TABLE sends DROP COLUMN issue_arm;
ALTER TABLE broadcast_recipients DROP COLUMN arm;
ALTER TABLE broadcast_issues DROP COLUMN test_result;
ALTER TABLE broadcast_issues DROP COLUMN decided_at;
ALTER TABLE broadcast_issues DROP COLUMN winner;
ALTER TABLE broadcast_issues DROP COLUMN test_done_at;
ALTER TABLE broadcasts DROP COLUMN archived_at;
