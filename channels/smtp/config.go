package smtp

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"time"

	"sojourn/fault"
)

// Security says how the connection is protected.
type Security string

// The securities.
const (
	Plain    Security = "none"     // no TLS: only for a relay on the same machine or network
	StartTLS Security = "starttls" // required: without it nothing is sent
	Implicit Security = "implicit" // TLS from the first byte (port 465)
)

// Config is one SMTP server. Addr is required; zero durations and sizes take the defaults.
type Config struct {
	Addr     string // host:port
	Security Security
	User     string
	Password string
	TLS      *tls.Config // default: the system's roots and the host of Addr
	Helo     string      // our name in EHLO, default "localhost"

	DialTimeout    time.Duration // connect, with TLS and AUTH; default 15 s
	CommandTimeout time.Duration // MAIL, RCPT, DATA each; default 10 s
	ReplyTimeout   time.Duration // after the terminator; default 30 s
	IdleTimeout    time.Duration // an idle connection is dropped after; default 30 s
	MaxConns       int           // at once; default 8
	MaxPerConn     int           // messages over one connection; default 100
	LongestPause   time.Duration // caps the pauses after a refusal for now (5 minutes); 0 = no cap
}

// ParseURL reads smtp://[user:password@]host[:port], smtps:// for implicit TLS; smtp with credentials or
// ?security=starttls requires STARTTLS, ?security=none never asks for it. A password without TLS is refused unless the
// server is on this machine. ?connections=8 bounds the pool, and ?pause=1m the wait after a refusal for now, for a relay
// of one's own.
func ParseURL(raw string) (Config, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return Config{}, fault.New(fault.Invalid, "the address of the mail server is not of the form smtp://user:password@host:587 or smtps://…")
	}
	c := Config{User: u.User.Username(), Helo: u.Query().Get("helo")}
	c.Password, _ = u.User.Password()
	c.Security = Security(u.Query().Get("security"))
	port := "25"
	switch {
	case u.Scheme == "smtps":
		c.Security, port = Implicit, "465"
	case c.Security == "" && c.User != "":
		c.Security = StartTLS
	case c.Security == "":
		c.Security = Plain
	}
	if c.Security == StartTLS {
		port = "587"
	}
	if u.Port() != "" {
		port = u.Port()
	}
	c.Addr = net.JoinHostPort(u.Hostname(), port)
	if n := u.Query().Get("connections"); n != "" {
		if c.MaxConns, err = strconv.Atoi(n); err != nil || c.MaxConns < 1 {
			return Config{}, fault.New(fault.Invalid, "connections is a number from 1")
		}
	}
	if pause := u.Query().Get("pause"); pause != "" {
		if c.LongestPause, err = time.ParseDuration(pause); err != nil || c.LongestPause <= 0 {
			return Config{}, fault.New(fault.Invalid, "pause is a duration such as 30s")
		}
	}
	return c, c.Validate()
}

// Validate refuses what must not be tried.
func (c Config) Validate() error {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fault.New(fault.Invalid, "the mail server's address is not host:port")
	}
	switch c.Security {
	case StartTLS, Implicit:
	case Plain:
		if ip := net.ParseIP(host); c.User != "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return fault.New(fault.Invalid, "a password must not go over a plain connection: use smtps:// or security=starttls")
		}
	default:
		return fault.New(fault.Invalid, "security is none, starttls or implicit")
	}
	return nil
}

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&c.DialTimeout, 15*time.Second)
	def(&c.CommandTimeout, 10*time.Second)
	def(&c.ReplyTimeout, 30*time.Second)
	def(&c.IdleTimeout, 30*time.Second)
	if c.MaxConns == 0 {
		c.MaxConns = 8
	}
	if c.MaxPerConn == 0 {
		c.MaxPerConn = 100
	}
	if c.Helo == "" {
		c.Helo = "localhost"
	}
	host, _, _ := net.SplitHostPort(c.Addr)
	if c.TLS == nil {
		c.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	} else if c.TLS.ServerName == "" {
		c.TLS = c.TLS.Clone()
		c.TLS.ServerName = host
	}
	return c
}
