package access_test

import (
	"slices"
	"testing"

	"sojourn/server/access"
)

// The whole matrix as a table, so that a change of anybody's rights is a visible change of this test.
func TestMatrix(t *testing.T) {
	t.Parallel()
	all := "owner admin marketer analyst developer"
	want := map[access.Permission]string{
		access.OverviewRead: all, access.JourneysRead: all, access.EventsRead: all, access.SettingsRead: all,
		access.JourneysWrite:   "owner admin marketer developer",
		access.JourneysPublish: "owner admin marketer",
		access.CustomersRead:   "owner admin marketer analyst",
		access.CustomersWrite:  "owner admin marketer",
		access.EventsRedrive:   "owner admin developer",
		access.KeysManage:      "owner admin developer",
		access.SendingControl:  "owner admin",
		access.UsersManage:     "owner admin",
		access.AuditRead:       "owner admin",
		access.SettingsWrite:   "owner admin",
		access.TasksWork:       "owner admin marketer",
		access.OffersRead:      all,
		access.OffersWrite:     "owner admin marketer",
	}
	for _, p := range access.Grantable {
		var got []string
		for _, r := range access.Roles {
			if access.Allows(r, p) {
				got = append(got, string(r))
			}
		}
		if s := join(got); s != want[p] {
			t.Errorf("%s is allowed to %q, want %q", p, s, want[p])
		}
	}
	if access.Allows("nobody", access.SignedIn) || access.Allows("", access.Public) {
		t.Error("an unknown role may something")
	}
}

func TestMayAssign(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		actor, target access.Role
		want          bool
	}{
		{access.Owner, access.Owner, true}, {access.Admin, access.Owner, false}, {access.Admin, access.Admin, true},
		{access.Marketer, access.Analyst, false}, {access.Developer, access.Developer, false}, {access.Owner, "root", false},
	} {
		if got := access.MayAssign(c.actor, c.target); got != c.want {
			t.Errorf("MayAssign(%s, %s) = %v", c.actor, c.target, got)
		}
	}
}

func join(s []string) string {
	out := ""
	for i, v := range s {
		if i > 0 {
			out += " "
		}
		out += v
	}
	return out
}

func TestOfIsACopy(t *testing.T) {
	t.Parallel()
	p := access.Of(access.Analyst)
	p[0] = access.UsersManage
	if slices.Contains(access.Of(access.Analyst), access.UsersManage) {
		t.Error("the matrix can be changed from outside")
	}
}
