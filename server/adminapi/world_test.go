package adminapi_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/argon2"

	"sojourn/broadcast"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/server/secret"
	"sojourn/server/session"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

func init() { gin.SetMode(gin.ReleaseMode) }

const password = "correct horse battery"

var (
	passwords    = secret.NewPasswords()
	passwordHash = cheapHash(password)
)

// cheapHash takes next to no time to verify: a hash names its own cost. What the product's cost is, package secret tests.
func cheapHash(password string) string {
	salt, b := []byte("salt for tests, "), base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, b.EncodeToString(salt), b.EncodeToString(argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)))
}

// world is a server with the workspace acme, where each role has a member role@acme.example, and a twin.
type world struct {
	t     *testing.T
	s     *sqlstore.Store
	api   *adminapi.API
	url   string
	acme  storagetest.Company
	twin  storagetest.Company
	users map[access.Role]models.User
}

func newWorld(t *testing.T, change ...func(*adminapi.Deps)) *world {
	t.Helper()
	w := emptyWorld(t, change...)
	w.acme = storagetest.FillCompany(t, w.s, storagetest.AddWorkspace(t, w.s, "acme"))
	w.twin = storagetest.FillCompany(t, w.s, storagetest.AddWorkspace(t, w.s, "twin"))
	for workspace, key := range map[int64]string{w.acme.Workspace.ID: "win-back", w.twin.Workspace.ID: "twins-own"} { // named like the journeys, for tests that walk all paths
		if _, err := w.s.CreateBroadcast(context.Background(), workspace, key, "Letter", broadcast.Definition{Purpose: "offers", Template: "nowhere"}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	w.users = map[access.Role]models.User{}
	for _, r := range access.Roles {
		w.users[r] = w.addUser(w.acme.Workspace.ID, string(r)+"@acme.example", r)
	}
	w.addUser(w.twin.Workspace.ID, "owner@twin.example", access.Owner)
	return w
}

func emptyWorld(t *testing.T, change ...func(*adminapi.Deps)) *world {
	t.Helper()
	s := dbtest.SQLite(t)
	d := adminapi.Deps{Store: s, Sessions: session.New(s, false, nil), Passwords: passwords, Channels: []string{"email"}, CursorKey: []byte("a key for tests, 32 bytes long …"), Version: "test"}
	for _, c := range change {
		c(&d)
	}
	router := gin.New()
	w := &world{t: t, s: s, api: adminapi.New(router, d)}
	srv := httptest.NewServer(router)
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

func (w *world) addUser(workspace int64, email string, role access.Role) models.User {
	w.t.Helper()
	now := models.At(time.Now())
	u, _, err := w.s.AddMember(context.Background(), workspace, models.User{Email: email, Name: email, PasswordHash: passwordHash, PasswordChangedAt: now, CreatedAt: now}, string(role), now.Time())
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// addKey makes an API key and returns its secret.
func (w *world) addKey(workspace int64, kind string, scopes ...string) string {
	w.t.Helper()
	text, prefix, hash := secret.NewKey(kind)
	err := w.s.CreateKey(context.Background(), models.APIKey{WorkspaceID: workspace, Kind: kind, Name: "test", Prefix: prefix, SecretHash: hash, Scopes: models.ToJSON(append([]string{}, scopes...)), CreatedAt: models.At(time.Now())})
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// browser is somebody with a cookie jar, or with a key.
type browser struct {
	w      *world
	client *http.Client
	header http.Header
}

func (w *world) stranger() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{w: w, client: &http.Client{Jar: jar}, header: http.Header{}}
}

func (w *world) as(role access.Role) *browser { return w.signIn(string(role) + "@acme.example") }

func (w *world) signIn(email string) *browser {
	w.t.Helper()
	b := w.stranger()
	if r := b.do("POST", "/auth/login", map[string]any{"email": email, "password": password}); r.status != http.StatusOK {
		w.t.Fatalf("sign in as %s: %d %s", email, r.status, r.body)
	}
	return b
}

func (w *world) withKey(key string) *browser {
	b := w.stranger()
	b.header.Set("Authorization", "Bearer "+key)
	return b
}

type response struct {
	status int
	header http.Header
	body   string
}

// do calls an operation; the body may be nil, a string (sent as it is) or anything JSON.
func (b *browser) do(method, path string, body any, header ...string) response {
	b.w.t.Helper()
	var r io.Reader
	switch v := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(v)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			b.w.t.Fatal(err)
		}
		r = bytes.NewReader(text)
	}
	if !strings.HasPrefix(path, "http") {
		if !strings.HasPrefix(path, adminapi.Prefix) && path != "/openapi.json" && path != "/journey.schema.json" {
			path = adminapi.Prefix + path
		}
		path = b.w.url + path
	}
	req, err := http.NewRequest(method, path, r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range b.header {
		req.Header[k] = v
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return response{res.StatusCode, res.Header, string(text)}
}

// into decodes a good answer.
func (r response) into(t *testing.T, status int, v any) {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
}

// path fills an operation's path with a company's things; which id is meant follows from the path.
func fill(path string, c storagetest.Company, user models.User, key models.APIKey) string {
	id := ""
	switch {
	case strings.Contains(path, "/runs/"), strings.Contains(path, "/rehearsals/"): // the second is nobody's
		id = c.Runs[2].ID.String()
	case strings.Contains(path, "/customers/"):
		id = c.Customers[2].ID.String()
	case strings.Contains(path, "/inbox/"):
		id = c.Inbox.ID.String()
	case strings.Contains(path, "/parked-events/"):
		id = c.Stuck.ID.String()
	case strings.Contains(path, "/events/"):
		id = c.Routed.ID.String()
	case strings.Contains(path, "/operations/"):
		id = c.Operation.ID.String()
	case strings.Contains(path, "/comments/"):
		id = c.Comment.ID.String()
	case strings.Contains(path, "/referrals/"):
		id = c.Customers[2].ID.String() // no referral: there is none to end
	case strings.Contains(path, "/tasks/"):
		id = c.Task.ID.String()
	case strings.Contains(path, "/users/"):
		id = user.ID.String()
	case strings.Contains(path, "/api-keys/"):
		id = key.ID.String()
	}
	name := c.Journey.JourneyKey
	if strings.Contains(path, "/senders/") {
		name = "default"
	}
	if strings.Contains(path, "/blueprints/") {
		name = letter.Document.Key
	}
	if strings.HasSuffix(path, "/html") && strings.Contains(path, "{template}") {
		path += "?channel=email&locale=nl"
	}
	return strings.NewReplacer("{id}", id, "{key}", name, "{number}", "3", "{template}", letter.Templates[0].Key).Replace(path)
}

func (w *world) anyKey(workspace int64) models.APIKey {
	w.t.Helper()
	rows, err := w.s.KeysPage(context.Background(), workspace, storage.PageAsk{Limit: 1})
	if err != nil || len(rows) == 0 {
		w.t.Fatalf("no key in workspace %d: %v", workspace, err)
	}
	return rows[0]
}
