package journeys

import (
	"context"
	"encoding/json"
	"time"

	"sojourn/audience"
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/referral"
)

// Types that are registered.
const (
	TypeInvite = "refer-a-friend"
	TypeFriend = "referred-friend"
	TypeNews   = "referral-news"

	StepLink  = "referral-link"  // gives the customer his link and code
	StepClaim = "referral-claim" // looks what the claim of the run needs
)

// Types lists the journeys, in the order in which one meets them.
func Types() []string { return []string{TypeInvite, TypeFriend, TypeNews} }

// Reward is what one side gets.
type Reward struct {
	Kind     string `json:"kind" title:"What" enum:"none,points,voucher,discount"`
	Amount   int64  `json:"amount,omitempty" title:"How much" doc:"Points, or cents of a discount" minimum:"0"`
	Currency string `json:"currency,omitempty" title:"Currency of a discount" doc:"For example EUR; empty is the workspace's"`
	Offer    string `json:"offer,omitempty" title:"Offer that gives the voucher" format:"offer"`
}

// None reports that the side gets nothing.
func (r Reward) None() bool { return r.Kind == "" || r.Kind == "none" }

// Asked is who asks the desk.
type Asked struct {
	Workspace     int64
	Run, Customer string
	Now           time.Time
}

// Issued is a link with its code.
type Issued struct{ Code, Link string }

// Found is what a claim needs: Exit is one of the step's, Until the end of a wait, Reason why it was refused.
type Found struct {
	Exit   string
	Until  time.Time
	Reason string
	Reward map[string]any // of the friend, for his letter
}

// Desk does what has to touch the world.
type Desk interface {
	// Issue gives the customer his code. A customer who can't have one is told by an empty code.
	Issue(ctx context.Context, a Asked, s LinkSettings) (Issued, error)
	// Look brings the claim of the run on as far as it goes now.
	Look(ctx context.Context, a Asked, s FriendSettings) (Found, error)
}

// Exits of the step StepClaim.
const (
	ExitOrder    = "order" // an order is awaited
	ExitWait     = "wait"  // until the result, an instant in RFC 3339
	ExitRewarded = "rewarded"
	ExitRefused  = "refused" // the result is the reason
)

// ExitNone is that of StepLink for somebody who can't have a link.
const ExitNone = "none"

// Register adds the journeys and steps of refer-a-friend. Without a desk it serves those who only want to know the types.
func Register(r *kit.Registry, desk Desk) {
	r.Add(Invite, Friend, News, linkStep(desk), claimStep(desk))
}

func linkStep(desk Desk) kit.Step[LinkSettings] {
	return kit.Step[LinkSettings]{
		Type: StepLink, Name: "Referral link", Description: "Gives the customer a link and a code that he can share.",
		Defaults: inviteDefaults.LinkSettings, Exits: []string{ExitNone},
		Do: func(ctx context.Context, about kit.StepContext, s LinkSettings) (string, string, error) {
			if err := s.check(); err != nil {
				return "", "", err
			}
			got, err := desk.Issue(ctx, Asked{about.Workspace(), about.Run(), about.Customer(), about.Now()}, s)
			if err != nil || got.Code == "" {
				return ExitNone, "", err
			}
			about.Save("referral", map[string]any{"code": referral.Shown(got.Code), "link": got.Link})
			return journey.ExitNext, "issued", nil
		},
	}
}

func claimStep(desk Desk) kit.Step[FriendSettings] {
	return kit.Step[FriendSettings]{
		Type: StepClaim, Name: "Referral claim", Description: "Checks the friend's claim and rewards both when his order was kept.",
		Defaults: friendDefaults, Exits: []string{ExitOrder, ExitWait, ExitRewarded, ExitRefused},
		Do: func(ctx context.Context, about kit.StepContext, s FriendSettings) (string, string, error) {
			got, err := desk.Look(ctx, Asked{about.Workspace(), about.Run(), about.Customer(), about.Now()}, s)
			if err != nil {
				return "", "", err
			}
			result := got.Exit
			switch got.Exit {
			case ExitWait:
				result = got.Until.UTC().Format(time.RFC3339Nano)
			case ExitRefused:
				result = got.Reason
				about.Save("reason", got.Reason)
			case ExitRewarded:
				about.Save("reward", got.Reward)
			}
			return got.Exit, result, nil
		},
	}
}

// ofProgram is the condition that an event of ours is about the programme.
func ofProgram(program string) *audience.Condition {
	return &audience.Condition{Property: "program", Op: "eq", Value: program}
}

// settings are the settings of a step that takes those of its journey.
func settings(of any) map[string]any {
	text, err := json.Marshal(of)
	var out map[string]any
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic(err) // plain structs of ours
	}
	return out
}
