-- +goose Up
-- Conventions: every *_at column is microseconds since 1970 UTC; ids are UUIDv7 in 16-byte BLOBs; keys that decide
-- identity are VARBINARY so that case, trailing spaces and emoji never collide; money is in minor units.

CREATE TABLE workspaces (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_key TEXT NOT NULL,
  name TEXT NOT NULL,
  timezone TEXT NOT NULL,
  currency TEXT NOT NULL,
  locale TEXT NOT NULL,
  send_epoch INTEGER NOT NULL DEFAULT 0,
  sending_stopped INTEGER NOT NULL DEFAULT 0,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT workspaces_key UNIQUE (workspace_key)
);

CREATE TABLE users (
  id BLOB NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  password_changed_at INTEGER NOT NULL,
  disabled_at INTEGER NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT users_email UNIQUE (email)
);

CREATE TABLE memberships (
  workspace_id INTEGER NOT NULL,
  user_id BLOB NOT NULL,
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
);

CREATE TABLE sessions (
  token_hash BLOB NOT NULL PRIMARY KEY,
  user_id BLOB NULL,
  data BLOB NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE login_attempts (
  throttle_key TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);

CREATE TABLE api_keys (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  secret_hash BLOB NOT NULL,
  scopes TEXT NOT NULL,
  created_by BLOB NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NULL,
  revoked_at INTEGER NULL,
  CONSTRAINT api_keys_secret UNIQUE (secret_hash)
);
CREATE INDEX api_keys_workspace ON api_keys (workspace_id, created_at);

CREATE TABLE audit_log (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX audit_log_time ON audit_log (workspace_id, at);

CREATE TABLE customers (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  external_id TEXT NULL,
  email TEXT NULL,
  phone TEXT NULL,
  locale TEXT NOT NULL DEFAULT '',
  timezone TEXT NOT NULL DEFAULT '',
  country TEXT NOT NULL DEFAULT '',
  birthday TEXT NULL,
  attributes TEXT NOT NULL,
  no_profiling INTEGER NOT NULL DEFAULT 0,
  restricted INTEGER NOT NULL DEFAULT 0,
  legal_hold INTEGER NOT NULL DEFAULT 0,
  paused_until INTEGER NULL,
  erased_at INTEGER NULL,
  merged_into BLOB NULL,
  grp BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT customers_external UNIQUE (workspace_id, external_id)
);
CREATE INDEX customers_email ON customers (workspace_id, email);
CREATE INDEX customers_group ON customers (grp);
CREATE INDEX customers_created ON customers (workspace_id, created_at, id);

CREATE TABLE identities (
  workspace_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  grp BLOB NOT NULL,
  customer_id BLOB NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, kind, value)
);
CREATE INDEX identities_group ON identities (grp);
CREATE INDEX identities_customer ON identities (customer_id);

CREATE TABLE identity_merges (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id INTEGER NOT NULL,
  from_grp BLOB NOT NULL,
  into_grp BLOB NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX identity_merges_workspace ON identity_merges (workspace_id, id);

CREATE TABLE identity_guards (
  workspace_id INTEGER NOT NULL PRIMARY KEY,
  merges INTEGER NOT NULL
);

CREATE TABLE events (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  source_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  user_id TEXT NOT NULL DEFAULT '',
  anonymous_id TEXT NOT NULL DEFAULT '',
  previous_id TEXT NOT NULL DEFAULT '',
  group_id TEXT NOT NULL DEFAULT '',
  customer_id BLOB NULL,
  data TEXT NOT NULL,
  context TEXT NOT NULL,
  backfill INTEGER NOT NULL DEFAULT 0,
  conflicts INTEGER NOT NULL DEFAULT 0,
  occurred_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  routed_at INTEGER NULL,
  CONSTRAINT events_message UNIQUE (workspace_id, source_id, message_id)
);
CREATE INDEX events_customer ON events (customer_id, name, occurred_at);
CREATE INDEX events_time ON events (workspace_id, received_at);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id INTEGER NOT NULL,
  partition_no INTEGER NOT NULL,
  grp BLOB NOT NULL,
  barrier_grp BLOB NULL,
  event_id BLOB NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  parked_at INTEGER NULL,
  last_error TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
);
CREATE INDEX outbox_partition ON outbox (partition_no, id);
CREATE INDEX outbox_group ON outbox (grp, id);
CREATE INDEX outbox_parked ON outbox (workspace_id, parked_at) WHERE parked_at IS NOT NULL;

CREATE TABLE router_partitions (
  partition_no INTEGER NOT NULL PRIMARY KEY,
  epoch INTEGER NOT NULL,
  owner TEXT NOT NULL,
  updated_at INTEGER NOT NULL
);

CREATE TABLE dispatches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id INTEGER NOT NULL,
  partition_no INTEGER NOT NULL,
  run_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  event_id BLOB NULL,
  event_name TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL DEFAULT 0,
  exit_no INTEGER NOT NULL DEFAULT 0,
  goal INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
);
CREATE INDEX dispatches_partition ON dispatches (partition_no, id);
CREATE INDEX dispatches_run ON dispatches (run_id, id);

