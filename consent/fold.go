package consent

import (
	"cmp"
	"slices"
	"time"

	"sojourn/ids"
)

// Topic is what a permission is about.
type Topic struct{ Channel, Purpose string }

// Covers reports whether what is said about a topic is said about another one, too.
func (t Topic) Covers(other Topic) bool {
	return covers(t.Channel, other.Channel) && covers(t.Purpose, other.Purpose)
}

// Permission is the current state of one topic.
type Permission struct {
	State State
	Basis Basis
	At    time.Time // the moment of the entry that decided
	Entry ids.ID    // the entry that decided
}

// Permissions is the fold of a ledger: every topic that any entry names, wildcards included.
type Permissions map[Topic]Permission

// Fold computes the current permissions of one customer from all entries of that customer's ledger.
// Its result depends on the set of entries only; see the package comment for the rules.
func Fold(ledger []Entry) Permissions {
	ordered := slices.Clone(ledger)
	slices.SortFunc(ordered, func(a, b Entry) int {
		return cmp.Or(a.At().Compare(b.At()), cmp.Compare(rank(a.State), rank(b.State)), cmp.Compare(a.Seq, b.Seq))
	})
	out := Permissions{}
	for _, e := range ordered {
		out[Topic{e.Channel, e.Purpose}] = Permission{}
	}
	for topic := range out {
		out[topic] = foldTopic(topic, ordered)
	}
	return out
}

// rank puts a withdrawal last among entries of the same moment, so that it wins, and a grant after a pending.
func rank(s State) int {
	switch s {
	case Pending:
		return 0
	case Granted:
		return 1
	}
	return 2
}

func foldTopic(t Topic, ordered []Entry) Permission {
	var p Permission
	for _, e := range ordered {
		if !concerns(e, t) || !overrides(e, p.State) {
			continue
		}
		p = Permission{State: e.State, Basis: e.Basis, At: e.At(), Entry: e.ID}
	}
	return p
}

// concerns: an entry is about its own topic; a withdrawal with a wildcard is about all that it covers.
func concerns(e Entry, t Topic) bool {
	if e.Channel == t.Channel && e.Purpose == t.Purpose {
		return true
	}
	return e.State == Withdrawn && Topic{e.Channel, e.Purpose}.Covers(t)
}

func covers(pattern, name string) bool { return pattern == Any || pattern == name }

// overrides: a list never re-opens a withdrawal, and pending never weakens a permission that stands.
func overrides(e Entry, current State) bool {
	switch e.State {
	case Withdrawn:
		return true
	case Granted:
		return current != Withdrawn || e.SourceKind == Person
	case Pending:
		return current != Granted && (current != Withdrawn || e.SourceKind == Person)
	}
	return false
}

// Lookup gives the permission of a topic. For a topic that no entry names it is the widest withdrawal that covers it,
// and otherwise the zero Permission.
func (p Permissions) Lookup(channel, purpose string) Permission {
	if own, ok := p[Topic{channel, purpose}]; ok {
		return own
	}
	for _, t := range []Topic{{channel, Any}, {Any, purpose}, {Any, Any}} {
		if wide, ok := p[t]; ok && wide.State == Withdrawn {
			return wide
		}
	}
	return Permission{}
}

// OptedOut reports whether the channel as a whole was refused, and that refusal is what stands for the purpose too.
func (p Permissions) OptedOut(channel, purpose string) bool {
	own, known := p[Topic{channel, purpose}]
	for _, t := range []Topic{{channel, Any}, {Any, Any}} {
		wide, ok := p[t]
		if ok && wide.State == Withdrawn && (!known || own.State != Granted && own.State != Pending && !own.At.After(wide.At)) {
			return true
		}
	}
	return false
}
