package journeys

import (
	"slices"
	"time"

	"sojourn/journey"
	"sojourn/kit"
	"sojourn/referral"
)

// FriendSettings are the rules of a programme.
type FriendSettings struct {
	Program        string `json:"program" title:"Programme" doc:"The same word in all three journeys of refer-a-friend"`
	ReturnWindow   string `json:"return_window" title:"Return window" doc:"The order counts when it was kept so long" format:"duration"`
	OrderWithin    string `json:"order_within" title:"Order within" doc:"How long the friend has for his first order" format:"duration"`
	MinOrder       int64  `json:"min_order,omitempty" title:"Least order" doc:"In cents, after refunds" minimum:"0"`
	Currency       string `json:"currency,omitempty" title:"Currency of the least order" doc:"For example EUR; orders in another one do not count"`
	ReferrerReward Reward `json:"referrer_reward" title:"Reward of the referrer"`
	FriendReward   Reward `json:"friend_reward" title:"Reward of the friend"`
	PerYear        int    `json:"per_year,omitempty" title:"Rewards of one referrer in a year" doc:"0: no limit" minimum:"0"`
	Clawback       string `json:"clawback,omitempty" title:"Take back within" doc:"How long after the reward a refund takes it back; empty: for ever" format:"duration"`
}

var friendDefaults = FriendSettings{
	Program: "friends", ReturnWindow: "P30D", OrderWithin: "P90D", ReferrerReward: Reward{Kind: "points", Amount: 500}, FriendReward: Reward{Kind: "points", Amount: 500}, PerYear: 12,
	Clawback: "P1Y",
}

// Rules reads the settings.
func (s FriendSettings) Rules() (p referral.Program, clawback journey.Duration, err error) {
	p = referral.Program{Minimum: s.MinOrder, Currency: s.Currency, PerYear: s.PerYear, Referrer: !s.ReferrerReward.None(), Friend: !s.FriendReward.None()}
	for _, d := range []struct {
		text string
		into *journey.Duration
		what string
	}{{s.ReturnWindow, &p.Return, "return window"}, {s.OrderWithin, &p.OrderWithin, "time for the order"}, {s.Clawback, &clawback, "time for taking back"}} {
		if d.text == "" && d.into == &clawback {
			continue
		}
		if *d.into, err = journey.ParseDuration(d.text); err != nil {
			return p, clawback, kit.Refused("the %s is not an ISO 8601 duration", d.what)
		}
	}
	return p, clawback, p.Validate()
}

// Friend brings the claims of one friend to their reward or their reason: who comes by two codes is in it once.
var Friend = kit.Journey[FriendSettings]{
	Type: TypeFriend, Name: "Referred friend", Defaults: friendDefaults,
	Description: "For each friend who comes by a link of “Refer a friend”: checks that he is one, waits until his first order was kept, rewards both, and takes it back after a refund.",
	Document: func(s FriendSettings) journey.Document {
		again := journey.Await{Trigger: journey.Trigger{Event: referral.EventJoined, Where: ofProgram(s.Program)}, Name: "again"} // he came by another code, too
		return journey.Document{
			Purpose: "marketing", Timezone: "customer",
			Entry: journey.Entry{Kind: journey.EntryEvent, Event: referral.EventJoined, Where: ofProgram(s.Program), Reentry: journey.Reentry{Rule: journey.ReentryAlways}},
			Goal:  &journey.Goal{Trigger: journey.Trigger{Event: "Order Completed"}, Window: s.OrderWithin, Continue: true},
			Steps: []journey.Step{
				{ID: "claim", Kind: journey.StepCode, Name: "Look at the claim", Code: &journey.CodeStep{Type: StepClaim, Settings: settings(s)}},
				{ID: "order", Kind: journey.StepWaitFor, Name: "His first order", WaitFor: &journey.WaitForStep{
					Events: []journey.Await{{Trigger: journey.Trigger{Event: "Order Completed"}, Name: "ordered"}, again}, Timeout: s.OrderWithin, Since: "run"}},
				{ID: "keep", Kind: journey.StepWaitFor, Name: "Until it was kept", WaitFor: &journey.WaitForStep{
					Events:  []journey.Await{{Trigger: journey.Trigger{Event: referral.EventRefunded}, Name: "returned"}, {Trigger: journey.Trigger{Event: referral.EventCancelled}, Name: "cancelled"}, again},
					Timeout: s.ReturnWindow}},
				{ID: "rewarded", Kind: journey.StepSend, Name: "Your reward", Send: &journey.SendStep{Template: "referral-rewarded", Channel: "email"}},
				{ID: "refused", Kind: journey.StepSend, Name: "Why there is none", Send: &journey.SendStep{Template: "referral-refused", Channel: "email"}},
			},
		}
	},
	Play: func(r *kit.Run, _ FriendSettings) string {
		for {
			r.Checkpoint(nil) // the claim itself knows how far it is
			switch looked := r.Do("claim"); looked.Exit {
			case ExitOrder:
				r.Do("order")
			case ExitWait:
				until, err := time.Parse(time.RFC3339Nano, looked.Result)
				if err != nil {
					return "failed"
				}
				r.WaitUntil("keep", until)
			case ExitRewarded:
				r.Do("rewarded")
				return ExitRewarded
			case ExitRefused:
				if slices.Contains(referral.Friendly, looked.Result) {
					r.Do("refused")
				}
				return ExitRefused
			case journey.ExitSkipped: // held out: the same waits, and nothing comes of them
				for r.Do("order").Exit == "again" { //nolint:revive // another code changes nothing
				}
				r.Do("keep")
				r.Do("rewarded")
				return referral.HeldOut
			default:
				return "failed"
			}
		}
	},
}