CREATE TABLE orders (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  order_key TEXT NOT NULL,
  customer_id BLOB NOT NULL,
  placed_at INTEGER NOT NULL,
  value_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  items INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL,
  source TEXT NOT NULL,
  event_id BLOB NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT orders_key UNIQUE (workspace_id, order_key)
);
CREATE INDEX orders_customer ON orders (customer_id, placed_at);
CREATE INDEX orders_time ON orders (workspace_id, placed_at);

CREATE TABLE customer_metrics (
  customer_id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  orders_count INTEGER NOT NULL DEFAULT 0,
  orders_value INTEGER NOT NULL DEFAULT 0,
  order_days INTEGER NOT NULL DEFAULT 0,
  first_order_at INTEGER NULL,
  last_order_at INTEGER NULL,
  mean_gap_days REAL NULL,
  gap_sd_days REAL NULL,
  visits_count INTEGER NOT NULL DEFAULT 0,
  events_count INTEGER NOT NULL DEFAULT 0,
  first_seen_at INTEGER NULL,
  last_seen_at INTEGER NULL,
  rfm_r INTEGER NULL,
  rfm_f INTEGER NULL,
  rfm_m INTEGER NULL,
  p_alive REAL NULL,
  expected_orders REAL NULL,
  p_order REAL NULL,
  churn_score REAL NULL,
  own_gap_days REAL NULL,
  next_order_at INTEGER NULL,
  winback_due_at INTEGER NULL,
  scored_at INTEGER NULL,
  score_model BLOB NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX customer_metrics_winback ON customer_metrics (workspace_id, winback_due_at);
CREATE INDEX customer_metrics_last_order ON customer_metrics (workspace_id, last_order_at);

CREATE TABLE score_models (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  params TEXT NOT NULL,
  quality TEXT NOT NULL,
  fitted_at INTEGER NOT NULL
);
CREATE INDEX score_models_latest ON score_models (workspace_id, kind, fitted_at);

CREATE TABLE contact_points (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  permission_epoch INTEGER NOT NULL DEFAULT 0,
  suppressed_reason TEXT NOT NULL DEFAULT '',
  suppressed_at INTEGER NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT contact_points_address UNIQUE (workspace_id, channel, address)
);

CREATE TABLE consents (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  customer_id BLOB NOT NULL,
  contact_point_id BLOB NULL,
  channel TEXT NOT NULL,
  purpose TEXT NOT NULL,
  state TEXT NOT NULL,
  legal_basis TEXT NOT NULL,
  source TEXT NOT NULL,
  source_kind TEXT NOT NULL,
  proof TEXT NOT NULL,
  proof_hash BLOB NOT NULL,
  actor TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  event_id BLOB NULL,
  prev_hash BLOB NOT NULL,
  hash BLOB NOT NULL,
  CONSTRAINT consents_chain UNIQUE (customer_id, seq)
);
CREATE INDEX consents_customer ON consents (workspace_id, customer_id, occurred_at);

CREATE TABLE permissions (
  workspace_id INTEGER NOT NULL,
  customer_id BLOB NOT NULL,
  channel TEXT NOT NULL,
  purpose TEXT NOT NULL,
  state TEXT NOT NULL,
  legal_basis TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  consent_id BLOB NOT NULL,
  PRIMARY KEY (customer_id, channel, purpose)
);

CREATE TABLE senders (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  sender_key TEXT NOT NULL,
  channel TEXT NOT NULL,
  from_name TEXT NOT NULL,
  from_address TEXT NOT NULL,
  reply_to TEXT NOT NULL DEFAULT '',
  postal_address TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL DEFAULT '',
  epoch INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  CONSTRAINT senders_key UNIQUE (workspace_id, sender_key)
);

CREATE TABLE templates (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  template_key TEXT NOT NULL,
  name TEXT NOT NULL,
  class TEXT NOT NULL,
  sender_key TEXT NOT NULL DEFAULT 'default',
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT templates_key UNIQUE (workspace_id, template_key)
);

CREATE TABLE template_bodies (
  workspace_id INTEGER NOT NULL,
  template_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  channel TEXT NOT NULL,
  locale TEXT NOT NULL,
  subject TEXT NOT NULL,
  preheader TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  text_body TEXT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (template_id, version, channel, locale)
);

CREATE TABLE journeys (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  journey_key TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  live_version_id BLOB NULL,
  draft TEXT NOT NULL,
  draft_revision INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT journeys_key UNIQUE (workspace_id, journey_key)
);

CREATE TABLE journey_versions (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  journey_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  document TEXT NOT NULL,
  hash BLOB NOT NULL,
  published_at INTEGER NOT NULL,
  published_by TEXT NOT NULL,
  CONSTRAINT journey_versions_number UNIQUE (journey_id, number)
);
CREATE INDEX journey_versions_hash ON journey_versions (workspace_id, hash);

CREATE TABLE journey_pauses (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  journey_id BLOB NOT NULL,
  paused_at INTEGER NOT NULL,
  resumed_at INTEGER NULL,
  clock TEXT NOT NULL DEFAULT 'count'
);
CREATE INDEX journey_pauses_journey ON journey_pauses (journey_id, paused_at);

CREATE TABLE entry_guards (
  workspace_id INTEGER NOT NULL,
  journey_id BLOB NOT NULL,
  entry_key TEXT NOT NULL,
  open_run_id BLOB NULL,
  last_entry_at INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  last_event_id BLOB NULL,
  PRIMARY KEY (journey_id, entry_key)
);

CREATE TABLE runs (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  journey_id BLOB NOT NULL,
  version_id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  entry_key TEXT NOT NULL,
  entry_event_id BLOB NULL,
  state TEXT NOT NULL,
  outcome TEXT NOT NULL DEFAULT '',
  step_id TEXT NOT NULL DEFAULT '',
  step_since INTEGER NOT NULL,
  wake_at INTEGER NULL,
  machine TEXT NOT NULL,
  machine_seq INTEGER NOT NULL DEFAULT 0,
  context_revision INTEGER NOT NULL DEFAULT 0,
  goal_at INTEGER NULL,
  control INTEGER NOT NULL DEFAULT 0,
  partition_no INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NULL,
  checked_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX runs_customer ON runs (customer_id, state);
CREATE INDEX runs_journey ON runs (journey_id, state, step_id);
CREATE INDEX runs_version ON runs (version_id, step_id);
CREATE INDEX runs_check ON runs (state, checked_at);
CREATE INDEX runs_recent ON runs (workspace_id, started_at);

CREATE TABLE run_events (
  workspace_id INTEGER NOT NULL,
  run_id BLOB NOT NULL,
  event_id BLOB NOT NULL,
  PRIMARY KEY (run_id, event_id)
);

CREATE TABLE run_contexts (
  run_id BLOB NOT NULL,
  revision INTEGER NOT NULL,
  workspace_id INTEGER NOT NULL,
  data TEXT NOT NULL,
  event_id BLOB NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, revision)
);

CREATE TABLE step_visits (
  run_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  workspace_id INTEGER NOT NULL,
  version_id BLOB NOT NULL,
  step_id TEXT NOT NULL,
  visit INTEGER NOT NULL,
  exit_name TEXT NOT NULL,
  next_step_id TEXT NOT NULL,
  entered_at INTEGER NOT NULL,
  left_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, seq)
);
CREATE INDEX step_visits_version ON step_visits (version_id, step_id, exit_name);

