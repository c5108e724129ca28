package pressure

import (
	"fmt"
	"time"

	"sojourn/consent"
)

// Action is what the gate says.
type Action string

// The actions.
const (
	Send   Action = "send"
	Skip   Action = "skip"   // final: this message will not go
	Defer  Action = "defer"  // not now: ask again at Verdict.Until
	Expire Action = "expire" // final: too late
	Cancel Action = "cancel" // final: an operator stopped the journey
)

// Facts is everything the gate looks at. Storage fills it inside the transaction that locked customer and contact point.
type Facts struct {
	Class            consent.Class
	Channel, Purpose string
	Control          bool

	Erased, LegalHold, Restricted bool
	PausedUntil                   time.Time // the customer's own pause
	CustomerZone                  string

	HasAddress  bool
	Suppressed  Reason // hard_bounce, manual, stop, complaint, or ""
	Permissions consent.Permissions

	JourneyStopped, JourneyPaused   bool
	BroadcastEnded, BroadcastPaused bool
	Duplicate                       bool // another customer with this address has this broadcast already
	SenderPaused, WorkspaceStopped  bool
	ProviderRestsUntil              time.Time
	PlannedAt                       time.Time // when the message was first due
	ExpiresAt                       time.Time // zero = never
	WorkspaceZone                   string
	Policy                          Policy
	Past                            []Past // the customer's messages that may count for caps, without this one
}

// Verdict is what the gate decided and why.
type Verdict struct {
	Action Action
	Reason Reason    // "" with Send
	Detail string    // for people: which cap, which quiet hours
	Until  time.Time // with Defer: when to ask again, at the latest at expiry
	// With Send: the hand-over must begin before this moment (expiry, or the beginning of quiet hours); zero = no bound.
	ValidUntil time.Time
}

// hold is when a message held by an operator's switch asks again by itself: soon while the switch is fresh, for most are
// put back within minutes, and ever more rarely after that.
func hold(planned, now time.Time) time.Time {
	pause := time.Hour
	if !planned.IsZero() {
		pause = min(max(now.Sub(planned)/4, 15*time.Second), time.Hour)
	}
	return now.Add(pause)
}

// Decide asks the rules in the order of the table; the first that applies to the class and hits decides.
func Decide(f Facts, now time.Time) Verdict {
	for _, row := range table {
		if !applies(row.reason, f.Class) && !stopBlocks(row.reason, f.Channel) {
			continue
		}
		if v, hit := ask(row.reason, f, now); hit {
			v.Reason = row.reason
			if v.Action == Defer && !f.ExpiresAt.IsZero() && v.Until.After(f.ExpiresAt) {
				v.Until = f.ExpiresAt // where it will be found expired
			}
			if v.Action == Defer && !v.Until.After(now) { // waiting longer would be for nothing
				v = Verdict{Action: Expire, Reason: ReasonExpired, Detail: "while held: " + string(row.reason)}
			}
			return v
		}
	}
	return Verdict{Action: Send, ValidUntil: f.validUntil(now)}
}

// ask tells whether one rule hits, and what it then says.
func ask(r Reason, f Facts, now time.Time) (Verdict, bool) {
	skip, held := Verdict{Action: Skip}, Verdict{Action: Defer, Until: hold(f.PlannedAt, now)}
	switch r {
	case ReasonControl:
		return skip, f.Control
	case ReasonErased:
		return skip, f.Erased
	case ReasonLegalHold:
		return skip, f.LegalHold
	case ReasonRestricted:
		return skip, f.Restricted
	case ReasonNoAddress:
		return skip, !f.HasAddress
	case ReasonHardBounce, ReasonManual, ReasonStop, ReasonComplaint:
		return skip, f.Suppressed == r
	case ReasonChannelOptOut, ReasonTopicOptOut, ReasonNoConsent:
		return skip, string(f.Permissions.Check(f.Class, f.Channel, f.Purpose)) == string(r)
	case ReasonCustomerPaused:
		return Verdict{Action: Defer, Until: f.PausedUntil}, f.PausedUntil.After(now)
	case ReasonJourneyStopped:
		return Verdict{Action: Cancel}, f.JourneyStopped
	case ReasonJourneyPaused:
		return held, f.JourneyPaused
	case ReasonBroadcastEnded:
		return Verdict{Action: Cancel}, f.BroadcastEnded
	case ReasonBroadcastPaused:
		return held, f.BroadcastPaused
	case ReasonDuplicate:
		return skip, f.Duplicate
	case ReasonSenderPaused:
		return held, f.SenderPaused
	case ReasonWorkspaceStopped:
		return held, f.WorkspaceStopped
	case ReasonExpired:
		return Verdict{Action: Expire}, !f.ExpiresAt.IsZero() && !now.Before(f.ExpiresAt)
	case ReasonQuietHours:
		return f.quietHours(now)
	case ReasonCap:
		return f.caps(now)
	case ReasonProviderLimit:
		return Verdict{Action: Defer, Until: f.ProviderRestsUntil}, f.ProviderRestsUntil.After(now)
	}
	return Verdict{}, false
}

func (f Facts) quietHours(now time.Time) (Verdict, bool) {
	q := f.Policy.QuietHours
	if q == nil {
		return Verdict{}, false
	}
	until := q.Until(now, f.Policy.zones(f.CustomerZone, f.WorkspaceZone))
	return Verdict{Action: Defer, Until: until, Detail: fmt.Sprintf("quiet from %s to %s", q.From, q.To)}, until.After(now)
}

func (f Facts) caps(now time.Time) (Verdict, bool) {
	worst := Verdict{Action: Defer, Until: now}
	loc := f.Policy.zones(f.CustomerZone, f.WorkspaceZone)[0]
	for _, c := range f.Policy.Caps {
		if !c.covers(f.Channel, f.Purpose) {
			continue
		}
		if free := c.Free(now, loc, f.Past); free.After(worst.Until) {
			worst.Until, worst.Detail = free, fmt.Sprintf("at most %d per %s", c.Max, c.Window)
		}
	}
	return worst, worst.Until.After(now)
}

func (f Facts) validUntil(now time.Time) time.Time {
	bound := f.ExpiresAt
	if q := f.Policy.QuietHours; q != nil && applies(ReasonQuietHours, f.Class) {
		if begins := q.Begins(now, f.Policy.zones(f.CustomerZone, f.WorkspaceZone)); bound.IsZero() || begins.Before(bound) {
			bound = begins
		}
	}
	return bound
}
