package adminapi_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/server/session"
	"sojourn/storage"
)

// bodies are valid for the operations that take one.
var bodies = map[string]any{
	"setup":              map[string]any{"token": "x", "email": "a@b.example", "name": "A", "password": "0123456789", "workspace_name": "W"},
	"login":              map[string]any{"email": "a@b.example", "password": "x"},
	"change-password":    map[string]any{"current": password, "new": "another good password"},
	"switch-workspace":   map[string]any{"workspace": "acme"},
	"start-rehearsal":    map[string]any{"mode": "all"},
	"prove-address":      map[string]any{"code": "00000000"},
	"create-journey":     map[string]any{"blueprint": "none"},
	"create-broadcast":   map[string]any{"key": "letter", "name": "Letter", "definition": map[string]any{"schedule": map[string]any{}}},
	"save-broadcast":     map[string]any{"name": "Letter", "definition": map[string]any{"schedule": map[string]any{}}},
	"forecast-broadcast": map[string]any{"definition": map[string]any{"schedule": map[string]any{}}},
	"cancel-broadcast":   map[string]any{},
	"clone-broadcast":    map[string]any{"key": "copy", "name": "Copy"},
	"resend-broadcast":   map[string]any{"key": "again", "name": "Again", "issue": 1, "unless": "opened"},
	"preview-broadcast":  map[string]any{"definition": map[string]any{"schedule": map[string]any{}}},
	"test-broadcast":     map[string]any{"definition": map[string]any{"schedule": map[string]any{}}, "to": []string{"nobody"}},
	"save-draft":         map[string]any{"key": "win-back", "name": "W", "purpose": "offers", "entry": map[string]any{"kind": "event", "event": "X"}, "steps": []any{}},
	"validate-journey":   map[string]any{"document": map[string]any{"key": "x", "name": "W", "purpose": "offers", "entry": map[string]any{"kind": "event"}, "steps": []any{}}},
	"journey-source":     map[string]any{"text": "key: x"},
	"publish-journey":    map[string]any{},
	"roll-back":          map[string]any{"version": 1},
	"set-rollout":        map[string]any{"percent": 50},
	"preview-move":       map[string]any{"to": 0},
	"create-operation":   map[string]any{"kind": "hold"},
	"enter-journey":      map[string]any{"customer": "nobody"},
	"add-people":         map[string]any{"customers": []string{"nobody"}},
	"operate-run":        map[string]any{"kind": "hold"},
	"resume-journey":     map[string]any{},
	"change-consent":     map[string]any{"channel": "email", "purpose": "offers", "state": "withdrawn"},
	"suppress-customer":  map[string]any{"channel": "email"},
	"pause-sender":       map[string]any{},
	"complete-task":      map[string]any{"outcome": "done"},
	"note-task":          map[string]any{"note": "x"},
	"save-offer":         map[string]any{"name": "Ten", "code_kind": "none", "benefit_kind": "other"},
	"add-comment":        map[string]any{"body": "why?"},
	"resolve-comment":    map[string]any{"resolved": true},
	"code-document":      map[string]any{"settings": map[string]any{}},
	"add-codes":          map[string]any{"codes": []string{"A"}},
	"save-sender":        map[string]any{"channel": "email", "from_name": "A", "from_address": "a@b.example"},
	"create-api-key":     map[string]any{"kind": "ingest", "name": "k"},
	"create-user":        map[string]any{"email": "new@acme.example", "name": "New", "role": "analyst"},
	"change-user":        map[string]any{"disabled": true},
	"save-settings":      map[string]any{"name": "Acme", "timezone": "Europe/Amsterdam", "currency": "EUR", "locale": "en", "public_url": "", "caps": []any{}},
}