CREATE TABLE conversions (
  run_id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  journey_id BLOB NOT NULL,
  version_id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  event_id BLOB NOT NULL,
  value_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX conversions_journey ON conversions (journey_id, at);

CREATE TABLE decisions (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  customer_id BLOB NOT NULL,
  run_id BLOB NULL,
  journey_id BLOB NULL,
  send_id BLOB NULL,
  step_id TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX decisions_customer ON decisions (customer_id, at);
CREATE INDEX decisions_run ON decisions (run_id, at);
CREATE INDEX decisions_entry ON decisions (journey_id, kind, outcome);

CREATE TABLE sends (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  send_key TEXT NOT NULL,
  run_id BLOB NULL,
  journey_id BLOB NULL,
  version_id BLOB NULL,
  step_id TEXT NOT NULL DEFAULT '',
  visit INTEGER NOT NULL DEFAULT 0,
  customer_id BLOB NOT NULL,
  contact_point_id BLOB NULL,
  channel TEXT NOT NULL,
  class TEXT NOT NULL,
  purpose TEXT NOT NULL,
  priority INTEGER NOT NULL DEFAULT 50,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  token BLOB NULL,
  lease_until INTEGER NULL,
  permission_epoch INTEGER NOT NULL DEFAULT 0,
  journey_epoch INTEGER NOT NULL DEFAULT 0,
  sender_epoch INTEGER NOT NULL DEFAULT 0,
  workspace_epoch INTEGER NOT NULL DEFAULT 0,
  sender_id BLOB NULL,
  template_id BLOB NULL,
  template_version INTEGER NOT NULL DEFAULT 0,
  content_hash BLOB NULL,
  message_id TEXT NOT NULL DEFAULT '',
  provider_id TEXT NOT NULL DEFAULT '',
  provider_code TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0,
  unknowns INTEGER NOT NULL DEFAULT 0,
  planned_at INTEGER NOT NULL,
  claimed_at INTEGER NULL,
  handed_at INTEGER NULL,
  closed_at INTEGER NULL,
  defer_until INTEGER NULL,
  expires_at INTEGER NULL,
  CONSTRAINT sends_key UNIQUE (send_key)
);
CREATE INDEX sends_customer ON sends (customer_id, planned_at);
CREATE INDEX sends_run ON sends (run_id);
CREATE INDEX sends_journey ON sends (journey_id, state);
CREATE INDEX sends_version ON sends (version_id, step_id, state);
CREATE INDEX sends_lease ON sends (state, lease_until);
CREATE INDEX sends_time ON sends (workspace_id, planned_at);

CREATE TABLE send_contents (
  send_id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  address TEXT NOT NULL,
  subject TEXT NOT NULL,
  html TEXT NOT NULL,
  text_body TEXT NOT NULL,
  headers TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE inbox_messages (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  send_id BLOB NULL,
  customer_id BLOB NULL,
  channel TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  html TEXT NOT NULL,
  text_body TEXT NOT NULL,
  headers TEXT NOT NULL,
  received_at INTEGER NOT NULL
);
CREATE INDEX inbox_messages_time ON inbox_messages (workspace_id, received_at);

CREATE TABLE audiences (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  audience_key TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  journey_id BLOB NULL,
  version_id BLOB NULL,
  active INTEGER NOT NULL DEFAULT 1,
  seeded_at INTEGER NULL,
  refreshed_at INTEGER NULL,
  member_count INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  CONSTRAINT audiences_key UNIQUE (workspace_id, audience_key)
);

CREATE TABLE audience_members (
  audience_id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  workspace_id INTEGER NOT NULL,
  entered_at INTEGER NOT NULL,
  PRIMARY KEY (audience_id, customer_id)
);
CREATE INDEX audience_members_customer ON audience_members (customer_id);

CREATE TABLE imports (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  file_name TEXT NOT NULL,
  file_hash BLOB NOT NULL,
  file_size INTEGER NOT NULL,
  state TEXT NOT NULL,
  byte_offset INTEGER NOT NULL DEFAULT 0,
  line_no INTEGER NOT NULL DEFAULT 0,
  rows_done INTEGER NOT NULL DEFAULT 0,
  rows_unchanged INTEGER NOT NULL DEFAULT 0,
  rows_bad INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT imports_file UNIQUE (workspace_id, kind, file_hash)
);

CREATE TABLE import_errors (
  import_id BLOB NOT NULL,
  line_no INTEGER NOT NULL,
  workspace_id INTEGER NOT NULL,
  column_name TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL,
  PRIMARY KEY (import_id, line_no)
);

CREATE TABLE repairs (
  id BLOB NOT NULL PRIMARY KEY,
  workspace_id INTEGER NOT NULL,
  run_id BLOB NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL
);
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
