-- +goose Up
-- Conventions: every *_at column is microseconds since 1970 UTC; ids are UUIDv7 in BINARY(16); keys that decide
-- identity are VARBINARY so that case, trailing spaces and emoji never collide; money is in minor units.

CREATE TABLE workspaces (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  workspace_key VARBINARY(64) NOT NULL,
  name VARCHAR(200) NOT NULL,
  timezone VARCHAR(64) NOT NULL,
  currency CHAR(3) NOT NULL,
  locale VARCHAR(16) NOT NULL,
  send_epoch BIGINT NOT NULL DEFAULT 0,
  sending_stopped TINYINT NOT NULL DEFAULT 0,
  settings JSON NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT workspaces_key UNIQUE (workspace_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE users (
  id BINARY(16) NOT NULL PRIMARY KEY,
  email VARBINARY(320) NOT NULL,
  name VARCHAR(200) NOT NULL,
  password_hash VARCHAR(255) NOT NULL,
  password_changed_at BIGINT NOT NULL,
  disabled_at BIGINT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT users_email UNIQUE (email)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE memberships (
  workspace_id BIGINT NOT NULL,
  user_id BINARY(16) NOT NULL,
  role VARBINARY(32) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE sessions (
  token_hash BINARY(32) NOT NULL PRIMARY KEY,
  user_id BINARY(16) NULL,
  data BLOB NOT NULL,
  expires_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE login_attempts (
  throttle_key VARBINARY(400) NOT NULL PRIMARY KEY,
  failures INT NOT NULL,
  blocked_until BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE api_keys (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  kind VARBINARY(16) NOT NULL,
  name VARCHAR(200) NOT NULL,
  prefix VARBINARY(32) NOT NULL,
  secret_hash BINARY(32) NOT NULL,
  scopes JSON NOT NULL,
  created_by BINARY(16) NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT NULL,
  revoked_at BIGINT NULL,
  CONSTRAINT api_keys_secret UNIQUE (secret_hash)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX api_keys_workspace ON api_keys (workspace_id, created_at);

CREATE TABLE audit_log (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  actor VARBINARY(64) NOT NULL,
  action VARBINARY(64) NOT NULL,
  subject VARBINARY(128) NOT NULL,
  detail JSON NOT NULL,
  at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX audit_log_time ON audit_log (workspace_id, at);

CREATE TABLE customers (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  external_id VARBINARY(255) NULL,
  email VARBINARY(320) NULL,
  phone VARBINARY(32) NULL,
  locale VARCHAR(16) NOT NULL DEFAULT '',
  timezone VARCHAR(64) NOT NULL DEFAULT '',
  country VARCHAR(2) NOT NULL DEFAULT '',
  birthday VARCHAR(10) NULL,
  attributes JSON NOT NULL,
  no_profiling TINYINT NOT NULL DEFAULT 0,
  restricted TINYINT NOT NULL DEFAULT 0,
  legal_hold TINYINT NOT NULL DEFAULT 0,
  paused_until BIGINT NULL,
  erased_at BIGINT NULL,
  merged_into BINARY(16) NULL,
  grp BINARY(16) NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT customers_external UNIQUE (workspace_id, external_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX customers_email ON customers (workspace_id, email);
CREATE INDEX customers_group ON customers (grp);
CREATE INDEX customers_created ON customers (workspace_id, created_at, id);

CREATE TABLE identities (
  workspace_id BIGINT NOT NULL,
  kind VARBINARY(16) NOT NULL,
  value VARBINARY(255) NOT NULL,
  grp BINARY(16) NOT NULL,
  customer_id BINARY(16) NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, kind, value)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX identities_group ON identities (grp);
CREATE INDEX identities_customer ON identities (customer_id);

CREATE TABLE identity_merges (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  from_grp BINARY(16) NOT NULL,
  into_grp BINARY(16) NOT NULL,
  at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX identity_merges_workspace ON identity_merges (workspace_id, id);

CREATE TABLE identity_guards (
  workspace_id BIGINT NOT NULL PRIMARY KEY,
  merges BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE events (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  source_id VARBINARY(64) NOT NULL,
  message_id VARBINARY(255) NOT NULL,
  content_hash BINARY(32) NOT NULL,
  type VARBINARY(16) NOT NULL,
  name VARBINARY(255) NOT NULL,
  user_id VARBINARY(255) NOT NULL DEFAULT '',
  anonymous_id VARBINARY(255) NOT NULL DEFAULT '',
  previous_id VARBINARY(255) NOT NULL DEFAULT '',
  group_id VARBINARY(255) NOT NULL DEFAULT '',
  customer_id BINARY(16) NULL,
  data JSON NOT NULL,
  context JSON NOT NULL,
  backfill TINYINT NOT NULL DEFAULT 0,
  conflicts INT NOT NULL DEFAULT 0,
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  routed_at BIGINT NULL,
  CONSTRAINT events_message UNIQUE (workspace_id, source_id, message_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX events_customer ON events (customer_id, name, occurred_at);
CREATE INDEX events_time ON events (workspace_id, received_at);

CREATE TABLE outbox (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  partition_no INT NOT NULL,
  grp BINARY(16) NOT NULL,
  barrier_grp BINARY(16) NULL,
  event_id BINARY(16) NOT NULL,
  attempts INT NOT NULL DEFAULT 0,
  next_attempt_at BIGINT NOT NULL DEFAULT 0,
  parked_at BIGINT NULL,
  last_error VARCHAR(500) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX outbox_partition ON outbox (partition_no, id);
CREATE INDEX outbox_group ON outbox (grp, id);
CREATE INDEX outbox_parked ON outbox (workspace_id, parked_at);

CREATE TABLE router_partitions (
  partition_no INT NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL,
  owner VARBINARY(255) NOT NULL,
  updated_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE dispatches (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  partition_no INT NOT NULL,
  run_id BINARY(16) NOT NULL,
  kind VARBINARY(16) NOT NULL,
  event_id BINARY(16) NULL,
  event_name VARBINARY(255) NOT NULL DEFAULT '',
  revision INT NOT NULL DEFAULT 0,
  exit_no INT NOT NULL DEFAULT 0,
  goal TINYINT NOT NULL DEFAULT 0,
  attempts INT NOT NULL DEFAULT 0,
  next_attempt_at BIGINT NOT NULL DEFAULT 0,
  last_error VARCHAR(500) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX dispatches_partition ON dispatches (partition_no, id);
CREATE INDEX dispatches_run ON dispatches (run_id, id);

CREATE TABLE orders (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  order_key VARBINARY(191) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  placed_at BIGINT NOT NULL,
  value_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  items INT NOT NULL DEFAULT 0,
  status VARBINARY(16) NOT NULL,
  source VARBINARY(64) NOT NULL,
  event_id BINARY(16) NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT orders_key UNIQUE (workspace_id, order_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX orders_customer ON orders (customer_id, placed_at);
CREATE INDEX orders_time ON orders (workspace_id, placed_at);

CREATE TABLE customer_metrics (
  customer_id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  orders_count INT NOT NULL DEFAULT 0,
  orders_value BIGINT NOT NULL DEFAULT 0,
  order_days INT NOT NULL DEFAULT 0,
  first_order_at BIGINT NULL,
  last_order_at BIGINT NULL,
  mean_gap_days DOUBLE NULL,
  gap_sd_days DOUBLE NULL,
  visits_count INT NOT NULL DEFAULT 0,
  events_count INT NOT NULL DEFAULT 0,
  first_seen_at BIGINT NULL,
  last_seen_at BIGINT NULL,
  rfm_r INT NULL,
  rfm_f INT NULL,
  rfm_m INT NULL,
  p_alive DOUBLE NULL,
  expected_orders DOUBLE NULL,
  p_order DOUBLE NULL,
  churn_score DOUBLE NULL,
  own_gap_days DOUBLE NULL,
  next_order_at BIGINT NULL,
  winback_due_at BIGINT NULL,
  scored_at BIGINT NULL,
  score_model BINARY(16) NULL,
  updated_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX customer_metrics_winback ON customer_metrics (workspace_id, winback_due_at);
CREATE INDEX customer_metrics_last_order ON customer_metrics (workspace_id, last_order_at);

CREATE TABLE score_models (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  kind VARBINARY(32) NOT NULL,
  params JSON NOT NULL,
  quality JSON NOT NULL,
  fitted_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX score_models_latest ON score_models (workspace_id, kind, fitted_at);

CREATE TABLE contact_points (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  channel VARBINARY(16) NOT NULL,
  address VARBINARY(320) NOT NULL,
  permission_epoch BIGINT NOT NULL DEFAULT 0,
  suppressed_reason VARBINARY(32) NOT NULL DEFAULT '',
  suppressed_at BIGINT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT contact_points_address UNIQUE (workspace_id, channel, address)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE consents (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  customer_id BINARY(16) NOT NULL,
  contact_point_id BINARY(16) NULL,
  channel VARBINARY(16) NOT NULL,
  purpose VARBINARY(64) NOT NULL,
  state VARBINARY(16) NOT NULL,
  legal_basis VARBINARY(32) NOT NULL,
  source VARBINARY(64) NOT NULL,
  source_kind VARBINARY(16) NOT NULL,
  proof JSON NOT NULL,
  proof_hash BINARY(32) NOT NULL,
  actor VARBINARY(64) NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  event_id BINARY(16) NULL,
  prev_hash BINARY(32) NOT NULL,
  hash BINARY(32) NOT NULL,
  CONSTRAINT consents_chain UNIQUE (customer_id, seq)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX consents_customer ON consents (workspace_id, customer_id, occurred_at);

CREATE TABLE permissions (
  workspace_id BIGINT NOT NULL,
  customer_id BINARY(16) NOT NULL,
  channel VARBINARY(16) NOT NULL,
  purpose VARBINARY(64) NOT NULL,
  state VARBINARY(16) NOT NULL,
  legal_basis VARBINARY(32) NOT NULL,
  occurred_at BIGINT NOT NULL,
  consent_id BINARY(16) NOT NULL,
  PRIMARY KEY (customer_id, channel, purpose)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE senders (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  sender_key VARBINARY(64) NOT NULL,
  channel VARBINARY(16) NOT NULL,
  from_name VARCHAR(200) NOT NULL,
  from_address VARBINARY(320) NOT NULL,
  reply_to VARBINARY(320) NOT NULL DEFAULT '',
  postal_address VARCHAR(500) NOT NULL DEFAULT '',
  state VARBINARY(16) NOT NULL,
  state_reason VARCHAR(300) NOT NULL DEFAULT '',
  epoch BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  CONSTRAINT senders_key UNIQUE (workspace_id, sender_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE templates (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  template_key VARBINARY(128) NOT NULL,
  name VARCHAR(200) NOT NULL,
  class VARBINARY(16) NOT NULL,
  sender_key VARBINARY(64) NOT NULL DEFAULT 'default',
  version INT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT templates_key UNIQUE (workspace_id, template_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE template_bodies (
  workspace_id BIGINT NOT NULL,
  template_id BINARY(16) NOT NULL,
  version INT NOT NULL,
  channel VARBINARY(16) NOT NULL,
  locale VARBINARY(16) NOT NULL,
  subject VARCHAR(1000) NOT NULL,
  preheader VARCHAR(1000) NOT NULL DEFAULT '',
  body MEDIUMTEXT NOT NULL,
  text_body MEDIUMTEXT NOT NULL,
  hash BINARY(32) NOT NULL,
  PRIMARY KEY (template_id, version, channel, locale)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE journeys (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  journey_key VARBINARY(64) NOT NULL,
  name VARCHAR(200) NOT NULL,
  state VARBINARY(16) NOT NULL,
  epoch BIGINT NOT NULL DEFAULT 0,
  live_version_id BINARY(16) NULL,
  draft JSON NOT NULL,
  draft_revision INT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT journeys_key UNIQUE (workspace_id, journey_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE journey_versions (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  journey_id BINARY(16) NOT NULL,
  number INT NOT NULL,
  document JSON NOT NULL,
  hash BINARY(32) NOT NULL,
  published_at BIGINT NOT NULL,
  published_by VARBINARY(64) NOT NULL,
  CONSTRAINT journey_versions_number UNIQUE (journey_id, number)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX journey_versions_hash ON journey_versions (workspace_id, hash);

CREATE TABLE journey_pauses (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  journey_id BINARY(16) NOT NULL,
  paused_at BIGINT NOT NULL,
  resumed_at BIGINT NULL,
  clock VARBINARY(16) NOT NULL DEFAULT 'count'
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX journey_pauses_journey ON journey_pauses (journey_id, paused_at);

CREATE TABLE entry_guards (
  workspace_id BIGINT NOT NULL,
  journey_id BINARY(16) NOT NULL,
  entry_key VARBINARY(255) NOT NULL,
  open_run_id BINARY(16) NULL,
  last_entry_at BIGINT NOT NULL,
  entries INT NOT NULL,
  last_event_id BINARY(16) NULL,
  PRIMARY KEY (journey_id, entry_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE runs (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  journey_id BINARY(16) NOT NULL,
  version_id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  entry_key VARBINARY(255) NOT NULL,
  entry_event_id BINARY(16) NULL,
  state VARBINARY(16) NOT NULL,
  outcome VARBINARY(64) NOT NULL DEFAULT '',
  step_id VARBINARY(64) NOT NULL DEFAULT '',
  step_since BIGINT NOT NULL,
  wake_at BIGINT NULL,
  machine JSON NOT NULL,
  machine_seq BIGINT NOT NULL DEFAULT 0,
  context_revision INT NOT NULL DEFAULT 0,
  goal_at BIGINT NULL,
  control TINYINT NOT NULL DEFAULT 0,
  partition_no INT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT NULL,
  checked_at BIGINT NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX runs_customer ON runs (customer_id, state);
CREATE INDEX runs_journey ON runs (journey_id, state, step_id);
CREATE INDEX runs_version ON runs (version_id, step_id);
CREATE INDEX runs_check ON runs (state, checked_at);
CREATE INDEX runs_recent ON runs (workspace_id, started_at);

CREATE TABLE run_events (
  workspace_id BIGINT NOT NULL,
  run_id BINARY(16) NOT NULL,
  event_id BINARY(16) NOT NULL,
  PRIMARY KEY (run_id, event_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE run_contexts (
  run_id BINARY(16) NOT NULL,
  revision INT NOT NULL,
  workspace_id BIGINT NOT NULL,
  data JSON NOT NULL,
  event_id BINARY(16) NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, revision)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE step_visits (
  run_id BINARY(16) NOT NULL,
  seq INT NOT NULL,
  workspace_id BIGINT NOT NULL,
  version_id BINARY(16) NOT NULL,
  step_id VARBINARY(64) NOT NULL,
  visit INT NOT NULL,
  exit_name VARBINARY(64) NOT NULL,
  next_step_id VARBINARY(64) NOT NULL,
  entered_at BIGINT NOT NULL,
  left_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, seq)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX step_visits_version ON step_visits (version_id, step_id, exit_name);

CREATE TABLE conversions (
  run_id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  journey_id BINARY(16) NOT NULL,
  version_id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  event_id BINARY(16) NOT NULL,
  value_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX conversions_journey ON conversions (journey_id, at);

CREATE TABLE decisions (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  customer_id BINARY(16) NOT NULL,
  run_id BINARY(16) NULL,
  journey_id BINARY(16) NULL,
  send_id BINARY(16) NULL,
  step_id VARBINARY(64) NOT NULL DEFAULT '',
  kind VARBINARY(24) NOT NULL,
  outcome VARBINARY(64) NOT NULL,
  reason VARCHAR(300) NOT NULL DEFAULT '',
  detail JSON NOT NULL,
  at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX decisions_customer ON decisions (customer_id, at);
CREATE INDEX decisions_run ON decisions (run_id, at);
CREATE INDEX decisions_entry ON decisions (journey_id, kind, outcome);

CREATE TABLE sends (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  send_key VARBINARY(255) NOT NULL,
  run_id BINARY(16) NULL,
  journey_id BINARY(16) NULL,
  version_id BINARY(16) NULL,
  step_id VARBINARY(64) NOT NULL DEFAULT '',
  visit INT NOT NULL DEFAULT 0,
  customer_id BINARY(16) NOT NULL,
  contact_point_id BINARY(16) NULL,
  channel VARBINARY(16) NOT NULL,
  class VARBINARY(16) NOT NULL,
  purpose VARBINARY(64) NOT NULL,
  priority INT NOT NULL DEFAULT 50,
  state VARBINARY(24) NOT NULL,
  reason VARBINARY(64) NOT NULL DEFAULT '',
  detail VARCHAR(500) NOT NULL DEFAULT '',
  token BINARY(16) NULL,
  lease_until BIGINT NULL,
  permission_epoch BIGINT NOT NULL DEFAULT 0,
  journey_epoch BIGINT NOT NULL DEFAULT 0,
  sender_epoch BIGINT NOT NULL DEFAULT 0,
  workspace_epoch BIGINT NOT NULL DEFAULT 0,
  sender_id BINARY(16) NULL,
  template_id BINARY(16) NULL,
  template_version INT NOT NULL DEFAULT 0,
  content_hash BINARY(32) NULL,
  message_id VARBINARY(255) NOT NULL DEFAULT '',
  provider_id VARBINARY(255) NOT NULL DEFAULT '',
  provider_code VARBINARY(32) NOT NULL DEFAULT '',
  attempts INT NOT NULL DEFAULT 0,
  unknowns INT NOT NULL DEFAULT 0,
  planned_at BIGINT NOT NULL,
  claimed_at BIGINT NULL,
  handed_at BIGINT NULL,
  closed_at BIGINT NULL,
  defer_until BIGINT NULL,
  expires_at BIGINT NULL,
  CONSTRAINT sends_key UNIQUE (send_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX sends_customer ON sends (customer_id, planned_at);
CREATE INDEX sends_run ON sends (run_id);
CREATE INDEX sends_journey ON sends (journey_id, state);
CREATE INDEX sends_version ON sends (version_id, step_id, state);
CREATE INDEX sends_lease ON sends (state, lease_until);
CREATE INDEX sends_time ON sends (workspace_id, planned_at);

CREATE TABLE send_contents (
  send_id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  address VARBINARY(320) NOT NULL,
  subject VARCHAR(1000) NOT NULL,
  html MEDIUMTEXT NOT NULL,
  text_body MEDIUMTEXT NOT NULL,
  headers JSON NOT NULL,
  created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE inbox_messages (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  send_id BINARY(16) NULL,
  customer_id BINARY(16) NULL,
  channel VARBINARY(16) NOT NULL,
  sender VARCHAR(500) NOT NULL,
  recipient VARBINARY(320) NOT NULL,
  subject VARCHAR(1000) NOT NULL,
  html MEDIUMTEXT NOT NULL,
  text_body MEDIUMTEXT NOT NULL,
  headers JSON NOT NULL,
  received_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX inbox_messages_time ON inbox_messages (workspace_id, received_at);

CREATE TABLE audiences (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  audience_key VARBINARY(128) NOT NULL,
  name VARCHAR(200) NOT NULL,
  definition JSON NOT NULL,
  journey_id BINARY(16) NULL,
  version_id BINARY(16) NULL,
  active TINYINT NOT NULL DEFAULT 1,
  seeded_at BIGINT NULL,
  refreshed_at BIGINT NULL,
  member_count INT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  CONSTRAINT audiences_key UNIQUE (workspace_id, audience_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE audience_members (
  audience_id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  workspace_id BIGINT NOT NULL,
  entered_at BIGINT NOT NULL,
  PRIMARY KEY (audience_id, customer_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX audience_members_customer ON audience_members (customer_id);

CREATE TABLE imports (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  kind VARBINARY(16) NOT NULL,
  file_name VARCHAR(300) NOT NULL,
  file_hash BINARY(32) NOT NULL,
  file_size BIGINT NOT NULL,
  state VARBINARY(16) NOT NULL,
  byte_offset BIGINT NOT NULL DEFAULT 0,
  line_no BIGINT NOT NULL DEFAULT 0,
  rows_done BIGINT NOT NULL DEFAULT 0,
  rows_unchanged BIGINT NOT NULL DEFAULT 0,
  rows_bad BIGINT NOT NULL DEFAULT 0,
  started_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CONSTRAINT imports_file UNIQUE (workspace_id, kind, file_hash)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE import_errors (
  import_id BINARY(16) NOT NULL,
  line_no BIGINT NOT NULL,
  workspace_id BIGINT NOT NULL,
  column_name VARCHAR(100) NOT NULL DEFAULT '',
  message VARCHAR(500) NOT NULL,
  PRIMARY KEY (import_id, line_no)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE repairs (
  id BINARY(16) NOT NULL PRIMARY KEY,
  workspace_id BIGINT NOT NULL,
  run_id BINARY(16) NULL,
  kind VARBINARY(32) NOT NULL,
  detail VARCHAR(500) NOT NULL DEFAULT '',
  at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX repairs_time ON repairs (workspace_id, at);

-- +goose Down
DROP TABLE repairs;
DROP TABLE import_errors;
DROP TABLE imports;
DROP TABLE audience_members;
DROP TABLE audiences;
DROP TABLE inbox_messages;
DROP TABLE send_contents;
DROP TABLE sends;
DROP TABLE decisions;
DROP TABLE conversions;
DROP TABLE step_visits;
DROP TABLE run_contexts;
DROP TABLE run_events;
DROP TABLE runs;
DROP TABLE entry_guards;
DROP TABLE journey_pauses;
DROP TABLE journey_versions;
DROP TABLE journeys;
DROP TABLE template_bodies;
DROP TABLE templates;
DROP TABLE senders;
DROP TABLE permissions;
DROP TABLE consents;
DROP TABLE contact_points;
DROP TABLE score_models;
DROP TABLE customer_metrics;
DROP TABLE orders;
DROP TABLE dispatches;
DROP TABLE router_partitions;
DROP TABLE outbox;
DROP TABLE events;
DROP TABLE identity_guards;
DROP TABLE identity_merges;
DROP TABLE identities;
DROP TABLE customers;
DROP TABLE audit_log;
DROP TABLE api_keys;
DROP TABLE login_attempts;
DROP TABLE sessions;
DROP TABLE memberships;
DROP TABLE users;
DROP TABLE workspaces;