// S1: every operation of the router table against every kind of caller. A new operation is in this test by itself.
func TestEveryOperationAsksForItsPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ingest := w.addKey(w.acme.Workspace.ID, storage.KeyIngest)
	scopeless := w.addKey(w.acme.Workspace.ID, storage.KeyAdmin)
	people := map[access.Role]*browser{}
	for _, role := range access.Roles {
		people[role] = w.as(role) // refusals end no session
	}
	for _, o := range w.api.Operations() {
		path := fill(o.Path, w.acme, w.users[access.Analyst], w.anyKey(w.acme.Workspace.ID))
		if o.Permission == access.Public {
			if got := w.stranger().do(o.Method, path, bodies[o.ID]); got.status == http.StatusForbidden {
				t.Errorf("%s is public but answers %d", o.ID, got.status)
			}
			continue
		}
		if got := w.stranger().do(o.Method, path, bodies[o.ID]); got.status != http.StatusUnauthorized {
			t.Errorf("%s without a session: %d", o.ID, got.status)
		}
		if got := w.stranger().do(o.Method, path, bodies[o.ID], "Cookie", "sojourn=nonsense"); got.status != http.StatusUnauthorized {
			t.Errorf("%s with an unknown session: %d", o.ID, got.status)
		}
		for what, key := range map[string]string{"a write key": ingest, "a key without scopes": scopeless} {
			if got := w.withKey(key).do(o.Method, path, bodies[o.ID]); got.status != http.StatusForbidden {
				t.Errorf("%s with %s: %d", o.ID, what, got.status)
			}
		}
		for _, role := range access.Roles {
			if access.Allows(role, o.Permission) {
				continue
			}
			if got := people[role].do(o.Method, path, bodies[o.ID]); got.status != http.StatusForbidden {
				t.Errorf("%s as %s: %d", o.ID, role, got.status)
			}
		}
	}
}

// The other half of S1: who may, can. Reading answers 200; whatever changes something is not refused for want of rights.
func TestEveryPermissionOpensItsOperations(t *testing.T) {
	t.Parallel()
	for _, role := range access.Roles {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(d *adminapi.Deps) { d.Blueprints = []adminapi.Finished{letter} })
			w.addKey(w.acme.Workspace.ID, storage.KeyIngest)
			b := w.as(role)
			for _, o := range w.api.Operations() {
				if o.Permission == access.Public || !access.Allows(role, o.Permission) || o.ID == "change-user" {
					continue
				}
				got := b.do(o.Method, fill(o.Path, w.acme, w.users[access.Analyst], w.anyKey(w.acme.Workspace.ID)), bodies[o.ID])
				if o.ID == "get-rehearsal" && got.status == http.StatusNotFound || o.ID == "ask-address" && got.status == http.StatusServiceUnavailable {
					continue // of one's own only, and there is none; this world has no mail
				}
				if o.Method == http.MethodGet && got.status != http.StatusOK || got.status == http.StatusForbidden || got.status == http.StatusUnauthorized || got.status >= 500 {
					t.Errorf("%s: %d %s", o.ID, got.status, got.body)
				}
				switch o.ID {
				case "change-password": // back to the one the others expect
					if err := w.s.SetPassword(context.Background(), w.users[role].ID, passwordHash, time.Now()); err != nil {
						t.Fatal(err)
					}
					b = w.as(role)
				case "logout":
					b = w.as(role)
				}
			}
		})
	}
}

func TestScopesOpenExactlyTheirOperations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *adminapi.Deps) { d.Blueprints = []adminapi.Finished{letter} })
	b := w.withKey(w.addKey(w.acme.Workspace.ID, storage.KeyAdmin, string(access.JourneysRead), string(access.EventsRead)))
	for _, o := range w.api.Operations() {
		if o.Method != http.MethodGet || o.Permission == access.Public {
			continue
		}
		want := http.StatusForbidden
		if slices.Contains([]access.Permission{access.JourneysRead, access.EventsRead}, o.Permission) {
			want = http.StatusOK
		}
		if got := b.do(o.Method, fill(o.Path, w.acme, w.users[access.Owner], w.anyKey(w.acme.Workspace.ID)), nil); got.status != want {
			t.Errorf("%s: %d, want %d", o.ID, got.status, want)
		}
	}
}

