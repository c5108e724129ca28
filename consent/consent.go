package consent

import (
	"regexp"
	"strings"
	"time"

	"sojourn/fault"
	"sojourn/ids"
)

// State of a permission.
type State string

// The states. None is the absence of any entry.
const (
	None      State = ""
	Pending   State = "pending" // asked, not confirmed (double opt-in)
	Granted   State = "granted"
	Withdrawn State = "withdrawn"
)

// Basis is the legal basis of a permission.
type Basis string

// The legal bases.
const (
	ByConsent    Basis = "consent"     // GDPR 6(1)(a), ePrivacy 13(1)
	ByContract   Basis = "contract"    // GDPR 6(1)(b)
	BySoftOptIn  Basis = "soft_opt_in" // ePrivacy 13(2): own similar products, refusal offered each time
	ByObjection  Basis = "objection"   // a withdrawal: GDPR 7(3), 21(2)
	BasisUnknown Basis = ""
)

// SourceKind says whether a person acted or somebody handed over a list.
type SourceKind string

// The kinds of source.
const (
	Person SourceKind = "person" // form, purchase, one-click, preference page, shop counter, API with proof, STOP
	List   SourceKind = "list"   // import of a file
)

// Any stands for all purposes, or all channels, of a withdrawal.
const Any = "*"

// Entry is one line of the ledger.
type Entry struct {
	ID         ids.ID
	Seq        int64 // position in the customer's chain, from 1
	Channel    string
	Purpose    string
	State      State
	Basis      Basis
	Source     string // e.g. "form:newsletter", "one_click", "import:2026-03"
	SourceKind SourceKind
	OccurredAt time.Time // when the person acted; zero = when we heard of it
	RecordedAt time.Time // when we heard of it
}

// At is the moment that counts: when the person acted, at the latest when we heard of it.
func (e Entry) At() time.Time {
	if e.OccurredAt.IsZero() || e.OccurredAt.After(e.RecordedAt) {
		return e.RecordedAt
	}
	return e.OccurredAt
}

var (
	purposeName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)
	channelName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,15}$`)
)

// Widened is a withdrawal that can be recorded, whatever this one lacks: a channel or purpose that can't be read stands for
// all of them, and the other parts take their defaults. Nobody may go on being written to because of a form.
func (e Entry) Widened() Entry {
	e.State = Withdrawn
	if e.Channel = strings.ToLower(strings.TrimSpace(e.Channel)); !channelName.MatchString(e.Channel) {
		e.Channel = Any
	}
	if e.Purpose = strings.ToLower(strings.TrimSpace(e.Purpose)); !purposeName.MatchString(e.Purpose) {
		e.Purpose = Any
	}
	switch e.Basis {
	case ByConsent, ByContract, BySoftOptIn, ByObjection, BasisUnknown:
	default:
		e.Basis = ByObjection
	}
	if e.SourceKind != Person && e.SourceKind != List {
		e.SourceKind = List
	}
	if e.Source == "" || len(e.Source) > 64 {
		e.Source = "event"
	}
	return e
}

// Validate reports what is wrong with an entry that somebody wants to append; the fault is Invalid with one field each.
func (e Entry) Validate() error {
	var wrong []fault.Field
	add := func(path, message string) { wrong = append(wrong, fault.Field{Path: path, Message: message}) }
	withdrawal := e.State == Withdrawn
	if !channelName.MatchString(e.Channel) && (e.Channel != Any || !withdrawal) {
		add("channel", `a channel such as email or sms; "*" only withdraws`)
	}
	if !purposeName.MatchString(e.Purpose) && (e.Purpose != Any || !withdrawal) {
		add("purpose", `lower-case letters, digits, . _ - (at most 64); "*" only withdraws`)
	}
	switch e.State {
	case Pending, Granted, Withdrawn:
	default:
		add("state", "granted, withdrawn or pending")
	}
	switch e.Basis {
	case ByConsent, ByContract, BySoftOptIn:
	case ByObjection, BasisUnknown:
		if !withdrawal {
			add("legal_basis", "consent, contract or soft_opt_in")
		}
	default:
		add("legal_basis", "consent, contract or soft_opt_in")
	}
	if e.SourceKind != Person && e.SourceKind != List {
		add("source_kind", "person or list")
	}
	if e.Source == "" || len(e.Source) > 64 {
		add("source", "where it comes from, at most 64 bytes")
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "this consent cannot be recorded").WithFields(wrong...)
	}
	return nil
}
