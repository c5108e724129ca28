package session_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/server/session"
	"sojourn/storage/dbtest"
)

func TestSessionLife(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), dbtest.SQLite(t)
	m := session.New(s, true, nil)
	ann := session.Session{User: ids.New(), Workspace: 7, PasswordAt: 42}
	first, err := m.Start(ctx, ann, "")
	if err != nil {
		t.Fatal(err)
	}
	if first.Name != "__Host-sojourn" || !first.Secure || !first.HttpOnly || first.SameSite != http.SameSiteLaxMode || first.Path != "/" || first.Domain != "" || len(first.Value) < 43 {
		t.Errorf("cookie: %+v", first)
	}
	if got, err := m.Find(ctx, first.Value); err != nil || got.User != ann.User || got.Workspace != 7 || got.PasswordAt != 42 {
		t.Errorf("session: %+v, %v", got, err)
	}
	var stored []byte
	if err := s.SQL().QueryRow("SELECT token_hash FROM sessions").Scan(&stored); err != nil || strings.Contains(string(stored), first.Value) || len(stored) != 32 {
		t.Errorf("stored token: %x, %v", stored, err)
	}
	second, err := m.Start(ctx, ann, first.Value)
	if err != nil || second.Value == first.Value {
		t.Fatalf("no new token at login: %v", err)
	}
	if _, err := m.Find(ctx, first.Value); !fault.Is(err, fault.Unauthorised) {
		t.Errorf("the token from before the login: %v", err)
	}
	gone, err := m.End(ctx, second.Value)
	if err != nil || gone.MaxAge >= 0 || gone.Value != "" {
		t.Errorf("ending: %+v, %v", gone, err)
	}
	for _, token := range []string{second.Value, "", "guess", strings.Repeat("x", 300)} {
		if _, err := m.Find(ctx, token); !fault.Is(err, fault.Unauthorised) {
			t.Errorf("token %.10q: %v", token, err)
		}
	}
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), dbtest.SQLite(t)
	now := time.Now()
	m := session.New(s, false, func() time.Time { return now })
	c, err := m.Start(ctx, session.Session{User: ids.New()}, "")
	if err != nil || c.Name != "sojourn" || c.Secure {
		t.Fatalf("cookie: %+v, %v", c, err)
	}
	now = now.Add(session.Lifetime + time.Second)
	if _, err := m.Find(ctx, c.Value); !fault.Is(err, fault.Unauthorised) {
		t.Errorf("after its life: %v", err)
	}
}