// S27: the ids of another workspace's things lead nowhere, read or written.
func TestForeignThingsAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addKey(w.acme.Workspace.ID, storage.KeyIngest)
	w.addKey(w.twin.Workspace.ID, storage.KeyIngest)
	twinOwner, err := w.s.UserByEmail(context.Background(), "owner@twin.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.SQL().Exec("UPDATE journeys SET journey_key = 'twins-own' WHERE workspace_id = ?", w.twin.Workspace.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.SQL().Exec("UPDATE senders SET sender_key = 'twins-own' WHERE workspace_id = ?", w.twin.Workspace.ID); err != nil {
		t.Fatal(err)
	}
	w.twin.Journey.JourneyKey = "twins-own"
	owner := w.as(access.Owner)
	for _, o := range w.api.Operations() {
		if !strings.Contains(o.Path, "{") || o.ID == "save-sender" || o.ID == "save-offer" { // which makes one of that name here
			continue
		}
		path := strings.Replace(fill(o.Path, w.twin, twinOwner, w.anyKey(w.twin.Workspace.ID)), "/senders/default/", "/senders/twins-own/", 1)
		if got := owner.do(o.Method, path, bodies[o.ID], "If-Match", `"1"`); got.status != http.StatusNotFound {
			t.Errorf("%s of another workspace: %d %s", o.ID, got.status, got.body)
		}
	}
	for _, filter := range []string{"/runs?customer=" + w.twin.Customers[0].ID.String(), "/sends?customer=" + w.twin.Customers[2].ID.String(), "/inbox?customer=" + w.twin.Customers[2].ID.String(), "/events?customer=" + w.twin.Customers[2].ID.String()} {
		var p adminapi.Page[map[string]any]
		owner.do("GET", filter, nil).into(t, http.StatusOK, &p)
		if len(p.Items) != 0 {
			t.Errorf("%s shows %d foreign rows", filter, len(p.Items))
		}
	}
	if got := owner.do("GET", "/runs?journey=twins-own", nil); got.status != http.StatusNotFound {
		t.Errorf("runs of a foreign journey: %d", got.status)
	}
	if got := owner.do("POST", "/auth/workspace", map[string]any{"workspace": "twin"}); got.status != http.StatusNotFound {
		t.Errorf("switching to a foreign workspace: %d", got.status)
	}
}

// An operation that forgets its permission never starts.
func TestAnOperationWithoutPermissionDoesNotRegister(t *testing.T) {
	t.Parallel()
	for _, o := range adminapi.New(gin.New(), adminapi.Deps{}).Operations() {
		if !access.Known(o.Permission) {
			t.Errorf("%s has the permission %q", o.ID, o.Permission)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("registering without a permission does not panic")
		}
	}()
	adminapi.RegisterForTest(adminapi.New(gin.New(), adminapi.Deps{}), "")
}

// S2: what else may be tried with keys.
func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.addKey(w.acme.Workspace.ID, storage.KeyAdmin, string(access.JourneysRead))
	if got := w.withKey(key).do("GET", "/journeys", nil); got.status != http.StatusOK {
		t.Fatalf("a good key: %d", got.status)
	}
	for what, c := range map[string]response{
		"in the address":     w.stranger().do("GET", "/journeys?key="+key, nil),
		"as basic auth":      w.stranger().do("GET", "/journeys", nil, "Authorization", "Basic "+key),
		"its prefix":         w.withKey(key[:12]).do("GET", "/journeys", nil),
		"one letter changed": w.withKey(key[:len(key)-1]+"0").do("GET", "/journeys", nil),
		"nothing":            w.withKey("").do("GET", "/journeys", nil),
	} {
		if c.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, c.status)
		}
	}
	row := w.anyKey(w.acme.Workspace.ID)
	if got := w.as(access.Developer).do("DELETE", "/api-keys/"+row.ID.String(), nil); got.status != http.StatusNoContent {
		t.Fatalf("revoke: %d %s", got.status, got.body)
	}
	if got := w.withKey(key).do("GET", "/journeys", nil); got.status != http.StatusUnauthorized {
		t.Errorf("a revoked key: %d", got.status)
	}
	// A key never holds more than the one who makes it.
	dev := w.as(access.Developer)
	if got := dev.do("POST", "/api-keys", map[string]any{"kind": "admin", "name": "k", "scopes": []string{"users.manage"}}); got.status != http.StatusForbidden {
		t.Errorf("a developer makes a key that manages users: %d", got.status)
	}
	var made adminapi.APIKeyCreated
	dev.do("POST", "/api-keys", map[string]any{"kind": "admin", "name": "k", "scopes": []string{"journeys.read"}}).into(t, http.StatusCreated, &made)
	if got := w.withKey(made.Secret).do("GET", "/journeys", nil); got.status != http.StatusOK {
		t.Errorf("the new key: %d", got.status)
	}
	if list := dev.do("GET", "/api-keys", nil); strings.Contains(list.body, made.Secret) || !strings.Contains(list.body, made.Prefix) {
		t.Error("the list shows the secret, or not the prefix")
	}
}

