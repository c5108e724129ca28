package harness

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// UnsubscribeLink waits for a person's letter and returns the one-click link of its header (RFC 8058).
func (w *World) UnsubscribeLink(p Person, template string) (link string, err error) {
	err = Until(SettleWithin, func() error {
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
			return fmt.Errorf("the letter has no link: %q", Header(m, "List-Unsubscribe"))
		}
		return fmt.Errorf("%s got no letter %q", p.User, SubjectOf(template))
	})
	return link, err
}

// UnsubscribeFrom waits for a letter and unsubscribes by its link, until that is acknowledged. A letter that never comes
// (its answer was lost, and so was the mail) is no failure.
func (w *World) UnsubscribeFrom(ctx context.Context, p Person, template string) {
	w.t.Helper()
	link, err := w.UnsubscribeLink(p, template)
	if err != nil {
		w.t.Logf("nothing to unsubscribe from: %v", err)
		return
	}
	if err := Until(60*time.Second, func() error {
		status, err := w.Unsubscribe(ctx, p, link)
		if err == nil && status/100 != 2 {
			err = fmt.Errorf("answered %d", status)
		}
		return err
	}); err != nil {
		w.t.Errorf("unsubscribe %s: %v", p.User, err)
	}
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
