package harness

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// UnsubscribeLink waits for a person's letter and returns the one-click link of its header (RFC 8058).
func (w *World) UnsubscribeLink(ctx context.Context, p Person, template string) string {
	w.t.Helper()
	var link string
	Eventually(w.t, SettleWithin, "a letter with an unsubscribe link", func() error {
		for _, m := range w.Mail.Messages() {
			if !m.Accepted() || !strings.EqualFold(m.To[0], p.Email) || Subject(m) != SubjectOf(template) {
				continue
			}
			for _, part := range strings.Split(Header(m, "List-Unsubscribe"), ",") {
				if part = strings.Trim(part, " <>"); strings.HasPrefix(part, "http") {
					link = part
					return nil
				}
			}
			return fmt.Errorf("it has none: %q", Header(m, "List-Unsubscribe"))
		}
		return fmt.Errorf("no letter %q", SubjectOf(template))
	})
	return link
}

// Unsubscribe does what a mail program does at one click. A 2xx is a promise, and goes into the ledger.
func (w *World) Unsubscribe(ctx context.Context, p Person, link string) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, link, strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, err = w.do(req); err == nil && status/100 == 2 {
		w.Ledger.withdraw(p.Email)
	}
	return status, err
}

func (l *Ledger) withdraw(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.withdrawn[address]; !known {
		l.withdrawn[address] = time.Now()
	}
}

// Withdrawn returns when the withdrawal of an address was acknowledged.
func (l *Ledger) Withdrawn() map[string]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string]time.Time{}
	for a, at := range l.withdrawn {
		out[a] = at
	}
	return out
}
