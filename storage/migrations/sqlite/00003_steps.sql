-- +goose Up
-- What steps do beside sending: offers with their codes, rewards, tasks for people, secrets of outgoing calls. A static list is an
-- audience without a condition (kind list), so that conditions ask for it like for any other.

-- One thing that may be given: what it says, how long it holds, how many there are. issued counts codes and places that are reserved or given.
CREATE TABLE offers (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  offer_key TEXT NOT NULL,
  name TEXT NOT NULL,
  partner TEXT NOT NULL DEFAULT '',
  code_kind TEXT NOT NULL,
  shared_code TEXT NOT NULL DEFAULT '',
  benefit_kind TEXT NOT NULL,
  benefit_value INTEGER NOT NULL DEFAULT 0,
  texts TEXT NOT NULL,
  hold TEXT NOT NULL,
  valid_from INTEGER NULL,
  valid_until INTEGER NULL,
  budget INTEGER NULL,
  per_customer INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  issued INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT offers_key UNIQUE (workspace_id, offer_key)
);

-- One code of a pool; each is given to one claim at a time.
CREATE TABLE vouchers (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  offer_id BLOB NOT NULL,
  code TEXT NOT NULL,
  state TEXT NOT NULL,
  batch TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  CONSTRAINT vouchers_code UNIQUE (workspace_id, code)
);
CREATE INDEX vouchers_free ON vouchers (offer_id, state, id);

-- An offer held for a customer: reserved, then confirmed when a message showed it, or released.
CREATE TABLE offer_claims (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  claim_key TEXT NOT NULL,
  offer_id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  run_id BLOB NULL,
  journey_id BLOB NULL,
  step_id TEXT NOT NULL DEFAULT '',
  visit INTEGER NOT NULL DEFAULT 0,
  voucher_id BLOB NULL,
  code TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  expires_at INTEGER NULL,
  reserved_at INTEGER NOT NULL,
  confirmed_at INTEGER NULL,
  released_at INTEGER NULL,
  CONSTRAINT offer_claims_key UNIQUE (claim_key)
);
CREATE INDEX offer_claims_offer ON offer_claims (offer_id, state);
CREATE INDEX offer_claims_customer ON offer_claims (customer_id, offer_id, state);
CREATE INDEX offer_claims_run ON offer_claims (run_id, state);
CREATE INDEX offer_claims_expiry ON offer_claims (state, expires_at);

-- Which claim a message showed, written when the gate lets it through.
CREATE TABLE send_offers (
  send_id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  claim_id BLOB NOT NULL
);
CREATE INDEX send_offers_claim ON send_offers (claim_id);

-- The built-in loyalty programme: what was granted, once per key.
CREATE TABLE rewards (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  reward_key TEXT NOT NULL,
  customer_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  amount INTEGER NOT NULL DEFAULT 0,
  currency TEXT NOT NULL DEFAULT '',
  claim_id BLOB NULL,
  code TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  run_id BLOB NULL,
  journey_id BLOB NULL,
  step_id TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  reversed_because TEXT NOT NULL DEFAULT '',
  granted_at INTEGER NOT NULL,
  reversed_at INTEGER NULL,
  CONSTRAINT rewards_key UNIQUE (reward_key)
);
CREATE INDEX rewards_customer ON rewards (customer_id, granted_at);
CREATE INDEX rewards_time ON rewards (workspace_id, granted_at);

-- What a person is asked to do for a run, or a draft message that waits for a yes.
CREATE TABLE tasks (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  title TEXT NOT NULL,
  instructions TEXT NOT NULL,
  role TEXT NOT NULL,
  fields TEXT NOT NULL,
  outcomes TEXT NOT NULL,
  customer_id BLOB NOT NULL,
  run_id BLOB NULL,
  journey_id BLOB NULL,
  version_id BLOB NULL,
  step_id TEXT NOT NULL DEFAULT '',
  visit INTEGER NOT NULL DEFAULT 0,
  send_id BLOB NULL,
  state TEXT NOT NULL,
  outcome TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  callback_at INTEGER NULL,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  closed_at INTEGER NULL,
  closed_by TEXT NOT NULL DEFAULT '',
  CONSTRAINT tasks_send UNIQUE (send_id)
);
CREATE INDEX tasks_due ON tasks (workspace_id, state, due_at, id);
CREATE INDEX tasks_open ON tasks (state, due_at);
CREATE INDEX tasks_created ON tasks (workspace_id, created_at, id);
CREATE INDEX tasks_run ON tasks (run_id, state);
CREATE INDEX tasks_customer ON tasks (customer_id, created_at);

-- What outgoing calls are signed with, encrypted with the installation's secret; the newest signs, the one before it, too.
CREATE TABLE webhook_secrets (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER NULL
);
CREATE INDEX webhook_secrets_workspace ON webhook_secrets (workspace_id, created_at);

ALTER TABLE audiences ADD COLUMN kind TEXT NOT NULL DEFAULT 'condition';

-- +goose Down
ALTER TABLE audiences DROP COLUMN kind;
DROP TABLE webhook_secrets;
DROP TABLE tasks;
DROP TABLE rewards;
DROP TABLE send_offers;
DROP TABLE offer_claims;
DROP TABLE vouchers;
DROP TABLE offers;
