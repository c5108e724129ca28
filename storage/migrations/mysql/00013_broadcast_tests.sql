-- +goose Up
-- Subject tests: some recipients of an issue get one of several subjects first (arm 1, 2, …), the rest (arm 0) the winner.
ALTER TABLE broadcasts ADD COLUMN archived_at BIGINT NULL;
ALTER TABLE broadcast_issues ADD COLUMN test_done_at BIGINT NULL, ADD COLUMN winner INT NOT NULL DEFAULT 0, ADD COLUMN decided_at BIGINT NULL, ADD COLUMN test_result JSON NULL;
ALTER TABLE broadcast_recipients ADD COLUMN arm INT NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN issue_arm INT NOT NULL DEFAULT 0;
-- The message in which somebody found the link to unsubscribe.
ALTER TABLE consents ADD COLUMN send_id BINARY(16) NULL;
CREATE INDEX consents_send ON consents (send_id);

-- +goose Down
DROP INDEX consents_send ON consents;
ALTER TABLE consents DROP COLUMN send_id;
ALTER TABLE sends DROP COLUMN issue_arm;
ALTER TABLE broadcast_recipients DROP COLUMN arm;
ALTER TABLE broadcast_issues DROP COLUMN test_result, DROP COLUMN decided_at, DROP COLUMN winner, DROP COLUMN test_done_at;
ALTER TABLE broadcasts DROP COLUMN archived_at;
