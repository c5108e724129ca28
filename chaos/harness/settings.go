package harness

import (
	"net/url"
	"slices"
	"strings"
)

// smtpSetting is the part of the configuration that says where mail goes.
const smtpSetting = "SOJOURN_SMTP_URL="

// settings are the parts of the configuration that a world chooses.
func (w *World) settings(listen string) []string {
	password := w.o.MailPassword
	if w.o.WrongPassword {
		password = "wrong-" + password
	}
	return []string{
		"SOJOURN_LISTEN=" + listen,
		smtpSetting + w.smtpURL(password),
		"SOJOURN_SEND_LEASE=" + Lease.String(),
	}
}

func (w *World) smtpURL(password string) string {
	u := url.URL{Scheme: "smtp", Host: w.Mail.Addr()}
	if password != "" {
		u.User = url.UserPassword(mailUser, password)
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
