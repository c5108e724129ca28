-- Refer-a-friend: the codes that customers share, what became of each claim, hashes by which the same person is found again, and
-- what was paid back of an order.

-- +goose Up
CREATE TABLE referral_codes (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  program VARBINARY(64) NOT NULL,
  code VARBINARY(64) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  target VARCHAR(500) NOT NULL,
  issued_at BIGINT NOT NULL,
  expires_at BIGINT NULL,
  ended_at BIGINT NULL,
  visits INT NOT NULL DEFAULT 0,
  machine_visits INT NOT NULL DEFAULT 0,
  visited_at BIGINT NULL,
  CONSTRAINT referral_codes_code UNIQUE (workspace_id, code)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX referral_codes_customer ON referral_codes (customer_id, program);

CREATE TABLE referral_claims (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  program VARBINARY(64) NOT NULL,
  code_id BINARY(16) NOT NULL,
  referrer_id BINARY(16) NOT NULL,
  friend_id BINARY(16) NOT NULL,
  run_id BINARY(16) NULL,
  event_id BINARY(16) NULL,
  claimed_at BIGINT NOT NULL,
  state VARBINARY(16) NOT NULL,
  reason VARBINARY(64) NOT NULL DEFAULT '',
  order_key VARBINARY(191) NOT NULL DEFAULT '',
  order_minor BIGINT NOT NULL DEFAULT 0,
  currency VARBINARY(8) NOT NULL DEFAULT '',
  minimum BIGINT NOT NULL DEFAULT 0,
  due_at BIGINT NULL,
  settled_at BIGINT NULL,
  clawback_until BIGINT NULL,
  referrer_side VARBINARY(16) NOT NULL DEFAULT '',
  referrer_reason VARBINARY(64) NOT NULL DEFAULT '',
  referrer_reward JSON NOT NULL,
  friend_side VARBINARY(16) NOT NULL DEFAULT '',
  friend_reason VARBINARY(64) NOT NULL DEFAULT '',
  friend_reward JSON NOT NULL,
  recheck_at BIGINT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT referral_claims_friend UNIQUE (friend_id, code_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX referral_claims_list ON referral_claims (workspace_id, claimed_at, id);
CREATE INDEX referral_claims_referrer ON referral_claims (referrer_id, state);
CREATE INDEX referral_claims_run ON referral_claims (run_id);
CREATE INDEX referral_claims_order ON referral_claims (workspace_id, order_key);
CREATE INDEX referral_claims_state ON referral_claims (state, id);
CREATE INDEX referral_claims_recheck ON referral_claims (recheck_at, id);

-- Keyed hashes, so that two customers can be compared and nothing can be read back.
CREATE TABLE referral_marks (
  workspace_id BIGINT NOT NULL,
  customer_id BINARY(16) NOT NULL,
  kind VARBINARY(16) NOT NULL,
  hash BINARY(32) NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, kind, hash)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX referral_marks_hash ON referral_marks (workspace_id, kind, hash);

-- What was paid back or cancelled, told by whoever and in whatever order. No amount: all of the order.
CREATE TABLE order_refunds (
  workspace_id BIGINT NOT NULL,
  order_key VARBINARY(191) NOT NULL,
  refund_key VARBINARY(191) NOT NULL,
  amount_minor BIGINT NULL,
  occurred_at BIGINT NOT NULL,
  event_id BINARY(16) NOT NULL,
  PRIMARY KEY (workspace_id, order_key, refund_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE order_refunds;
DROP TABLE referral_marks;
DROP TABLE referral_claims;
DROP TABLE referral_codes;
