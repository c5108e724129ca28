package pressure

import (
	"strings"

	"sojourn/consent"
)

// Reason says which rule decided. It is stored, shown on the why page, and never renamed.
type Reason string

// The reasons, in the order in which the rules are asked.
const (
	ReasonControl          Reason = "control"             // held out: walks the journey without outside effect
	ReasonErased           Reason = "erased"              // the customer was erased
	ReasonLegalHold        Reason = "legal_hold"          // locked for a legal matter
	ReasonRestricted       Reason = "restricted"          // GDPR 18: stored only
	ReasonNoAddress        Reason = "no_address"          // nothing to write to on this channel
	ReasonHardBounce       Reason = "hard_bounce"         // the address does not exist
	ReasonManual           Reason = "manual"              // an operator said never
	ReasonStop             Reason = "stop"                // STOP as a reply
	ReasonComplaint        Reason = "complaint"           // marked as spam
	ReasonChannelOptOut    Reason = "channel_opt_out"     //
	ReasonTopicOptOut      Reason = "topic_opt_out"       //
	ReasonNoConsent        Reason = "no_consent"          //
	ReasonCustomerPaused   Reason = "customer_paused"     // asked for a rest until a date
	ReasonJourneyStopped   Reason = "journey_stopped"     //
	ReasonJourneyPaused    Reason = "journey_paused"      //
	ReasonBroadcastEnded   Reason = "broadcast_cancelled" //
	ReasonBroadcastPaused  Reason = "broadcast_paused"    //
	ReasonSenderPaused     Reason = "sender_paused"       // by an operator, or by the circuit breaker
	ReasonWorkspaceStopped Reason = "workspace_stopped"   // "stop all sending"
	ReasonExpired          Reason = "expired"             //
	ReasonQuietHours       Reason = "quiet_hours"         //
	ReasonCap              Reason = "cap"                 //
	ReasonDuplicate        Reason = "duplicate_address"   // somebody else with this address gets the same broadcast
	ReasonProviderLimit    Reason = "provider_limit"      // the provider asked for a break
)

// The table: rule x class. M marketing, S soft opt-in, V service, C opt-in confirmation, P privacy notice, K announced
// check-in. A letter means that the rule applies to the class.
var table = []struct {
	reason  Reason
	classes string
}{
	{ReasonControl, "MSVCPK"},
	{ReasonErased, "MSVCPK"},
	{ReasonLegalHold, "MSVCPK"},
	{ReasonRestricted, "MSVC.K"}, // the notice about the restriction itself must go
	{ReasonNoAddress, "MSVCPK"},
	{ReasonHardBounce, "MSVCPK"},
	{ReasonManual, "MSVC.K"},
	{ReasonStop, "MS.C.K"},      // by SMS also V and P: see stopBlocks
	{ReasonComplaint, "MS.C.K"}, // by SMS also V and P: see stopBlocks
	{ReasonChannelOptOut, "MS.C.K"},
	{ReasonTopicOptOut, "MS.C.K"},
	{ReasonNoConsent, "MS.C.K"},
	{ReasonCustomerPaused, "MS...."}, // a check-in may go into the pause that announced it
	{ReasonJourneyStopped, "MSVCPK"},
	{ReasonJourneyPaused, "MSVCPK"},
	{ReasonBroadcastEnded, "MSVCPK"},
	{ReasonBroadcastPaused, "MSVCPK"},
	{ReasonSenderPaused, "MSVCPK"},
	{ReasonWorkspaceStopped, "MSVCPK"},
	{ReasonExpired, "MSVCPK"},
	{ReasonQuietHours, "MS...K"},
	{ReasonCap, "MS...K"},
	{ReasonDuplicate, "MSVCPK"},
	{ReasonProviderLimit, "MSVCPK"},
}

var letters = map[consent.Class]byte{
	consent.Marketing: 'M', consent.SoftOptIn: 'S', consent.Service: 'V', consent.Confirmation: 'C', consent.Privacy: 'P', consent.CheckIn: 'K',
}

// applies looks a cell up. An unknown class is treated as marketing, the strictest.
func applies(r Reason, c consent.Class) bool {
	letter, known := letters[c]
	if !known {
		letter = 'M'
	}
	for _, row := range table {
		if row.reason == r {
			return strings.IndexByte(row.classes, letter) >= 0
		}
	}
	return false
}

// stopBlocks: on a telephone, STOP and complaints silence everything, service and notices too (carriers' rules); by
// e-mail an order confirmation still goes.
func stopBlocks(r Reason, channel string) bool {
	return (r == ReasonStop || r == ReasonComplaint) && (channel == "sms" || channel == "voice")
}
