// Package example is the journey of the guide "Write your first journey in Go" (docs/guides/first-journey.md), which shows
// this very file. The tests build it as a module of its own and walk it.
package example

import (
	"sojourn/journey"
	"sojourn/kit"
)

// Settings are what a marketer may choose without a developer.
type Settings struct {
	After  string `json:"after" title:"Ask after" doc:"Between the order and the message" format:"duration"`
	Rounds int    `json:"rounds" title:"Rounds" doc:"How often to ask for a review at most" minimum:"1" maximum:"5"`
}

// Thanks thanks for an order and asks for a review until there is one.
var Thanks = kit.Journey[Settings]{
	Type: "thanks", Name: "Thank-you and review", Defaults: Settings{After: "P3D", Rounds: 2},
	Document: func(s Settings) journey.Document {
		review := journey.Trigger{Event: "Review Written"}
		return journey.Document{
			Purpose: "marketing",
			Entry:   journey.Entry{Kind: journey.EntryEvent, Event: "Order Completed", Reentry: journey.Reentry{Rule: journey.ReentryAlways}},
			Exit:    []journey.ExitRule{{Event: "Order Cancelled", Label: "cancelled"}},
			Steps: []journey.Step{
				{ID: "pause", Kind: journey.StepWait, Wait: &journey.WaitStep{For: s.After}},
				{ID: "ask", Kind: journey.StepSend, Send: &journey.SendStep{Template: "thanks", Channel: "email"}},
				{ID: "review", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{
					Events: []journey.Await{{Trigger: review, Name: "written"}}, Timeout: "P7D"}},
			},
		}
	},
	Play: func(r *kit.Run, s Settings) string {
		r.Do("pause")
		for range s.Rounds {
			if r.Do("ask").Exit != journey.ExitSent {
				return "not_allowed" // no consent, a cap, no address: the record says which
			}
			if r.Do("review").Exit == "written" {
				return "reviewed"
			}
		}
		return "silent"
	},
}

// Register is given to app.Main.
func Register(r *kit.Registry) { r.Add(Thanks) }
