package storage

import (
	"context"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
)

// Member is a user in a workspace.
type Member struct {
	User      models.User
	Role      string
	Workspace models.Workspace
}

// LastOwner is the conflict of a change that would leave a workspace without an active owner.
var LastOwner = fault.New(fault.Conflict, "a workspace needs at least one active owner")

// Users keeps people who sign in, and what they are in which workspace.
//
// Whatever takes a right away - a new password, another role, being disabled - deletes every session of the user in the
// same transaction.
type Users interface {
	// AnyUser reports whether somebody exists at all; while not, the first owner can be made.
	AnyUser(ctx context.Context) (bool, error)
	// CreateOwner makes a workspace with its owner. Conflict when the workspace key or the e-mail is taken.
	CreateOwner(ctx context.Context, w models.Workspace, u models.User) (models.Workspace, error)
	// AddMember gives a user a role; an unknown e-mail makes the user, a known one keeps his name and password. Conflict
	// when he is a member already. Made tells which it was.
	AddMember(ctx context.Context, workspace int64, u models.User, role string, now time.Time) (user models.User, made bool, err error)
	// UserByEmail finds by the address in lower case.
	UserByEmail(ctx context.Context, email string) (models.User, error)
	// Member returns the user in the workspace; NotFound when he is not a member.
	Member(ctx context.Context, workspace int64, user ids.ID) (Member, error)
	// MembershipsOf lists the workspaces of a user, oldest membership first.
	MembershipsOf(ctx context.Context, user ids.ID) ([]Member, error)
	// Members lists a workspace's members by e-mail.
	Members(ctx context.Context, workspace int64) ([]Member, error)
	// SetRole changes a role; LastOwner when nobody would be left in charge.
	SetRole(ctx context.Context, workspace int64, user ids.ID, role string) error
	// SetDisabled disables or enables the account; LastOwner as above, in any workspace of the user.
	SetDisabled(ctx context.Context, user ids.ID, disabled bool, now time.Time) error
	// SetPassword stores a new hash.
	SetPassword(ctx context.Context, user ids.ID, hash string, now time.Time) error
}

// Sessions keeps signed-in browsers by the hash of their token.
type Sessions interface {
	Session(ctx context.Context, token models.Hash, now time.Time) (models.Session, error)
	// SaveSession inserts or replaces.
	SaveSession(ctx context.Context, s models.Session) error
	DeleteSession(ctx context.Context, token models.Hash) error
	// DeleteExpired removes sessions that have run out, which Session does not return any more, and attempts (see Attempts)
	// of more than a day ago. It returns the number of sessions.
	DeleteExpired(ctx context.Context, now time.Time) (int64, error)
}

// Attempts throttles guessing. A key is an account or an address.
type Attempts interface {
	// Admit counts an attempt of every key and lets it go on, or, when one of them is blocked, counts nothing and returns
	// until when. Checking and counting are one step, so a thousand attempts at once get no further than a thousand in a
	// row. A count older than its window starts anew.
	Admit(ctx context.Context, rules []AttemptRule, now time.Time) (blockedUntil time.Time, err error)
	// Forget drops what is known of a key: the right password was given.
	Forget(ctx context.Context, key string) error
	// Refund takes one attempt of a key back; many people behind one address may sign in rightly.
	Refund(ctx context.Context, key string) error
}

// AttemptRule blocks a key after Free failures within Window: for Base, doubled with each further failure, at most Max.
type AttemptRule struct {
	Key       string
	Free      int
	Window    time.Duration
	Base, Max time.Duration
}

// Workspaces keeps the workspaces and their switches.
type Workspaces interface {
	Workspace(ctx context.Context, id int64) (models.Workspace, error)
	WorkspaceByKey(ctx context.Context, key string) (models.Workspace, error)
	// AllWorkspaces is for operators at the machine; nothing that answers a request calls it.
	AllWorkspaces(ctx context.Context) ([]models.Workspace, error)
	// SaveWorkspace replaces name, time zone, currency, locale and settings.
	SaveWorkspace(ctx context.Context, w models.Workspace) error
	// SetSending stops or allows all sending. Stopping bumps the send epoch, so what was let through before cannot pass
	// its fence any more; stopping twice changes nothing.
	SetSending(ctx context.Context, workspace int64, stopped bool) error
	Senders(ctx context.Context, workspace int64) ([]models.Sender, error)
	// SetSender pauses or resumes one sender, with its epoch.
	SetSender(ctx context.Context, workspace int64, key string, paused bool, reason string) error
}

// States of a sender.
const (
	SenderActive = "active"
	SenderPaused = "paused"
)
