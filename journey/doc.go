// Package journey is the language and the machine of customer journeys, without any input, output, clock or randomness.
//
//   - document.go: the document that a marketer edits and git stores; publishing freezes it into an immutable version.
//   - parse.go: Parse reads YAML or JSON strictly, Canonical and Hash give the stored form and its identity.
//   - validate.go and the validate_*.go files: Validate returns all issues at once, each with its step, path and code.
//   - graph.go: exits, edges, reachability and cycles; what the canvas draws and validation walks.
//   - duration.go, calendar.go: ISO 8601 durations and local time. A day is a calendar day where the customer lives;
//     gaps and overlaps of daylight saving time are decided here, and only activities call this (never workflow code),
//     so that a new time zone database can't break a sleeping run.
//   - machine.go and its neighbours: Program.Step(state, input, now) -> state', effect. The state is small, complete
//     and serialisable: continue-as-new, a restart by the reconciler and a simulation are all just functions of it.
//
// A shell drives the machine: it keeps the state, asks Program.Due what is to be done now, does it (sleep, send, ask an
// activity) and feeds the answer back. The Journey workflow is one shell; a simulator is another.
//
// New here? Read TestWinBackWalk in machine_test.go: it walks one run through the machine by hand.
package journey
