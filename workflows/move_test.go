package workflows_test

import (
	"context"
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/journey"
	"sojourn/models"
)

const firstVersion = `
key: moving
name: Moving
purpose: marketing
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
steps:
  - {id: nap, kind: wait, wait: {for: P10D}, next: mail}
  - {id: mail, kind: send, send: {template: hi, channel: email}}
`

const secondVersion = `
key: moving
name: Moving on
purpose: marketing
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
steps:
  - {id: rest, kind: wait, wait: {for: P20D}, next: card}
  - {id: card, kind: send, send: {template: hi, channel: email}}
`

// mover answers where runs are moved to, as the owner of an operation would.
type mover struct{ to contract.MoveResult }

func (m *mover) where(context.Context, contract.MoveInput) (contract.MoveResult, error) {
	return m.to, nil
}

// A run that sleeps goes on by the second version: what it has waited counts, and what it left before the move belongs
// to the first one.
func TestMovedWhileAsleep(t *testing.T) {
	tell(t, told{Visits: []string{"nap#1:(moved)@Jun 6 06:00", "rest#1:next@Jun 21 06:00", "card#1:sent@Jun 21 06:00"}, Sent: []string{"card#1"}, Outcome: "completed"},
		func(t *testing.T) *world {
			w := newWorld(t, monday, firstVersion)
			next, err := journey.Parse([]byte(secondVersion))
			w.must(err)
			w.says("ann", "Signed Up", nil)
			revision, err := w.s.SaveDraft(ctx(), w.ws.ID, w.j.ID, w.j.DraftRevision, next, monday)
			w.must(err)
			v, err := w.s.Publish(ctx(), w.ws.ID, w.j.ID, revision, "test", monday)
			w.must(err)
			w.move = &mover{to: contract.MoveResult{VersionID: v.ID.String(), Version: v.Number, DocHash: v.Hash.String(), Mapping: map[string]string{"nap": "rest"}}}
			w.plan(monday.Add(5*24*time.Hour), func() {
				w.signal(w.runID, contract.SignalControl, contract.ControlSignal{Kind: contract.ControlMove, ID: "m"})
			})
			w.plan(monday.Add(6*24*time.Hour), func() { // told twice
				w.signal(w.runID, contract.SignalControl, contract.ControlSignal{Kind: contract.ControlMove, ID: "m"})
				var version models.Hash
				w.must(w.s.SQL().QueryRow("SELECT v.hash FROM runs r JOIN journey_versions v ON v.id = r.version_id WHERE r.id = ?", idBytes(w.runID)).Scan(&version))
				if version != v.Hash {
					t.Error("the row names the old version")
				}
			})
			return w
		})
}
