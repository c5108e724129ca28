package harness

import (
	"net/url"
	"slices"
	"strings"
)

// smtpSetting is the part of the configuration that says where mail goes.
const smtpSetting = "SOJOURN_SMTP_URL="

// settings are the parts of the configuration that a world chooses. Logs are as talkative as they get: none of it may
// name anybody.
func (w *World) settings() []string {
	password := w.o.MailPassword
	if w.o.WrongPassword {
		password = "wrong-" + password
	}
	return []string{
		"SOJOURN_LISTEN=" + strings.TrimPrefix(w.URL, "http://"),
		"SOJOURN_PUBLIC_URL=" + w.URL,
		"SOJOURN_SECRET=0123456789abcdef0123456789abcdef-chaos",
		"SOJOURN_LOG_LEVEL=debug",
		smtpSetting + w.smtpURL(password),
		"SOJOURN_SEND_LEASE=" + Lease.String(),
	}
}

func (w *World) smtpURL(password string) string {
	u := url.URL{Scheme: "smtp", Host: w.Mail.Addr(), RawQuery: "pause=2s"}
	if password != "" {
		u.User, u.RawQuery = url.UserPassword(mailUser, password), u.RawQuery+"&security=none"
	}
	return u.String()
}

// CorrectPassword gives the workers the right password, as an operator would: new settings and a restart.
func (w *World) CorrectPassword() {
	for _, p := range w.Workers {
		p.Kill()
		p.spec.env = slices.Clone(p.spec.env)
		for i, v := range p.spec.env {
			if strings.HasPrefix(v, smtpSetting) {
				p.spec.env[i] = smtpSetting + w.smtpURL(w.o.MailPassword)
			}
		}
		p.Start("")
	}
}
