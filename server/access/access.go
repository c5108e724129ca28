// Package access says who may do what: a static matrix from the five roles to permissions. It is pure; package adminapi
// asks it once per request. API keys of kind admin carry a list of permissions as their scopes, never more than the role
// of the person who made them holds.
package access

import "slices"

// Role is what a user is in a workspace.
type Role string

// The roles.
const (
	Owner     Role = "owner"
	Admin     Role = "admin"
	Marketer  Role = "marketer"
	Analyst   Role = "analyst"
	Developer Role = "developer"
)

// Roles lists them, most powerful first.
var Roles = []Role{Owner, Admin, Marketer, Analyst, Developer}

// Permission is one thing that may be allowed.
type Permission string

// The permissions. Public and SignedIn need no role.
const (
	Public   Permission = "public"    // no session needed
	SignedIn Permission = "signed_in" // any user of the workspace; never an API key

	OverviewRead    Permission = "overview.read"
	JourneysRead    Permission = "journeys.read"
	JourneysWrite   Permission = "journeys.write"
	JourneysPublish Permission = "journeys.publish" // publish, pause, resume, stop
	CustomersRead   Permission = "customers.read"   // names and addresses: people, runs, messages
	CustomersWrite  Permission = "customers.write"  // consent and suppression on somebody's behalf
	EventsRead      Permission = "events.read"
	EventsRedrive   Permission = "events.redrive"
	SendingControl  Permission = "sending.control" // stop all sending, pause a sender
	KeysManage      Permission = "keys.manage"
	UsersManage     Permission = "users.manage"
	AuditRead       Permission = "audit.read"
	SettingsRead    Permission = "settings.read"
	SettingsWrite   Permission = "settings.write"
	TasksWork       Permission = "tasks.work" // see tasks with what they show of a person, complete them, review drafts
	OffersRead      Permission = "offers.read"
	OffersWrite     Permission = "offers.write"
)

// Grantable lists the permissions a role or key can hold.
var Grantable = []Permission{OverviewRead, JourneysRead, JourneysWrite, JourneysPublish, CustomersRead, CustomersWrite,
	EventsRead, EventsRedrive, SendingControl, KeysManage, UsersManage, AuditRead, SettingsRead, SettingsWrite,
	TasksWork, OffersRead, OffersWrite}

// The matrix. An analyst sees numbers and people and changes nothing; a developer connects systems and may look at
// events, but publishes nothing; a marketer does the daily work, but neither keys nor users.
var matrix = map[Role][]Permission{
	Owner: Grantable,
	Admin: Grantable,
	Marketer: {OverviewRead, JourneysRead, JourneysWrite, JourneysPublish, CustomersRead, CustomersWrite, EventsRead,
		SettingsRead, TasksWork, OffersRead, OffersWrite},
	Analyst:   {OverviewRead, JourneysRead, CustomersRead, EventsRead, SettingsRead, OffersRead},
	Developer: {OverviewRead, JourneysRead, JourneysWrite, EventsRead, EventsRedrive, KeysManage, SettingsRead, OffersRead},
}

// Allows reports whether the role may. Public and SignedIn are always allowed to somebody with a role.
func Allows(r Role, p Permission) bool {
	if p == Public || p == SignedIn {
		return Valid(r)
	}
	return slices.Contains(matrix[r], p)
}

// Of lists what a role may, in the order of Grantable.
func Of(r Role) []Permission { return slices.Clone(matrix[r]) }

// Valid reports whether the role exists.
func Valid(r Role) bool { return slices.Contains(Roles, r) }

// Known reports whether an operation may declare the permission.
func Known(p Permission) bool {
	return p == Public || p == SignedIn || slices.Contains(Grantable, p)
}

// MayAssign reports whether somebody with the role may give, change or take away the other role: only an owner deals
// with owners, everybody else only with roles that hold no more than his own.
func MayAssign(actor, target Role) bool {
	if !Allows(actor, UsersManage) || !Valid(target) {
		return false
	}
	return target != Owner || actor == Owner
}
