-- +goose Up
-- What steps do beside sending: offers with their codes, rewards, tasks for people, secrets of outgoing calls. A static list is an
-- audience without a condition (kind list), so that conditions ask for it like for any other.

-- One thing that may be given: what it says, how long it holds, how many there are. issued counts codes and places that are reserved or given.
CREATE TABLE offers (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  offer_key VARBINARY(64) NOT NULL,
  name VARCHAR(200) NOT NULL,
  partner VARCHAR(200) NOT NULL DEFAULT '',
  code_kind VARBINARY(16) NOT NULL,
  shared_code VARBINARY(64) NOT NULL DEFAULT '',
  benefit_kind VARBINARY(16) NOT NULL,
  benefit_value BIGINT NOT NULL DEFAULT 0,
  texts JSON NOT NULL,
  hold VARCHAR(32) NOT NULL,
  valid_from BIGINT NULL,
  valid_until BIGINT NULL,
  budget BIGINT NULL,
  per_customer INT NOT NULL DEFAULT 0,
  state VARBINARY(16) NOT NULL,
  issued BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT offers_key UNIQUE (workspace_id, offer_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One code of a pool; each is given to one claim at a time.
CREATE TABLE vouchers (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  offer_id BINARY(16) NOT NULL,
  code VARBINARY(64) NOT NULL,
  state VARBINARY(16) NOT NULL,
  batch VARBINARY(64) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  CONSTRAINT vouchers_code UNIQUE (workspace_id, code)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX vouchers_free ON vouchers (offer_id, state, id);

-- An offer held for a customer: reserved, then confirmed when a message showed it, or released.
CREATE TABLE offer_claims (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  claim_key VARBINARY(255) NOT NULL,
  offer_id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  run_id BINARY(16) NULL,
  journey_id BINARY(16) NULL,
  step_id VARBINARY(64) NOT NULL DEFAULT '',
  visit INT NOT NULL DEFAULT 0,
  voucher_id BINARY(16) NULL,
  code VARBINARY(64) NOT NULL,
  state VARBINARY(16) NOT NULL,
  reason VARBINARY(64) NOT NULL DEFAULT '',
  expires_at BIGINT NULL,
  reserved_at BIGINT NOT NULL,
  confirmed_at BIGINT NULL,
  released_at BIGINT NULL,
  CONSTRAINT offer_claims_key UNIQUE (claim_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX offer_claims_offer ON offer_claims (offer_id, state);
CREATE INDEX offer_claims_customer ON offer_claims (customer_id, offer_id, state);
CREATE INDEX offer_claims_run ON offer_claims (run_id, state);
CREATE INDEX offer_claims_expiry ON offer_claims (state, expires_at);

-- Which claim a message showed, written when the gate lets it through.
CREATE TABLE send_offers (
  send_id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  claim_id BINARY(16) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX send_offers_claim ON send_offers (claim_id);

-- The built-in loyalty programme: what was granted, once per key.
CREATE TABLE rewards (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  reward_key VARBINARY(255) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  kind VARBINARY(16) NOT NULL,
  amount BIGINT NOT NULL DEFAULT 0,
  currency VARBINARY(8) NOT NULL DEFAULT '',
  claim_id BINARY(16) NULL,
  code VARBINARY(64) NOT NULL DEFAULT '',
  reason VARCHAR(300) NOT NULL DEFAULT '',
  run_id BINARY(16) NULL,
  journey_id BINARY(16) NULL,
  step_id VARBINARY(64) NOT NULL DEFAULT '',
  state VARBINARY(16) NOT NULL,
  reversed_because VARCHAR(300) NOT NULL DEFAULT '',
  granted_at BIGINT NOT NULL,
  reversed_at BIGINT NULL,
  CONSTRAINT rewards_key UNIQUE (reward_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX rewards_customer ON rewards (customer_id, granted_at);
CREATE INDEX rewards_time ON rewards (workspace_id, granted_at);

-- What a person is asked to do for a run, or a draft message that waits for a yes.
CREATE TABLE tasks (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  type VARBINARY(16) NOT NULL,
  title VARCHAR(300) NOT NULL,
  instructions TEXT NOT NULL,
  role VARBINARY(32) NOT NULL,
  fields JSON NOT NULL,
  outcomes JSON NOT NULL,
  customer_id BINARY(16) NOT NULL,
  run_id BINARY(16) NULL,
  journey_id BINARY(16) NULL,
  version_id BINARY(16) NULL,
  step_id VARBINARY(64) NOT NULL DEFAULT '',
  visit INT NOT NULL DEFAULT 0,
  send_id BINARY(16) NULL,
  state VARBINARY(16) NOT NULL,
  outcome VARBINARY(64) NOT NULL DEFAULT '',
  note VARCHAR(1000) NOT NULL DEFAULT '',
  callback_at BIGINT NULL,
  due_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  closed_at BIGINT NULL,
  closed_by VARCHAR(100) NOT NULL DEFAULT '',
  CONSTRAINT tasks_send UNIQUE (send_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX tasks_due ON tasks (workspace_id, state, due_at, id);
CREATE INDEX tasks_open ON tasks (state, due_at);
CREATE INDEX tasks_created ON tasks (workspace_id, created_at, id);
CREATE INDEX tasks_run ON tasks (run_id, state);
CREATE INDEX tasks_customer ON tasks (customer_id, created_at);

-- What outgoing calls are signed with, encrypted with the installation's secret; the newest signs, the one before it, too.
CREATE TABLE webhook_secrets (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  sealed VARBINARY(512) NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX webhook_secrets_workspace ON webhook_secrets (workspace_id, created_at);

ALTER TABLE audiences ADD COLUMN kind VARBINARY(16) NOT NULL DEFAULT 'condition';

-- +goose Down
ALTER TABLE audiences DROP COLUMN kind;
DROP TABLE webhook_secrets;
DROP TABLE tasks;
DROP TABLE rewards;
DROP TABLE send_offers;
DROP TABLE offer_claims;
DROP TABLE vouchers;
DROP TABLE offers;
