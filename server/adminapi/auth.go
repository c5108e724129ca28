package adminapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"sojourn/fault"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/session"
	"sojourn/storage"
)

// Rules against guessing: an account is slowed down from the sixth wrong password on, an address from the thirty-first.
// They only ever delay, at most five minutes, so nobody can be locked out of his account by somebody else.
func loginRules(account, address string) []storage.AttemptRule {
	return []storage.AttemptRule{
		{Key: account, Free: 5, Window: time.Hour, Base: time.Second, Max: 5 * time.Minute},
		{Key: address, Free: 30, Window: time.Hour, Base: time.Second, Max: 5 * time.Minute},
	}
}

// throttleKeys names the account by a hash, so that the table holds no address of a person who mistyped his own.
func throttleKeys(email, remote string) (account, address string) {
	sum := sha256.Sum256([]byte(normalEmail(email)))
	return "account:" + hex.EncodeToString(sum[:]), "address:" + networkOf(remote)
}

// networkOf is the peer's own address, never a forwarded one; of IPv6 the /64, which one person owns as a whole.
func networkOf(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "unknown"
	}
	addr := ap.Addr().Unmap()
	if addr.Is6() {
		if p, err := addr.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}

func normalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (a *API) authOptions(ctx context.Context, _ *Nothing) (*Out[AuthOptions], error) {
	needed, err := a.setupNeeded(ctx)
	return &Out[AuthOptions]{AuthOptions{SetupNeeded: needed}}, err
}

func (a *API) setupNeeded(ctx context.Context) (bool, error) {
	if a.deps.SetupToken == "" {
		return false, nil
	}
	any, err := a.deps.Store.AnyUser(ctx)
	return !any, err
}

// setup makes the first owner. After that the operation does not exist any more.
func (a *API) setup(ctx context.Context, in *In[SetupRequest]) (*SessionOut, error) {
	needed, err := a.setupNeeded(ctx)
	if err != nil {
		return nil, err
	}
	if !needed {
		return nil, fault.New(fault.NotFound, "not found")
	}
	_, address := throttleKeys("", httpRequest(ctx).RemoteAddr)
	if err := a.admit(ctx, loginRules("setup", address)); err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(in.Body.Token), []byte(a.deps.SetupToken)) != 1 {
		return nil, fault.New(fault.Forbidden, "this is not the setup token; it was printed when the server started")
	}
	hash, err := a.deps.Passwords.Hash(ctx, in.Body.Password)
	if err != nil {
		return nil, err
	}
	now := models.At(a.now())
	w := models.Workspace{WorkspaceKey: "main", Name: in.Body.WorkspaceName, Timezone: or(in.Body.Timezone, "UTC"), Currency: or(in.Body.Currency, "EUR"), Locale: or(in.Body.Locale, "en"),
		Settings: models.ToJSON(map[string]any{"public_url": a.deps.PublicURL}), CreatedAt: now}
	if _, err := time.LoadLocation(w.Timezone); err != nil {
		return nil, fault.New(fault.Invalid, "unknown time zone").WithFields(fault.Field{Path: "body.timezone", Message: "not an IANA time zone"})
	}
	u := models.User{Email: normalEmail(in.Body.Email), Name: in.Body.Name, PasswordHash: hash, PasswordChangedAt: now, CreatedAt: now}
	// The key of the first workspace is always the same, so of two set-ups at once one breaks the unique key.
	if w, err = a.deps.Store.CreateOwner(ctx, w, u); err != nil {
		if fault.Is(err, fault.Conflict) {
			return nil, fault.New(fault.NotFound, "not found")
		}
		return nil, err
	}
	if u, err = a.deps.Store.UserByEmail(ctx, u.Email); err != nil {
		return nil, err
	}
	// A first sender, so that a journey can be tried at once; its address is the owner's to change.
	_, domain, _ := strings.Cut(u.Email, "@")
	if _, err := a.deps.Store.PutSender(ctx, models.Sender{WorkspaceID: w.ID, SenderKey: "default", Channel: "email", FromName: w.Name, FromAddress: "hello@" + domain, State: storage.SenderActive}, now.Time()); err != nil {
		return nil, err
	}
	return a.startSession(ctx, storage.Member{User: u, Workspace: w, Role: string(access.Owner)}, "setup")
}

func (a *API) admit(ctx context.Context, rules []storage.AttemptRule) error {
	now := a.now()
	until, err := a.deps.Store.Admit(ctx, rules, now)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		return busyUntil{fault.New(fault.Busy, "too many attempts; wait a moment and try again"), until.Sub(now)}
	}
	return nil
}

