package sqlstore

import (
	"sojourn/broadcast"
)

// broadcast reads the switch of the broadcast that a message belongs to.
func (g *gate) broadcast() error {
	if g.ask.Issue.IsZero() {
		return nil
	}
	_, err := g.p.row("SELECT b.state, b.epoch FROM broadcast_issues i JOIN broadcasts b ON b.id = i.broadcast_id WHERE i.id = ? AND i.workspace_id = ?",
		[]any{g.ask.Issue, g.ask.Workspace}, &g.issueState, &g.issueEpoch)
	return err
}

// broadcastFacts: held by its pause, ended by its cancellation; and an address gets an issue once, whoever shares it. The
// contact point is locked, so of two customers with one address the second sees the first.
func (g *gate) broadcastFacts() error {
	if g.ask.Issue.IsZero() {
		return nil
	}
	g.switches(false)
	if g.point.ID.IsZero() {
		return nil
	}
	own := g.ask.ID
	if g.known {
		own = g.row.ID
	}
	var n int
	if _, err := g.p.row("SELECT COUNT(*) FROM sends WHERE issue_id = ? AND issue_point = ? AND id <> ?", []any{g.ask.Issue, g.point.ID, own}, &n); err != nil {
		return err
	}
	g.facts.Duplicate = n > 0
	return nil
}

// switches tells how the broadcast stands, and whether the address has the issue already.
func (g *gate) switches(taken bool) {
	g.facts.BroadcastPaused = g.issueState == broadcast.Paused
	g.facts.BroadcastEnded = g.issueState != broadcast.Sending && !g.facts.BroadcastPaused
	g.facts.Duplicate = taken
}
