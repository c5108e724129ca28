package config

import "time"

// Config is the tree. Tags: yaml is the name in the file, help is shown by --help and in the operator guide, secret marks
// what is redacted (of a URL only the password).
type Config struct {
	Listen     string        `yaml:"listen" default:"127.0.0.1:8080" help:"Address of the server: admin UI and API, ingestion, public pages."`
	PublicURL  string        `yaml:"public_url" default:"http://127.0.0.1:8080" help:"How people reach the server; https makes the session cookie secure-only."`
	Secret     string        `yaml:"secret" secret:"true" help:"At least 32 random characters, the same in every process. Signs unsubscribe links and page tokens."`
	OldSecrets []string      `yaml:"old_secrets" secret:"true" help:"Former secrets whose unsubscribe links still work, newest first."`
	Database   Database      `yaml:"database" embed:"" prefix:"database-"`
	Temporal   Temporal      `yaml:"temporal" embed:"" prefix:"temporal-"`
	SMTP       SMTP          `yaml:"smtp" embed:"" prefix:"smtp-"`
	Outbound   Outbound      `yaml:"outbound" embed:"" prefix:"outbound-"`
	Send       Send          `yaml:"send" embed:"" prefix:"send-"`
	Worker     Worker        `yaml:"worker" embed:"" prefix:"worker-"`
	Ingest     Ingest        `yaml:"ingest" embed:"" prefix:"ingest-"`
	Log        Log           `yaml:"log" embed:"" prefix:"log-"`
	StopWithin time.Duration `yaml:"stop_within" default:"30s" help:"How long a process may take to finish what is under way when it is asked to stop."`
}

// Database is where the record is kept.
type Database struct {
	URL      string `yaml:"url" secret:"url" help:"mysql://user:password@host:3306/name or sqlite:///path/sojourn.db."`
	MaxConns int    `yaml:"max_conns" default:"0" help:"Connections of one process; 0 = 24 for MySQL, 8 for SQLite."`
}

// Temporal is the cluster that journeys run on.
type Temporal struct {
	Address   string `yaml:"address" default:"127.0.0.1:7233" help:"Frontend of Temporal, host:port."`
	Namespace string `yaml:"namespace" default:"default" help:"Namespace; it must exist."`
	WebURL    string `yaml:"web_url" help:"Temporal Web as people reach it, for links; empty = no links."`
	APIKey    string `yaml:"api_key" secret:"true" help:"Temporal Cloud API key."`
	TLS       TLS    `yaml:"tls" embed:"" prefix:"tls-"`
}

// TLS secures the connection to Temporal.
type TLS struct {
	Enabled    bool   `yaml:"enabled" help:"Use TLS; implied by the other TLS settings and by an API key."`
	CA         string `yaml:"ca" help:"PEM file with the certificate authority; empty = the system's."`
	Cert       string `yaml:"cert" help:"PEM file with our certificate (mTLS)."`
	Key        string `yaml:"key" help:"PEM file with its key."`
	ServerName string `yaml:"server_name" help:"Name that the server's certificate must carry."`
}

// SMTP is the mail provider.
type SMTP struct {
	URL string `yaml:"url" secret:"url" help:"smtp://user:password@host:587?security=starttls or smtps://…:465; empty = the built-in inbox."`
}

// Outbound says where journeys may call.
type Outbound struct {
	Allow []string `yaml:"allow" help:"Networks (CIDR) that webhooks may reach although they are not public, for development or receivers inside the house."`
}

// Send bounds what goes out.
type Send struct {
	Lease     time.Duration `yaml:"lease" default:"45s" help:"How long a claimed message belongs to one worker."`
	PerSecond float64       `yaml:"per_second" default:"0" help:"Messages per second and channel over all workers; 0 = no limit."`
}

// Worker tunes worker processes.
type Worker struct {
	Listen          string `yaml:"listen" default:"127.0.0.1:8081" help:"Address of the worker's /healthz, /readyz and /metrics; 'none' = nowhere."`
	CachedWorkflows int    `yaml:"cached_workflows" default:"10000" help:"Runs kept warm in memory, about 27 KB each."`
	// Over all workers. Starts outrun completions: without a limit ten thousand of them starve the runs that are there.
	StartsPerSecond     float64 `yaml:"starts_per_second" default:"100" help:"Runs started per second by events; negative = no limit."`
	BulkStartsPerSecond float64 `yaml:"bulk_starts_per_second" default:"50" help:"Runs started per second by audiences, schedules and floods of events; negative = no limit."`
}

// Ingest bounds what sources may hand in.
type Ingest struct {
	PerSecond float64 `yaml:"per_second" default:"1000" help:"Requests per second and write key; negative = no limit."`
}

// Log says what is logged. Logs hold ids and numbers, never people's data.
type Log struct {
	Level  string `yaml:"level" enum:"debug,info,warn,error" default:"info" help:"debug, info, warn or error."`
	Format string `yaml:"format" enum:"text,json" default:"text" help:"text or json."`
}