// login answers the same, after the same time, whether the account exists, is disabled, or the password is wrong.
func (a *API) login(ctx context.Context, in *In[LoginRequest]) (*SessionOut, error) {
	email := normalEmail(in.Body.Email)
	account, address := throttleKeys(email, httpRequest(ctx).RemoteAddr)
	if err := a.admit(ctx, loginRules(account, address)); err != nil {
		return nil, err
	}
	user, err := a.deps.Store.UserByEmail(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	hash := user.PasswordHash
	if !user.DisabledAt.IsZero() {
		hash = ""
	}
	ok, err := a.deps.Passwords.Verify(ctx, hash, in.Body.Password)
	if err != nil {
		return nil, err
	}
	wrong := fault.New(fault.Unauthorised, "e-mail or password is not right")
	if !ok {
		return nil, wrong
	}
	members, err := a.deps.Store.MembershipsOf(ctx, user.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if in.Body.Workspace != "" && in.Body.Workspace != m.Workspace.WorkspaceKey {
			continue
		}
		if err := a.deps.Store.Forget(ctx, account); err != nil {
			return nil, err
		}
		if err := a.deps.Store.Refund(ctx, address); err != nil {
			return nil, err
		}
		return a.startSession(ctx, m, "login")
	}
	return nil, wrong
}

// startSession signs the member in under a new token; the one the browser came with is ended.
func (a *API) startSession(ctx context.Context, m storage.Member, action string) (*SessionOut, error) {
	before := ""
	if c, err := httpRequest(ctx).Cookie(a.deps.Sessions.CookieName()); err == nil {
		before = c.Value
	}
	cookie, err := a.deps.Sessions.Start(ctx, session.Session{User: m.User.ID, Workspace: m.Workspace.ID, PasswordAt: m.User.PasswordChangedAt}, before)
	if err != nil {
		return nil, err
	}
	c := Caller{User: m.User, Role: access.Role(m.Role), Workspace: m.Workspace}
	if action != "" {
		if err := a.auditAs(ctx, c.Workspace.ID, c.Actor(), action, ""); err != nil {
			return nil, err
		}
	}
	me, err := a.meOf(ctx, c)
	return &SessionOut{Cookie: []http.Cookie{cookie}, Body: me}, err
}

func (a *API) logout(ctx context.Context, _ *Nothing) (*SessionEnd, error) {
	cookie, err := a.deps.Sessions.End(ctx, caller(ctx).Session.Token)
	return &SessionEnd{Cookie: []http.Cookie{cookie}}, err
}

func (a *API) me(ctx context.Context, _ *Nothing) (*Out[Me], error) {
	me, err := a.meOf(ctx, caller(ctx))
	return &Out[Me]{me}, err
}

func (a *API) meOf(ctx context.Context, c Caller) (Me, error) {
	members, err := a.deps.Store.MembershipsOf(ctx, c.User.ID)
	if err != nil {
		return Me{}, err
	}
	hasInbox := a.deps.HasInbox
	if !hasInbox { // another process may have the inbox as its provider: look for mails
		rows, err := a.deps.Store.ListInbox(ctx, c.Workspace.ID, storage.InboxFilter{}, storage.PageAsk{Limit: 1})
		if err != nil {
			return Me{}, err
		}
		hasInbox = len(rows) > 0
	}
	me := Me{
		User: UserRef{ID: c.User.ID.String(), Email: c.User.Email, Name: c.User.Name},
		Workspace: WorkspaceInfo{Key: c.Workspace.WorkspaceKey, Name: c.Workspace.Name, Timezone: c.Workspace.Timezone,
			Currency: c.Workspace.Currency, Locale: c.Workspace.Locale, SendingStopped: c.Workspace.SendingStopped},
		Workspaces: []WorkspaceRef{}, Role: string(c.Role), Permissions: []string{},
		TemporalWebURL: a.deps.WebURL, HasInbox: hasInbox, Version: a.deps.Version,
	}
	for _, m := range members {
		me.Workspaces = append(me.Workspaces, WorkspaceRef{Key: m.Workspace.WorkspaceKey, Name: m.Workspace.Name, Role: m.Role})
	}
	for _, p := range access.Of(c.Role) {
		me.Permissions = append(me.Permissions, string(p))
	}
	return me, nil
}

func (a *API) changePassword(ctx context.Context, in *In[PasswordChange]) (*SessionOut, error) {
	c := caller(ctx)
	account, address := throttleKeys(c.User.Email, httpRequest(ctx).RemoteAddr)
	if err := a.admit(ctx, loginRules(account, address)); err != nil {
		return nil, err
	}
	ok, err := a.deps.Passwords.Verify(ctx, c.User.PasswordHash, in.Body.Current)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.Forbidden, "your present password is not right")
	}
	if in.Body.New == in.Body.Current {
		return nil, fault.New(fault.Invalid, "the new password is the old one").WithFields(fault.Field{Path: "body.new", Message: "choose another one"})
	}
	hash, err := a.deps.Passwords.Hash(ctx, in.Body.New)
	if err != nil {
		return nil, err
	}
	now := a.now()
	if err := a.deps.Store.SetPassword(ctx, c.User.ID, hash, now); err != nil {
		return nil, err
	}
	if err := a.deps.Store.Forget(ctx, account); err != nil {
		return nil, err
	}
	c.User.PasswordChangedAt = models.At(now)
	return a.startSession(ctx, storage.Member{User: c.User, Role: string(c.Role), Workspace: c.Workspace}, "")
}

func (a *API) switchWorkspace(ctx context.Context, in *In[WorkspaceSwitch]) (*SessionOut, error) {
	c := caller(ctx)
	members, err := a.deps.Store.MembershipsOf(ctx, c.User.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if m.Workspace.WorkspaceKey == in.Body.Workspace {
			return a.startSession(ctx, m, "")
		}
	}
	return nil, fault.New(fault.NotFound, "no such workspace")
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
