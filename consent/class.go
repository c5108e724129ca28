package consent

// Class says which rules a message is under. A template is registered with its class; only an admin registers service.
type Class string

// The classes.
const (
	Marketing    Class = "marketing"    // needs consent
	SoftOptIn    Class = "soft_opt_in"  // own similar products to customers: needs a soft opt-in or consent
	Service      Class = "service"      // order, booking, security: about a contract
	Confirmation Class = "confirmation" // double opt-in: may go while consent is pending
	Privacy      Class = "privacy"      // notices the law asks for
	CheckIn      Class = "check_in"     // announced end of a pause: may go into that pause
)

// Classes lists all of them.
var Classes = []Class{Marketing, SoftOptIn, Service, Confirmation, Privacy, CheckIn}

// Known reports whether c is one of the classes.
func (c Class) Known() bool {
	for _, k := range Classes {
		if c == k {
			return true
		}
	}
	return false
}

// AtMostOnce reports whether a message whose outcome is unknown must never be handed over again. For the others a
// second copy is the smaller harm.
func (c Class) AtMostOnce() bool {
	return c == Marketing || c == SoftOptIn || c == CheckIn
}

// Refusal says why permissions do not cover a message; "" means they do.
type Refusal string

// The refusals.
const (
	Covered       Refusal = ""
	ChannelOptOut Refusal = "channel_opt_out"
	TopicOptOut   Refusal = "topic_opt_out"
	NoConsent     Refusal = "no_consent"
)

// Check says whether a message of this class, channel and purpose is covered. Service mail and privacy notices need no
// permission; the contract or the law is theirs.
func (p Permissions) Check(class Class, channel, purpose string) Refusal {
	if class == Service || class == Privacy {
		return Covered
	}
	if p.OptedOut(channel, purpose) {
		return ChannelOptOut
	}
	own := p.Lookup(channel, purpose)
	switch {
	case own.State == Withdrawn:
		return TopicOptOut
	case class == Confirmation && own.State == Pending:
		return Covered
	case own.State != Granted:
		return NoConsent
	case class == SoftOptIn && (own.Basis == BySoftOptIn || own.Basis == ByConsent):
		return Covered
	case own.Basis == ByConsent:
		return Covered
	}
	return NoConsent
}
