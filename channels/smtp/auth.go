package smtp

import (
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"time"

	gosmtp "github.com/wneessen/go-mail/smtp"
)

// auth signs in by the strongest mechanism that the server offers. The password never goes over a plain connection
// except to this machine; Config.Validate has seen to that, and the mechanisms check it once more.
func (x *conn) auth(c Config, deadline time.Time) error {
	host, _, _ := net.SplitHostPort(c.Addr)
	offered := strings.Fields(strings.ToUpper(x.ext["AUTH"]))
	var mechanism gosmtp.Auth
	for _, m := range offered {
		switch m {
		case "PLAIN":
			mechanism = gosmtp.PlainAuth("", c.User, c.Password, host, false)
		case "LOGIN":
			if mechanism == nil {
				mechanism = gosmtp.LoginAuth(c.User, c.Password, host, false)
			}
		}
	}
	if mechanism == nil {
		return errNoAuth
	}
	encode := base64.StdEncoding.EncodeToString
	name, first, err := mechanism.Start(&gosmtp.ServerInfo{Name: host, TLS: x.tls, Auth: offered})
	if err != nil {
		return fmt.Errorf("%w: %w", errNoAuth, err)
	}
	line := "AUTH " + name
	if first != nil {
		line += " " + encode(first)
	}
	r, err := x.cmd(deadline, line)
	for range 8 {
		if err != nil {
			return err
		}
		if r.code == 235 {
			return nil
		}
		if r.code != 334 {
			return &refusal{"auth", r}
		}
		challenge, derr := base64.StdEncoding.DecodeString(strings.TrimSpace(r.text))
		if derr != nil {
			return errGarbage
		}
		answer, nerr := mechanism.Next(challenge, true)
		if nerr != nil {
			return fmt.Errorf("%w: %w", errNoAuth, nerr)
		}
		r, err = x.cmd(deadline, encode(answer))
	}
	return errGarbage
}
