// Package kit is for journeys written in Go. The author declares the steps that a run may do, as a document of the language
// (package journey), and a function that says which comes next:
//
//	var Thanks = kit.Journey[Settings]{
//		Type: "thanks", Name: "Thank-you", Defaults: Settings{After: "P2D"},
//		Document: func(s Settings) journey.Document { … steps "pause" (wait) and "thanks" (send) … },
//		Play: func(r *kit.Run, s Settings) string {
//			r.Do("pause")
//			if r.Do("thanks").Exit != journey.ExitSent {
//				return "not_thanked"
//			}
//			return ""
//		},
//	}
//
// A run of it goes through the same shell and machine as one drawn on the canvas: each call is one step, with the same
// ledger, gate, caps and consent. Pause, stop, exit events, goal, control group, re-entry and the reconciler act on it
// without the author's help: a call from which the run does not go on simply never returns.
//
// Three rules. Play decides by its settings and by what it was answered only: no clock, no randomness, no files, no
// network, no goroutines; Run.Now is the time. It is started from its beginning again when a run goes on elsewhere, and is
// then answered as before; one that goes round for long sets a checkpoint. An edit that changes which steps a sleeping run
// has been asked for stands behind Run.Changed.
//
// A Step is the other way round: its action is Go code, and a marketer places it on the canvas as a code step. It may use
// clock and network; an attempt that was lost is made again with the same StepContext.Key.
//
// Register journeys and steps by app.Main in a binary of your own.
package kit
