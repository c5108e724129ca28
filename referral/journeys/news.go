package journeys

import (
	"sojourn/audience"
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/referral"
)

// NewsSettings are those of the news to the referrer.
type NewsSettings struct {
	Program string `json:"program" title:"Programme" doc:"The same word in all three journeys of refer-a-friend"`
	Joined  bool   `json:"joined" title:"Tell him that a friend has joined"`
	Refused bool   `json:"refused" title:"Tell him when there is no reward, and why"`
}

// News tells a referrer what became of a claim.
var News = kit.Journey[NewsSettings]{
	Type: TypeNews, Name: "Referral news", Defaults: NewsSettings{Program: "friends", Joined: true, Refused: true},
	Description: "Tells the referrer that a friend has joined, that his reward is there, or why there is none. It never says who the friend is.",
	Document: func(s NewsSettings) journey.Document {
		state := func(word referral.State) journey.Case {
			return journey.Case{Name: string(word), When: audience.Condition{Context: "state", Op: "eq", Value: string(word)}}
		}
		return journey.Document{
			Purpose: "marketing", Timezone: "customer",
			Entry: journey.Entry{Kind: journey.EntryEvent, Event: referral.EventProgress, Where: ofProgram(s.Program), Key: "notice", Reentry: journey.Reentry{Rule: journey.ReentryOnce}},
			Steps: []journey.Step{
				{ID: "what", Kind: journey.StepBranch, Name: "What happened", Branch: &journey.BranchStep{Cases: []journey.Case{state(referral.Accepted), state(referral.Rewarded)}}},
				{ID: "joined", Kind: journey.StepSend, Name: "A friend has joined", Send: &journey.SendStep{Template: "referral-joined", Channel: "email"}},
				{ID: "rewarded", Kind: journey.StepSend, Name: "Your reward", Send: &journey.SendStep{Template: "referral-rewarded", Channel: "email"}},
				{ID: "refused", Kind: journey.StepSend, Name: "Why there is none", Send: &journey.SendStep{Template: "referral-refused", Channel: "email"}},
			},
		}
	},
	Play: func(r *kit.Run, s NewsSettings) string {
		switch what := r.Do("what").Exit; what {
		case string(referral.Accepted):
			if s.Joined {
				r.Do("joined")
			}
			return "joined"
		case string(referral.Rewarded):
			r.Do("rewarded")
			return what
		}
		if s.Refused {
			r.Do("refused")
		}
		return ExitRefused
	},
}

// rewarded is the condition that news of the programme tell of a reward.
func rewarded(program string) *audience.Condition {
	return &audience.Condition{And: []audience.Condition{*ofProgram(program), {Property: "state", Op: "eq", Value: string(referral.Rewarded)}}}
}
