package journeys

import (
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/referral"
)

// LinkSettings are those of a referrer's link.
type LinkSettings struct {
	Program string `json:"program" title:"Programme" doc:"The same word in all three journeys of refer-a-friend"`
	Target  string `json:"target" title:"Where the link leads" doc:"A page of the shop, https; the code is added as ref" format:"uri"`
	Valid   string `json:"valid,omitempty" title:"How long the code is valid" doc:"Empty: for ever" format:"duration"`
}

func (s LinkSettings) check() error {
	if err := referral.CheckTarget(s.Target); err != nil {
		return err
	}
	if s.Valid != "" {
		if d, err := journey.ParseDuration(s.Valid); err != nil || !d.Positive() {
			return kit.Refused("the code must be valid for some time")
		}
	}
	return nil
}

// InviteSettings are those of the referrer's journey.
type InviteSettings struct {
	LinkSettings
	Event string `json:"event" title:"Who is invited" doc:"The event after which a customer is asked to recommend us"`
	After string `json:"after" title:"How long after it" format:"duration"`
	Again string `json:"again" title:"Ask again after" format:"duration"`
}

var inviteDefaults = InviteSettings{
	LinkSettings: LinkSettings{Program: "friends", Target: "https://shop.example/welcome", Valid: "P1Y"}, Event: "Order Completed", After: "P14D", Again: "P1Y",
}

// Invite gives a customer his link and asks him to share it.
var Invite = kit.Journey[InviteSettings]{
	Type: TypeInvite, Name: "Refer a friend", Defaults: inviteDefaults,
	Description: "Gives happy customers a personal link to share. Both get a reward when the friend keeps his first order; publish “Referred friend” and “Referral news” with it.",
	Document: func(s InviteSettings) journey.Document {
		return journey.Document{
			Purpose: "marketing", Timezone: "customer",
			Entry: journey.Entry{Kind: journey.EntryEvent, Event: s.Event, Reentry: journey.Reentry{Rule: journey.ReentryAfter, After: s.Again}},
			Goal:  &journey.Goal{Trigger: journey.Trigger{Event: referral.EventProgress, Where: rewarded(s.Program)}, Window: "P1Y", Continue: true},
			Steps: []journey.Step{
				{ID: "pause", Kind: journey.StepWait, Name: "Let him enjoy it first", Wait: &journey.WaitStep{For: s.After}},
				{ID: "daytime", Kind: journey.StepWait, Name: "By day", Wait: &journey.WaitStep{Window: &journey.Window{From: "09:00", To: "18:00"}}},
				{ID: "link", Kind: journey.StepCode, Name: "His link and code", Code: &journey.CodeStep{Type: StepLink, Settings: settings(s.LinkSettings)}},
				{ID: "invite", Kind: journey.StepSend, Name: "Ask him to share it", Send: &journey.SendStep{Template: "referral-invite", Channel: "email"}},
			},
		}
	},
	Play: func(r *kit.Run, _ InviteSettings) string {
		r.Do("pause")
		r.Do("daytime")
		switch r.Do("link").Exit {
		case ExitNone:
			return "no_link"
		case journey.ExitFailed:
			return "failed"
		}
		if r.Do("invite").Exit != journey.ExitSent {
			return "not_invited" // no consent, a cap, no address, or held out: the record says which
		}
		return "invited"
	},
}
