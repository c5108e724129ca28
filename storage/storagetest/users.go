package storagetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

func person(email string) models.User {
	return models.User{Email: email, Name: email, PasswordHash: "$argon2id$…", PasswordChangedAt: models.At(noon), CreatedAt: models.At(noon)}
}

func company(key string) models.Workspace {
	return models.Workspace{WorkspaceKey: key, Name: key, Timezone: "Europe/Amsterdam", Currency: "EUR", Locale: "nl", CreatedAt: models.At(noon)}
}

// Users proves storage.Users and, because rights and sessions go together, storage.Sessions.
func Users(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	if any, err := s.AnyUser(ctx); err != nil || any {
		t.Fatalf("an empty database has users: %v, %v", any, err)
	}
	ws, err := s.CreateOwner(ctx, company("acme"), person("ann@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	if any, err := s.AnyUser(ctx); err != nil || !any {
		t.Fatalf("nobody there after the first owner: %v, %v", any, err)
	}
	if _, err := s.CreateOwner(ctx, company("acme"), person("eve@example.com")); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second workspace of the same key: %v", err)
	}
	if _, err := s.UserByEmail(ctx, "eve@example.com"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the refused owner was left behind: %v", err)
	}
	ann, err := s.UserByEmail(ctx, "ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	bob, made, err := s.AddMember(ctx, ws.ID, person("bob@example.com"), "marketer", noon)
	if err != nil || !made {
		t.Fatalf("add a new member: %v, %v", made, err)
	}
	if _, _, err := s.AddMember(ctx, ws.ID, person("bob@example.com"), "admin", noon); !fault.Is(err, fault.Conflict) {
		t.Errorf("adding a member twice: %v", err)
	}
	other, err := s.CreateOwner(ctx, company("other"), person("olga@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	if again, made, err := s.AddMember(ctx, other.ID, person("bob@example.com"), "analyst", noon.Add(time.Hour)); err != nil || made || again.ID != bob.ID {
		t.Errorf("a known person in a second workspace: made %v, %v", made, err)
	}
	if list, err := s.MembershipsOf(ctx, bob.ID); err != nil || len(list) != 2 || list[0].Workspace.ID != ws.ID || list[0].Role != "marketer" || list[1].Role != "analyst" {
		t.Errorf("Bob's memberships: %+v, %v", list, err)
	}
	if list, err := s.Members(ctx, ws.ID); err != nil || len(list) != 2 || list[0].User.Email != "ann@example.com" {
		t.Errorf("members: %+v, %v", list, err)
	}
	if _, err := s.Member(ctx, other.ID, ann.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("Ann in the other workspace: %v", err)
	}
	ends := func(what string, user ids.ID, change func() error) {
		t.Helper()
		token := models.Hash(sha256.Sum256([]byte(what)))
		if err := s.SaveSession(ctx, models.Session{TokenHash: token, UserID: user, Data: []byte(what), ExpiresAt: models.At(noon.Add(time.Hour))}); err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if _, err := s.Session(ctx, token, noon); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: the session lives on (%v)", what, err)
		}
	}
	ends("new password", bob.ID, func() error { return s.SetPassword(ctx, bob.ID, "new", noon.Add(time.Minute)) })
	ends("another role", bob.ID, func() error { return s.SetRole(ctx, ws.ID, bob.ID, "admin") })
	ends("disabled", bob.ID, func() error { return s.SetDisabled(ctx, bob.ID, true, noon) })
	if m, err := s.Member(ctx, ws.ID, bob.ID); err != nil || m.Role != "admin" || m.User.PasswordHash != "new" || m.User.DisabledAt.IsZero() {
		t.Errorf("Bob afterwards: %+v, %v", m, err)
	}
	for what, err := range map[string]error{
		"demoting the last owner":  s.SetRole(ctx, ws.ID, ann.ID, "admin"),
		"disabling the last owner": s.SetDisabled(ctx, ann.ID, true, noon),
	} {
		if !errors.Is(err, storage.LastOwner) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := s.SetRole(ctx, other.ID, ann.ID, "owner"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a role in a foreign workspace: %v", err)
	}
	// Two owners who demote each other at the same moment: one of them stays.
	if err := s.SetDisabled(ctx, bob.ID, false, noon); err != nil {
		t.Fatal(err)
	}
	if err := s.SetRole(ctx, ws.ID, bob.ID, "owner"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, u := range []ids.ID{ann.ID, bob.ID} {
		wg.Go(func() { _ = s.SetRole(ctx, ws.ID, u, "admin") })
	}
	wg.Wait()
	owners := 0
	list, err := s.Members(ctx, ws.ID)
	for _, m := range list {
		if m.Role == "owner" {
			owners++
		}
	}
	if err != nil || owners != 1 {
		t.Errorf("%d owners after a duel, want 1 (%v)", owners, err)
	}
}

// Sessions proves storage.Sessions.
func Sessions(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	token := models.Hash(sha256.Sum256([]byte("token")))
	row := models.Session{TokenHash: token, UserID: ids.New(), Data: []byte("one"), ExpiresAt: models.At(noon.Add(time.Minute))}
	for _, data := range []string{"one", "two", "two"} {
		row.Data = []byte(data)
		if err := s.SaveSession(ctx, row); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Session(ctx, token, noon); err != nil || string(got.Data) != data || got.UserID != row.UserID {
			t.Fatalf("session = %+v, %v", got, err)
		}
	}
	if _, err := s.Session(ctx, token, noon.Add(time.Minute)); !fault.Is(err, fault.NotFound) {
		t.Errorf("an expired session: %v", err)
	}
	if n, err := s.DeleteExpired(ctx, noon.Add(time.Minute)); err != nil || n != 1 {
		t.Errorf("expired: %d, %v", n, err)
	}
	if err := s.SaveSession(ctx, row); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteSession(ctx, token); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(ctx, token, noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("a deleted session: %v", err)
	}
}

// Attempts proves storage.Attempts.
func Attempts(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	rules := []storage.AttemptRule{
		{Key: "account:ann", Free: 2, Window: time.Hour, Base: time.Second, Max: 5 * time.Second},
		{Key: "address:192.0.2.1", Free: 100, Window: time.Hour, Base: time.Second, Max: time.Minute},
	}
	admit := func(at time.Time) time.Duration {
		t.Helper()
		until, err := s.Admit(ctx, rules, at)
		if err != nil {
			t.Fatal(err)
		}
		if until.IsZero() {
			return 0
		}
		return until.Sub(at)
	}
	now := noon
	for i, want := range []time.Duration{0, 0, 0, time.Second, 0, 2 * time.Second, 0, 4 * time.Second, 0, 5 * time.Second, 0, 5 * time.Second} {
		got := admit(now)
		if got != want {
			t.Errorf("attempt %d is blocked for %v, want %v", i+1, got, want)
		}
		now = now.Add(got)
	}
	now = now.Add(2 * time.Hour)
	if got := admit(now); got != 0 {
		t.Errorf("old attempts are not forgotten: blocked for %v", got)
	}
	admit(now)
	admit(now)
	if err := s.Forget(ctx, "account:ann"); err != nil {
		t.Fatal(err)
	}
	if got := admit(now); got != 0 {
		t.Errorf("blocked after success: %v", got)
	}
	// Nobody gets further by trying everything at once.
	rules = []storage.AttemptRule{{Key: "account:bob", Free: 3, Window: time.Hour, Base: time.Minute, Max: time.Hour}}
	var passed atomic.Int32
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if until, err := s.Admit(ctx, rules, noon); err == nil && until.IsZero() {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if n := passed.Load(); n > 4 || n == 0 {
		t.Errorf("%d of 30 attempts at once passed, want at most 4", n)
	}
	if _, err := s.DeleteExpired(ctx, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := admit(noon); got == 0 {
		t.Error("housekeeping forgets what happened an hour ago")
	}
	if err := s.Refund(ctx, "account:bob"); err != nil {
		t.Fatal(err)
	}
	if got := admit(noon); got != 0 {
		t.Errorf("blocked after a refund: %v", got)
	}
}

// Keys proves storage.Keys and storage.Audit.
func Keys(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	ws, other := AddWorkspace(t, s, "acme"), AddWorkspace(t, s, "other")
	var made []models.APIKey
	for i := range 5 {
		k := models.APIKey{ID: s.NewID(), WorkspaceID: ws.ID, Kind: storage.KeyAdmin, Name: "key", Prefix: "sja_12345678", SecretHash: sha256.Sum256([]byte{byte(i)}),
			Scopes: models.ToJSON([]string{"journeys.read"}), CreatedAt: models.At(noon.Add(time.Duration(i/2) * time.Second))}
		if err := s.CreateKey(ctx, k); err != nil {
			t.Fatal(err)
		}
		made = append(made, k)
	}
	// Pages go through everything once, also where several rows carry the same time.
	var seen []ids.ID
	ask := storage.PageAsk{Limit: 2}
	for {
		rows, err := s.KeysPage(ctx, ws.ID, ask)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range rows {
			seen = append(seen, k.ID)
			ask.After = storage.Cursor{At: k.CreatedAt, ID: k.ID}
		}
		if len(rows) < ask.Limit {
			break
		}
	}
	for i, id := range seen {
		if len(seen) != 5 || id != made[4-i].ID {
			t.Fatalf("pages show %v", seen)
		}
	}
	if got, err := s.KeyByHash(ctx, made[0].SecretHash); err != nil || got.ID != made[0].ID || string(got.Scopes) != `["journeys.read"]` {
		t.Errorf("key by hash: %+v, %v", got, err)
	}
	for _, at := range []time.Duration{0, 59 * time.Second, 61 * time.Second} {
		if err := s.KeyUsed(ctx, made[0].ID, noon.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := s.KeyByHash(ctx, made[0].SecretHash); !got.LastUsedAt.Time().Equal(noon.Add(61 * time.Second)) {
		t.Errorf("last used at %v", got.LastUsedAt.Time())
	}
	if err := s.RevokeKey(ctx, other.ID, made[0].ID, noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("revoked from another workspace: %v", err)
	}
	if err := s.RevokeKey(ctx, ws.ID, made[0].ID, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := s.KeyByHash(ctx, made[0].SecretHash); !fault.Is(err, fault.NotFound) {
		t.Errorf("a revoked key: %v", err)
	}
	if err := s.AppendAudit(ctx, models.AuditEntry{WorkspaceID: ws.ID, Actor: "user:1", Action: "key.revoke", Subject: "key:1", At: models.At(noon)}); err != nil {
		t.Fatal(err)
	}
	if rows, err := s.AuditPage(ctx, ws.ID, storage.PageAsk{Limit: 10}); err != nil || len(rows) != 1 || rows[0].Action != "key.revoke" {
		t.Errorf("audit: %+v, %v", rows, err)
	}
	if rows, err := s.AuditPage(ctx, other.ID, storage.PageAsk{Limit: 10}); err != nil || len(rows) != 0 {
		t.Errorf("another workspace's audit: %+v, %v", rows, err)
	}
}

// Workspaces proves storage.Workspaces.
func Workspaces(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	w := AddWorkspace(t, s, "acme")
	w.Name, w.Settings = "Acme", models.JSON(`{"public_url":"https://acme.example"}`)
	if err := s.SaveWorkspace(ctx, w); err != nil {
		t.Fatal(err)
	}
	if got, err := s.WorkspaceByKey(ctx, "acme"); err != nil || got.Name != "Acme" || string(got.Settings) != string(w.Settings) {
		t.Errorf("saved workspace: %+v, %v", got, err)
	}
	AddWorkspace(t, s, "second")
	if all, err := s.AllWorkspaces(ctx); err != nil || len(all) != 2 || all[0].WorkspaceKey != "acme" {
		t.Errorf("all workspaces: %+v, %v", all, err)
	}
	for i, c := range []struct {
		stopped bool
		epoch   int64
	}{{true, 1}, {true, 1}, {false, 1}, {true, 2}} {
		if err := s.SetSending(ctx, w.ID, c.stopped); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Workspace(ctx, w.ID); err != nil || got.SendingStopped != c.stopped || got.SendEpoch != c.epoch {
			t.Errorf("%d: stopped %v at epoch %d, want %v at %d (%v)", i, got.SendingStopped, got.SendEpoch, c.stopped, c.epoch, err)
		}
	}
	exec(t, s, "INSERT INTO senders (id, workspace_id, sender_key, channel, from_name, from_address, state, created_at) VALUES (?, ?, 'default', 'email', 'Acme', 'a@acme.example', 'active', 1)", s.NewID(), w.ID)
	for i, c := range []struct {
		paused bool
		epoch  int64
		state  string
	}{{true, 1, storage.SenderPaused}, {true, 1, storage.SenderPaused}, {false, 1, storage.SenderActive}} {
		if err := s.SetSender(ctx, w.ID, "default", c.paused, "why"); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Senders(ctx, w.ID); err != nil || len(got) != 1 || got[0].State != c.state || got[0].Epoch != c.epoch {
			t.Errorf("%d: sender %+v, %v", i, got, err)
		}
	}
	if err := s.SetSender(ctx, w.ID, "none", true, ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown sender: %v", err)
	}
}
