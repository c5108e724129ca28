// Package config is the one tree of settings: defaults < file (YAML) < environment (SOJOURN_*) < flags.
//
// Config is the tree. A setting's path in the file (temporal.web_url), its variable (SOJOURN_TEMPORAL_WEB_URL) and its flag
// (--temporal-web-url) follow from its place in the struct, so they can't drift apart. A secret may also come from a file
// named by SOJOURN_…_FILE, as container engines like it, and is never printed: Effective shows the tree redacted.
//
// Load reads everything but flags; the commands hand its Resolver to kong, which puts the flags on top. Validate names
// every wrong setting at once.
package config
