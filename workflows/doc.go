// Package workflows is what must survive a crash: code that Temporal replays. It knows ids, contract and journey; it has
// no clock, no randomness and no call of its own. Whatever touches the world is an activity, named through contract.
//
// The Journey workflow (journey*.go) is the shell around journey.Program, one execution per run:
//
//   - journey.go: the loop. Ask what is due in the state, do it, feed the answer back.
//   - journey_persist.go: local activities that keep progress, resolve waits and ask whether the run may act. The row
//     of a run is always good enough to start it again.
//   - journey_act.go: the steps. A send is tried at once and falls back to its channel's queue.
//   - journey_signals.go: the one place to sleep; signals, updates, query, what Temporal Web shows.
//   - journey_continue.go: when and how a run moves to a new history.
//   - documents.go: the journey document, which is code to a workflow.
//
// Beside it stand the long-lived workflows of the router, the reconciler, audience refresh and scoring, and setup/, which
// prepares a namespace. blueprints/ are the journeys that ship.
//
// Two rules of versioning. The machine carries a logic version per run, taken over at each wake-up from the worker
// (journey.SelectedLogic). An edit of the shell that changes the order of its commands needs workflow.GetVersion;
// testdata/histories, replayed by every go test, says so when it is forgotten. New histories are recorded from the
// stories in record_test.go by make record-histories.
//
// New here? Read TestAnAnswerEndsAWait in story_test.go, then journey.go.
package workflows
