package adminapi

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/secret"
	"sojourn/server/session"
	"sojourn/storage"
)

// Caller is who makes a request: a user with a session, or an API key.
type Caller struct {
	User      models.User
	Role      access.Role
	Workspace models.Workspace
	Session   session.Session
	Key       models.APIKey
	Scopes    []string // of the key
}

// Actor is the name of the caller in the audit log and in versions: an id, which is shown as a person when read.
func (c Caller) Actor() string {
	if !c.Key.ID.IsZero() {
		return "key:" + c.Key.ID.String()
	}
	return "user:" + c.User.ID.String()
}

// May reports whether the caller holds a permission.
func (c Caller) May(p access.Permission) bool {
	if !c.Key.ID.IsZero() {
		return slices.Contains(c.Scopes, string(p))
	}
	return access.Allows(c.Role, p)
}

type callerKey struct{}

// caller is set by guard for every operation that is not public.
func caller(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

type requestKey struct{}

// httpRequest is the request behind an operation, for what huma does not model (cookies, the peer's address).
func httpRequest(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}

// guard runs before anything of the request is decoded.
func (a *API) guard(o op) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r := humagin.Unwrap(hc).Request
		hc.SetHeader("Cache-Control", "no-store")
		refuse := func(err error) {
			var p huma.StatusError
			if !errors.As(a.problem(hc.Context(), o.id, err), &p) {
				return
			}
			model := p.(*huma.ErrorModel) // everything here comes from newProblem
			if model.Status == http.StatusUnauthorized {
				hc.SetHeader("WWW-Authenticate", "Bearer")
			}
			_ = huma.WriteErr(a.huma, hc, model.Status, model.Detail)
		}
		if err := a.cross.Check(r); err != nil {
			refuse(fault.New(fault.Forbidden, "this request comes from another site"))
			return
		}
		if hasBody := r.ContentLength != 0; hasBody && r.Method != http.MethodGet {
			// A form or text/plain body is what another site can send without being asked; JSON is not.
			if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
				refuse(newProblem(http.StatusUnsupportedMediaType, "send application/json"))
				return
			}
		}
		ctx := context.WithValue(hc.Context(), requestKey{}, r)
		if o.allow != access.Public {
			c, err := a.identify(ctx, r)
			if err == nil {
				err = authorise(c, o.allow)
			}
			if err != nil {
				refuse(err)
				return
			}
			ctx = context.WithValue(ctx, callerKey{}, c)
		}
		next(huma.WithContext(hc, ctx))
	}
}

func authorise(c Caller, p access.Permission) error {
	if !c.Key.ID.IsZero() {
		if c.Key.Kind != storage.KeyAdmin {
			return fault.New(fault.Forbidden, "a write key may hand in events and nothing else")
		}
		if p == access.SignedIn {
			return fault.New(fault.Forbidden, "this is for people, not for API keys")
		}
		if !c.May(p) {
			return fault.New(fault.Forbidden, "this key lacks the scope %s", p)
		}
		return nil
	}
	if !c.May(p) {
		return fault.New(fault.Forbidden, "your role (%s) may not do this; it needs %s", c.Role, p)
	}
	return nil
}

// identify finds out who asks. A Bearer key goes before a cookie; a key in the address is never read.
func (a *API) identify(ctx context.Context, r *http.Request) (Caller, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, key, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") || key == "" || len(key) > 200 {
			return Caller{}, fault.New(fault.Unauthorised, "send an API key as Authorization: Bearer")
		}
		return a.identifyKey(ctx, key)
	}
	cookie, err := r.Cookie(a.deps.Sessions.CookieName())
	if err != nil {
		return Caller{}, fault.New(fault.Unauthorised, "you are not signed in")
	}
	s, err := a.deps.Sessions.Find(ctx, cookie.Value)
	if err != nil {
		return Caller{}, err
	}
	m, err := a.deps.Store.Member(ctx, s.Workspace, s.User)
	if fault.Is(err, fault.NotFound) {
		return Caller{}, fault.New(fault.Unauthorised, "you are no longer a member of this workspace")
	}
	if err != nil {
		return Caller{}, err
	}
	if !m.User.DisabledAt.IsZero() || m.User.PasswordChangedAt != s.PasswordAt {
		return Caller{}, fault.New(fault.Unauthorised, "your session has ended; sign in again")
	}
	return Caller{User: m.User, Role: access.Role(m.Role), Workspace: m.Workspace, Session: s}, nil
}

func (a *API) identifyKey(ctx context.Context, key string) (Caller, error) {
	row, err := a.deps.Store.KeyByHash(ctx, secret.HashKey(key))
	if fault.Is(err, fault.NotFound) {
		return Caller{}, fault.New(fault.Unauthorised, "this API key is not known or has been revoked")
	}
	if err != nil {
		return Caller{}, err
	}
	c := Caller{Key: row}
	if row.Kind == storage.KeyAdmin {
		if err := row.Scopes.Into(&c.Scopes); err != nil {
			return Caller{}, err
		}
	}
	if c.Workspace, err = a.deps.Store.Workspace(ctx, row.WorkspaceID); err != nil {
		return Caller{}, err
	}
	return c, a.deps.Store.KeyUsed(ctx, row.ID, a.now())
}

// audit writes one line per change: who, what, and the key or id in the path, or of the journey that was made. Bodies stay
// out: they hold people's data.
func (a *API) audit(ctx context.Context, o op, in, out any) error {
	c := caller(ctx)
	subject := ""
	if made, ok := out.(*Created[JourneyCreated]); ok {
		subject = made.Body.Key
	}
	v := reflect.ValueOf(in).Elem()
	for _, name := range []string{"Key", "ID"} {
		if f := v.FieldByName(name); f.IsValid() && f.Kind() == reflect.String {
			subject = f.String()
		}
	}
	return a.auditAs(ctx, c.Workspace.ID, c.Actor(), o.id, subject)
}

func (a *API) auditAs(ctx context.Context, workspace int64, actor, action, subject string) error {
	return a.deps.Store.AppendAudit(ctx, models.AuditEntry{WorkspaceID: workspace, Actor: actor, Action: action, Subject: clip(subject, 120), At: models.At(a.now())})
}

// parseID reads an id of a path or filter. What is no id at all is simply not there.
func parseID(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return id, fault.New(fault.NotFound, "not found")
	}
	return id, nil
}
