package adminapi

import (
	"context"
	"slices"
	"strings"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/secret"
	"sojourn/storage"
)

func (a *API) listUsers(ctx context.Context, _ *PageIn) (*Out[Page[User]], error) {
	members, err := a.deps.Store.Members(ctx, caller(ctx).Workspace.ID)
	if err != nil {
		return nil, err
	}
	out := &Out[Page[User]]{Page[User]{Items: []User{}}}
	for _, m := range members {
		out.Body.Items = append(out.Body.Items, userOf(m.User, m.Role))
	}
	return out, nil
}

func userOf(u models.User, role string) User {
	return User{ID: u.ID.String(), Email: u.Email, Name: u.Name, Role: role, Disabled: !u.DisabledAt.IsZero(), CreatedAt: u.CreatedAt.Time(), DisabledAt: when(u.DisabledAt)}
}

func (a *API) createUser(ctx context.Context, in *In[UserCreate]) (*Created[UserCreated], error) {
	c, b := caller(ctx), in.Body
	if !mayAssign(c, access.Role(b.Role)) {
		return nil, fault.New(fault.Forbidden, "only an owner may make somebody an owner")
	}
	password := secret.NewPassword()
	hash, err := a.deps.Passwords.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	now := models.At(a.now())
	u, made, err := a.deps.Store.AddMember(ctx, c.Workspace.ID, models.User{Email: normalEmail(b.Email), Name: strings.TrimSpace(b.Name),
		PasswordHash: hash, PasswordChangedAt: now, CreatedAt: now}, b.Role, now.Time())
	if err != nil {
		return nil, err
	}
	if !made {
		password = ""
	}
	return created(UserCreated{User: userOf(u, b.Role), Password: password}), nil
}

// mayAssign also holds for keys: one with users.manage acts like an admin, never like an owner.
func mayAssign(c Caller, target access.Role) bool {
	actor := c.Role
	if !c.Key.ID.IsZero() {
		actor = access.Admin
	}
	return access.MayAssign(actor, target)
}

func (a *API) changeUser(ctx context.Context, in *ByIDBody[UserChange]) (*Out[User], error) {
	c := caller(ctx)
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	m, err := a.deps.Store.Member(ctx, c.Workspace.ID, id)
	if err != nil {
		return nil, err
	}
	if !mayAssign(c, access.Role(m.Role)) {
		return nil, fault.New(fault.Forbidden, "only an owner may change an owner")
	}
	if in.Body.Role != nil && *in.Body.Role != m.Role {
		if !mayAssign(c, access.Role(*in.Body.Role)) {
			return nil, fault.New(fault.Forbidden, "only an owner may make somebody an owner")
		}
		if err := a.deps.Store.SetRole(ctx, c.Workspace.ID, id, *in.Body.Role); err != nil {
			return nil, err
		}
	}
	if in.Body.Disabled != nil && *in.Body.Disabled == m.User.DisabledAt.IsZero() {
		if err := a.mayDisable(ctx, c, id); err != nil {
			return nil, err
		}
		if err := a.deps.Store.SetDisabled(ctx, id, *in.Body.Disabled, a.now()); err != nil {
			return nil, err
		}
	}
	if m, err = a.deps.Store.Member(ctx, c.Workspace.ID, id); err != nil {
		return nil, err
	}
	return &Out[User]{userOf(m.User, m.Role)}, nil
}

// mayDisable keeps one workspace from switching off the account of somebody who works in others too.
func (a *API) mayDisable(ctx context.Context, c Caller, user ids.ID) error {
	if user == c.User.ID {
		return fault.New(fault.Conflict, "you can't disable your own account")
	}
	members, err := a.deps.Store.MembershipsOf(ctx, user)
	if err == nil && len(members) > 1 {
		err = fault.New(fault.Conflict, "this person works in other workspaces too, so his account can't be disabled from here")
	}
	return err
}

