-- Refer-a-friend: the codes that customers share, what became of each claim, hashes by which the same person is found again, and
-- what was paid back of an order.

-- +goose Up
CREATE TABLE referral_codes (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  program TEXT NOT NULL,
  code TEXT NOT NULL,
  customer_id BLOB NOT NULL,
  target TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NULL,
  ended_at INTEGER NULL,
  visits INTEGER NOT NULL DEFAULT 0,
  machine_visits INTEGER NOT NULL DEFAULT 0,
  visited_at INTEGER NULL,
  CONSTRAINT referral_codes_code UNIQUE (workspace_id, code)
);
CREATE INDEX referral_codes_customer ON referral_codes (customer_id, program);

CREATE TABLE referral_claims (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  program TEXT NOT NULL,
  code_id BLOB NOT NULL,
  referrer_id BLOB NOT NULL,
  friend_id BLOB NOT NULL,
  run_id BLOB NULL,
  event_id BLOB NULL,
  claimed_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  order_key TEXT NOT NULL DEFAULT '',
  order_minor INTEGER NOT NULL DEFAULT 0,
  currency TEXT NOT NULL DEFAULT '',
  minimum INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NULL,
  settled_at INTEGER NULL,
  clawback_until INTEGER NULL,
  referrer_side TEXT NOT NULL DEFAULT '',
  referrer_reason TEXT NOT NULL DEFAULT '',
  referrer_reward TEXT NOT NULL,
  friend_side TEXT NOT NULL DEFAULT '',
  friend_reason TEXT NOT NULL DEFAULT '',
  friend_reward TEXT NOT NULL,
  recheck_at INTEGER NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT referral_claims_friend UNIQUE (friend_id, code_id)
);
CREATE INDEX referral_claims_list ON referral_claims (workspace_id, claimed_at, id);
CREATE INDEX referral_claims_referrer ON referral_claims (referrer_id, state);
CREATE INDEX referral_claims_run ON referral_claims (run_id);
CREATE INDEX referral_claims_order ON referral_claims (workspace_id, order_key);
CREATE INDEX referral_claims_state ON referral_claims (state, id);
CREATE INDEX referral_claims_recheck ON referral_claims (recheck_at, id);

-- Keyed hashes, so that two customers can be compared and nothing can be read back.
CREATE TABLE referral_marks (
  workspace_id INTEGER NOT NULL,
  customer_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  hash BLOB NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (customer_id, kind, hash)
);
CREATE INDEX referral_marks_hash ON referral_marks (workspace_id, kind, hash);

-- What was paid back or cancelled, told by whoever and in whatever order. No amount: all of the order.
CREATE TABLE order_refunds (
  workspace_id INTEGER NOT NULL,
  order_key TEXT NOT NULL,
  refund_key TEXT NOT NULL,
  amount_minor INTEGER NULL,
  occurred_at INTEGER NOT NULL,
  event_id BLOB NOT NULL,
  PRIMARY KEY (workspace_id, order_key, refund_key)
);

-- +goose Down
DROP TABLE order_refunds;
DROP TABLE referral_marks;
DROP TABLE referral_claims;
DROP TABLE referral_codes;
