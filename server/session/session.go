// Package session keeps browsers signed in: scs over storage.Sessions. A token is 256 random bits in a cookie that
// scripts can't read; the database holds only its SHA-256. A session names the user, the workspace he works in, and the
// moment his password was set: a session from before a change of password is worth nothing, even if its row survived.
package session

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// Lifetime is how long somebody stays signed in, whatever he does.
const Lifetime = 24 * time.Hour

// Manager starts, finds and ends sessions.
type Manager struct {
	scs    *scs.SessionManager
	secure bool
}

// New makes a manager. Secure is for sites reached over https: the cookie then has the __Host- prefix, which binds it to
// this very host. Now is the clock for expiry of rows (nil = time.Now).
func New(rows storage.Sessions, secure bool, now func() time.Time) *Manager {
	m := scs.New()
	m.Lifetime = Lifetime
	m.Store = store{rows: rows, now: now, codec: m.Codec}
	return &Manager{scs: m, secure: secure}
}

// CookieName is the name of the session cookie.
func (m *Manager) CookieName() string {
	if m.secure {
		return "__Host-sojourn"
	}
	return "sojourn"
}

// Session is a signed-in browser.
type Session struct {
	User       ids.ID
	Workspace  int64
	PasswordAt models.Instant
	Token      string
}

const keyUser, keyWorkspace, keyPassword = "user", "workspace", "password_at"

// Find returns the session of a token; Unauthorised when there is none.
func (m *Manager) Find(ctx context.Context, token string) (Session, error) {
	unknown := fault.New(fault.Unauthorised, "you are not signed in, or your session has ended")
	if token == "" || len(token) > 200 {
		return Session{}, unknown
	}
	ctx, err := m.scs.Load(ctx, token)
	if err != nil {
		return Session{}, err
	}
	user, err := ids.Parse(m.scs.GetString(ctx, keyUser))
	if err != nil {
		return Session{}, unknown
	}
	return Session{User: user, Workspace: m.scs.GetInt64(ctx, keyWorkspace), PasswordAt: models.Instant(m.scs.GetInt64(ctx, keyPassword)), Token: token}, nil
}

// Start makes a session under a new token and ends the one the browser had before, so that a token planted or noted
// before the login is worth nothing after it.
func (m *Manager) Start(ctx context.Context, s Session, before string) (http.Cookie, error) {
	if before != "" {
		if err := m.end(ctx, before); err != nil {
			return http.Cookie{}, err
		}
	}
	ctx, err := m.scs.Load(ctx, "")
	if err != nil {
		return http.Cookie{}, err
	}
	m.scs.Put(ctx, keyUser, s.User.String())
	m.scs.Put(ctx, keyWorkspace, s.Workspace)
	m.scs.Put(ctx, keyPassword, int64(s.PasswordAt))
	token, expires, err := m.scs.Commit(ctx)
	if err != nil {
		return http.Cookie{}, err
	}
	return m.cookie(token, expires), nil
}

// End ends the session and returns the cookie that makes the browser forget it.
func (m *Manager) End(ctx context.Context, token string) (http.Cookie, error) {
	c := m.cookie("", time.Unix(1, 0))
	c.MaxAge = -1
	return c, m.end(ctx, token)
}

func (m *Manager) end(ctx context.Context, token string) error {
	ctx, err := m.scs.Load(ctx, token)
	if err != nil {
		return err
	}
	return m.scs.Destroy(ctx)
}

func (m *Manager) cookie(value string, expires time.Time) http.Cookie {
	return http.Cookie{Name: m.CookieName(), Value: value, Path: "/", Expires: expires, HttpOnly: true, Secure: m.secure, SameSite: http.SameSiteLaxMode}
}

// store adapts storage.Sessions to scs. It hashes tokens, and reads the user out of the data so that all sessions of a
// user can be ended by one statement.
type store struct {
	rows  storage.Sessions
	now   func() time.Time
	codec scs.Codec
}

var _ scs.CtxStore = store{}

func hash(token string) models.Hash { return sha256.Sum256([]byte(token)) }

func (s store) clock() time.Time {
	if s.now != nil {
		return s.now()
	}
	return time.Now() //nolint:forbidigo // the edge of the program
}

func (s store) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	row, err := s.rows.Session(ctx, hash(token), s.clock())
	if fault.Is(err, fault.NotFound) {
		return nil, false, nil
	}
	return row.Data, err == nil, err
}

func (s store) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	_, values, err := s.codec.Decode(b)
	if err != nil {
		return err
	}
	text, _ := values[keyUser].(string)
	user, err := ids.Parse(text)
	if err != nil {
		return err
	}
	return s.rows.SaveSession(ctx, models.Session{TokenHash: hash(token), UserID: user, Data: b, ExpiresAt: models.At(expiry)})
}

func (s store) DeleteCtx(ctx context.Context, token string) error {
	return s.rows.DeleteSession(ctx, hash(token))
}

// The forms without a context are part of the interface; scs calls the others.
func (s store) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}
func (s store) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}
func (s store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