func (a *API) listKeys(ctx context.Context, in *PageIn) (*Out[Page[APIKey]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("keys", ws, *in)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.KeysPage(ctx, ws, ask)
	if err != nil {
		return nil, err
	}
	return page(a, "keys", ws, ask, rows, func(k models.APIKey) (models.Instant, ids.ID) { return k.CreatedAt, k.ID }, keyOf), nil
}

func keyOf(k models.APIKey) APIKey {
	out := APIKey{ID: k.ID.String(), Kind: k.Kind, Name: k.Name, Prefix: k.Prefix, Scopes: []string{}, CreatedAt: k.CreatedAt.Time(), LastUsedAt: when(k.LastUsedAt), RevokedAt: when(k.RevokedAt)}
	if k.Kind == storage.KeyAdmin {
		_ = k.Scopes.Into(&out.Scopes) // written by createKey; a damaged list shows as none
	}
	return out
}

func (a *API) createKey(ctx context.Context, in *In[APIKeyCreate]) (*Created[APIKeyCreated], error) {
	c, b := caller(ctx), in.Body
	scopes := slices.Compact(slices.Sorted(slices.Values(b.Scopes)))
	switch {
	case b.Kind == storage.KeyIngest && len(scopes) > 0:
		return nil, fault.New(fault.Invalid, "a write key has no scopes").WithFields(fault.Field{Path: "body.scopes", Message: "must be empty"})
	case b.Kind == storage.KeyAdmin && len(scopes) == 0:
		return nil, fault.New(fault.Invalid, "say what the key may do").WithFields(fault.Field{Path: "body.scopes", Message: "at least one permission"})
	}
	for _, s := range scopes {
		if !slices.Contains(access.Grantable, access.Permission(s)) {
			return nil, fault.New(fault.Invalid, "unknown scope").WithFields(fault.Field{Path: "body.scopes", Message: "there is no permission " + clip(s, 60)})
		}
		if !c.May(access.Permission(s)) {
			return nil, fault.New(fault.Forbidden, "you can't give a key more than you hold yourself (%s)", s)
		}
	}
	text, prefix, hash := secret.NewKey(b.Kind)
	row := models.APIKey{ID: ids.New(), WorkspaceID: c.Workspace.ID, Kind: b.Kind, Name: strings.TrimSpace(b.Name), Prefix: prefix, SecretHash: hash,
		Scopes: models.ToJSON(append([]string{}, scopes...)), CreatedBy: c.User.ID, CreatedAt: models.At(a.now())}
	if err := a.deps.Store.CreateKey(ctx, row); err != nil {
		return nil, err
	}
	return created(APIKeyCreated{APIKey: keyOf(row), Secret: text}), nil
}

func (a *API) revokeKey(ctx context.Context, in *ByID) (*Done, error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	return &Done{}, a.deps.Store.RevokeKey(ctx, caller(ctx).Workspace.ID, id, a.now())
}

func (a *API) listAudit(ctx context.Context, in *PageIn) (*Out[Page[AuditEntry]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("audit", ws, *in)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.AuditPage(ctx, ws, ask)
	if err != nil {
		return nil, err
	}
	names, err := a.actorNames(ctx, ws)
	if err != nil {
		return nil, err
	}
	return page(a, "audit", ws, ask, rows, func(e models.AuditEntry) (models.Instant, ids.ID) { return e.At, e.ID }, func(e models.AuditEntry) AuditEntry {
		return AuditEntry{ID: e.ID.String(), At: e.At.Time(), Actor: or(names[e.Actor], e.Actor), Action: e.Action, Subject: e.Subject, Detail: object(e.Detail)}
	}), nil
}

// actorNames maps "user:<id>" and "key:<id>" to what people recognise.
func (a *API) actorNames(ctx context.Context, ws int64) (map[string]string, error) {
	members, err := a.deps.Store.Members(ctx, ws)
	if err != nil {
		return nil, err
	}
	keys, err := a.deps.Store.KeysPage(ctx, ws, storage.PageAsk{Limit: 500})
	names := map[string]string{}
	for _, m := range members {
		names["user:"+m.User.ID.String()] = m.User.Email
	}
	for _, k := range keys {
		names["key:"+k.ID.String()] = k.Name + " (" + k.Prefix + ")"
	}
	return names, err
}

func when(i models.Instant) *time.Time {
	if i.IsZero() {
		return nil
	}
	t := i.Time()
	return &t
}
