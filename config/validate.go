package config

import (
	"net"
	"net/url"
	"os"
	"strings"

	"sojourn/fault"
)

// Part is what a process does; it decides which settings must be there.
type Part int

// The parts.
const (
	DatabaseOnly Part = iota // migrate, import
	ServerPart
	WorkerPart
)

// minSecret is 128 bits even when somebody types hexadecimal digits.
const minSecret = 32

// Validate names every setting that can't work.
func (c *Config) Validate(part Part) error {
	var wrong []fault.Field
	bad := func(path, message string) { wrong = append(wrong, fault.Field{Path: path, Message: message}) }
	if !strings.HasPrefix(c.Database.URL, "mysql://") && !strings.HasPrefix(c.Database.URL, "sqlite://") {
		bad("database.url", "needed: mysql://user:password@host:3306/name or sqlite:///path/sojourn.db")
	}
	if part != DatabaseOnly {
		c.shared(bad)
	}
	if part == ServerPart {
		if _, _, err := net.SplitHostPort(c.Listen); err != nil {
			bad("listen", "not an address such as 127.0.0.1:8080")
		}
	}
	if part == WorkerPart {
		if _, _, err := net.SplitHostPort(c.Worker.Listen); err != nil && c.Worker.Listen != "none" {
			bad("worker.listen", "not an address such as 127.0.0.1:8081, nor none")
		}
		if c.Send.Lease <= 0 {
			bad("send.lease", "must be longer than nothing, such as 45s")
		}
		if u := c.SMTP.URL; u != "" && !strings.HasPrefix(u, "smtp://") && !strings.HasPrefix(u, "smtps://") {
			bad("smtp.url", "must begin with smtp:// or smtps://")
		}
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "the configuration can't work").WithFields(wrong...)
	}
	return nil
}

func (c *Config) shared(bad func(path, message string)) {
	for i, s := range append([]string{c.Secret}, c.OldSecrets...) {
		path := "secret"
		if i > 0 {
			path = "old_secrets"
		}
		switch {
		case s == "":
			bad(path, "needed: at least 32 random characters, the same in every process (openssl rand -hex 32)")
		case len(s) < minSecret:
			bad(path, "shorter than 32 characters")
		case guessable(s):
			bad(path, "looks like a placeholder; use random characters (openssl rand -hex 32)")
		}
	}
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		bad("public_url", "not an address such as https://sojourn.example.com")
	}
	if u, err := url.Parse(c.Temporal.WebURL); c.Temporal.WebURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		bad("temporal.web_url", "not an address such as https://temporal.example.com")
	}
	if _, _, err := net.SplitHostPort(c.Temporal.Address); err != nil {
		bad("temporal.address", "not host:port")
	}
	if c.Temporal.Namespace == "" {
		bad("temporal.namespace", "needed")
	}
	t := c.Temporal.TLS
	if (t.Cert == "") != (t.Key == "") {
		bad("temporal.tls.key", "certificate and key belong together")
	}
	for path, file := range map[string]string{"temporal.tls.ca": t.CA, "temporal.tls.cert": t.Cert, "temporal.tls.key": t.Key} {
		if file == "" {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			bad(path, "the file can't be read")
		}
	}
	if c.StopWithin <= 0 {
		bad("stop_within", "must be longer than nothing, such as 30s")
	}
}

// guessable finds what nobody drew at random: few different characters, or words that stand in documentation.
func guessable(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	lower := strings.ToLower(s)
	for _, word := range []string{"changeme", "change-me", "change_me", "secret", "password", "example"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return len(seen) < 8
}

// Secure reports whether people reach the server over https.
func (c *Config) Secure() bool { return strings.HasPrefix(c.PublicURL, "https://") }

// Exposures lists settings that work but show something to more people than they should.
func (c *Config) Exposures() []string {
	var out []string
	host, _, _ := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); !c.Secure() && (host == "" || ip != nil && !ip.IsLoopback()) {
		out = append(out, "listen: the server can be reached from other machines and public_url is not https: passwords would travel in the clear. Put a proxy with TLS in front and set public_url")
	}
	if host, _, _ := net.SplitHostPort(c.Worker.Listen); host == "" || net.ParseIP(host) != nil && !net.ParseIP(host).IsLoopback() {
		if c.Worker.Listen != "none" {
			out = append(out, "worker.listen: /metrics of the worker can be read from other machines")
		}
	}
	if host, _, _ := net.SplitHostPort(c.Temporal.Address); !c.TemporalTLS() {
		if ip := net.ParseIP(host); ip != nil && !ip.IsLoopback() && !ip.IsPrivate() {
			out = append(out, "temporal.address: a public address without TLS")
		}
	}
	if strings.HasPrefix(c.SMTP.URL, "smtp://") && strings.Contains(c.SMTP.URL, "security=none") && strings.Contains(c.SMTP.URL, "@") {
		out = append(out, "smtp.url: the mail password travels in the clear (security=none)")
	}
	return out
}

// TemporalTLS reports whether the connection to Temporal is secured.
func (c *Config) TemporalTLS() bool {
	t := c.Temporal.TLS
	return t.Enabled || t.CA != "" || t.Cert != "" || t.ServerName != "" || c.Temporal.APIKey != ""
}
