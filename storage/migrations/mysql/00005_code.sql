-- Steps and journeys that developers wrote in Go, and the referrals of refer-a-friend, which ships as one of them.

-- +goose Up
-- The type of Go code that walks the version's runs; empty: the machine walks the canvas.
ALTER TABLE journey_versions ADD COLUMN code_type VARBINARY(64) NOT NULL DEFAULT '';

-- What the workers of this installation have announced. seen_at is renewed while a worker that knows the type is alive.
CREATE TABLE code_types (
  kind VARBINARY(16) NOT NULL,
  type VARBINARY(64) NOT NULL,
  definition JSON NOT NULL,
  announced_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (kind, type)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A personal code; who has one gets the same again.
CREATE TABLE referral_codes (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  program VARBINARY(64) NOT NULL,
  code VARBINARY(64) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT referral_codes_code UNIQUE (workspace_id, program, code),
  CONSTRAINT referral_codes_customer UNIQUE (workspace_id, program, customer_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX referral_codes_person ON referral_codes (customer_id);

-- Somebody who came by a code. claim holds the friend's id for the one referral of his that counts and the referral's own
-- id for the refused ones, so that no friend is claimed twice.
CREATE TABLE referrals (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  program VARBINARY(64) NOT NULL,
  claim BINARY(16) NOT NULL,
  code VARBINARY(64) NOT NULL,
  referrer_id BINARY(16) NULL,
  friend_id BINARY(16) NOT NULL,
  run_id BINARY(16) NULL,
  state VARBINARY(16) NOT NULL,
  reason VARBINARY(64) NOT NULL DEFAULT '',
  order_key VARBINARY(191) NOT NULL DEFAULT '',
  joined_at BIGINT NOT NULL,
  decided_at BIGINT NULL,
  CONSTRAINT referrals_claim UNIQUE (workspace_id, program, claim)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX referrals_friend ON referrals (friend_id);
CREATE INDEX referrals_referrer ON referrals (referrer_id);
CREATE INDEX referrals_run ON referrals (run_id);

-- +goose Down
DROP TABLE referrals;
DROP TABLE referral_codes;
DROP TABLE code_types;
ALTER TABLE journey_versions DROP COLUMN code_type;