// S3: sessions end when they must.
func TestSessionsDie(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for what, end := range map[string]func(w *world, victim *browser){
		"logout": func(w *world, v *browser) { v.do("POST", "/auth/logout", nil) },
		"password change elsewhere": func(w *world, v *browser) {
			other := w.signIn("marketer@acme.example")
			if got := other.do("POST", "/auth/password", bodies["change-password"]); got.status != http.StatusOK {
				w.t.Fatalf("change password: %d %s", got.status, got.body)
			}
			if got := other.do("GET", "/auth/me", nil); got.status != http.StatusOK {
				w.t.Errorf("the browser that changed the password: %d", got.status)
			}
		},
		"role change": func(w *world, v *browser) {
			got := w.as(access.Owner).do("PATCH", "/users/"+w.users[access.Marketer].ID.String(), map[string]any{"role": "admin"})
			if got.status != http.StatusOK {
				w.t.Fatalf("change role: %d %s", got.status, got.body)
			}
		},
		"disable": func(w *world, v *browser) {
			got := w.as(access.Admin).do("PATCH", "/users/"+w.users[access.Marketer].ID.String(), map[string]any{"disabled": true})
			if got.status != http.StatusOK {
				w.t.Fatalf("disable: %d %s", got.status, got.body)
			}
			if got := w.stranger().do("POST", "/auth/login", map[string]any{"email": "marketer@acme.example", "password": password}); got.status != http.StatusUnauthorized {
				w.t.Errorf("a disabled account signs in: %d", got.status)
			}
		},
		"a row that survived a password change": func(w *world, v *browser) {
			if _, err := w.s.SQL().ExecContext(ctx, "UPDATE users SET password_changed_at = password_changed_at + 1"); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			victim := w.as(access.Marketer)
			cookie := victim.client.Jar.Cookies(mustURL(t, w.url))[0]
			if got := victim.do("GET", "/auth/me", nil); got.status != http.StatusOK {
				t.Fatalf("before: %d", got.status)
			}
			end(w, victim)
			replay := w.stranger()
			if got := replay.do("GET", "/auth/me", nil, "Cookie", cookie.Name+"="+cookie.Value); got.status != http.StatusUnauthorized {
				t.Errorf("the old cookie still works: %d", got.status)
			}
		})
	}
	t.Run("expiry", func(t *testing.T) {
		t.Parallel()
		now := time.Now()
		w := newWorld(t, func(d *adminapi.Deps) {
			d.Sessions = session.New(d.Store.(storage.Sessions), false, func() time.Time { return now })
		})
		b := w.as(access.Owner)
		now = now.Add(session.Lifetime + time.Minute)
		cookie := b.client.Jar.Cookies(mustURL(t, w.url))
		if len(cookie) > 0 {
			if got := w.stranger().do("GET", "/auth/me", nil, "Cookie", cookie[0].Name+"="+cookie[0].Value); got.status != http.StatusUnauthorized {
				t.Errorf("after its life: %d", got.status)
			}
		}
	})
	t.Run("fixation", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		planted := w.as(access.Analyst)
		cookie := planted.client.Jar.Cookies(mustURL(t, w.url))[0]
		victim := w.stranger()
		got := victim.do("POST", "/auth/login", map[string]any{"email": "owner@acme.example", "password": password}, "Cookie", cookie.Name+"="+cookie.Value)
		if got.status != http.StatusOK || strings.Contains(got.header.Get("Set-Cookie"), cookie.Value) {
			t.Fatalf("login keeps the planted token: %d", got.status)
		}
		if got := w.stranger().do("GET", "/auth/me", nil, "Cookie", cookie.Name+"="+cookie.Value); got.status != http.StatusUnauthorized {
			t.Errorf("the planted token works after the login: %d", got.status)
		}
	})
}
