-- Steps and journeys that developers wrote in Go, and the referrals of refer-a-friend, which ships as one of them.

-- +goose Up
-- The type of Go code that walks the version's runs; empty: the machine walks the canvas.
ALTER TABLE journey_versions ADD COLUMN code_type TEXT NOT NULL DEFAULT '';

-- What the workers of this installation have announced. seen_at is renewed while a worker that knows the type is alive.
CREATE TABLE code_types (
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  definition TEXT NOT NULL,
  announced_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (kind, type)
);

-- A personal code; who has one gets the same again.
CREATE TABLE referral_codes (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  program TEXT NOT NULL,
  code TEXT NOT NULL,
  customer_id BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT referral_codes_code UNIQUE (workspace_id, program, code),
  CONSTRAINT referral_codes_customer UNIQUE (workspace_id, program, customer_id)
);
CREATE INDEX referral_codes_person ON referral_codes (customer_id);

-- Somebody who came by a code. claim holds the friend's id for the one referral of his that counts and the referral's own
-- id for the refused ones, so that no friend is claimed twice.
CREATE TABLE referrals (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  program TEXT NOT NULL,
  claim BLOB NOT NULL,
  code TEXT NOT NULL,
  referrer_id BLOB NULL,
  friend_id BLOB NOT NULL,
  run_id BLOB NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  order_key TEXT NOT NULL DEFAULT '',
  joined_at INTEGER NOT NULL,
  decided_at INTEGER NULL,
  CONSTRAINT referrals_claim UNIQUE (workspace_id, program, claim)
);
CREATE INDEX referrals_friend ON referrals (friend_id);
CREATE INDEX referrals_referrer ON referrals (referrer_id);
CREATE INDEX referrals_run ON referrals (run_id);

-- +goose Down
DROP TABLE referrals;
DROP TABLE referral_codes;
DROP TABLE code_types;
ALTER TABLE journey_versions DROP COLUMN code_type;
