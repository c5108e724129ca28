package sqlstore

import (
	"fmt"

	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// write turns a verdict into a claim or a terminal or deferred row, with its decision record.
func (g *gate) write(v pressure.Verdict) (storage.Claim, error) {
	before := g.row
	g.fill()
	outcome, reason, detail := string(v.Action), string(v.Reason), v.Detail
	kind := storage.ClaimFinal
	switch v.Action {
	case pressure.Send:
		if !g.frozen && g.ask.Content == nil {
			if g.ask.RenderError == "" { // the row's content vanished between Prepare and now
				return storage.Claim{Kind: storage.ClaimReread}, nil
			}
			g.close(storage.SendRejected, storage.ReasonRenderError, clip(g.ask.RenderError, 500))
			outcome, reason, detail = "send", storage.ReasonRenderError, g.row.Detail
			break
		}
		var err error
		if kind, err = g.letThrough(); err != nil {
			return storage.Claim{}, err
		}
		switch kind {
		case storage.ClaimWait:
			outcome, reason = string(pressure.Defer), g.row.Reason
		case storage.ClaimFinal:
			outcome, reason = string(pressure.Skip), g.row.Reason
		}
	case pressure.Skip:
		g.close(storage.SendSkipped, reason, detail)
	case pressure.Expire:
		if before.State == storage.SendDeferred && detail == "" {
			detail = "held back by " + before.Reason
		}
		g.close(storage.SendExpired, reason, detail)
	case pressure.Cancel:
		g.close(storage.SendCancelled, reason, detail)
	case pressure.Defer:
		g.row.State, g.row.Reason, g.row.Detail, g.row.DeferUntil = storage.SendDeferred, reason, detail, models.At(v.Until)
		g.row.Token, g.row.LeaseUntil = [16]byte{}, 0
		kind = storage.ClaimWait
	default:
		return storage.Claim{}, fmt.Errorf("the gate said %q", v.Action)
	}
	if err := g.save(); err != nil {
		return storage.Claim{}, err
	}
	claim := storage.Claim{Kind: kind, Send: g.row, Verdict: v, Sender: g.sender}
	if kind == storage.Claimed || kind == storage.ClaimWait && g.row.Reason == storage.ReasonReview {
		if err := g.content(&claim); err != nil {
			return storage.Claim{}, err
		}
	}
	// Asking again every hour while an operator holds a journey is one decision, not many.
	if g.known && before.State == storage.SendDeferred && kind == storage.ClaimWait && before.Reason == reason {
		return claim, nil
	}
	facts := map[string]any{}
	if detail != "" {
		facts["detail"] = detail
	}
	if kind == storage.ClaimWait {
		facts["until"] = g.row.DeferUntil.Time()
	}
	if g.ask.After != "" {
		facts["after"] = g.ask.After
	}
	if g.row.Unknowns > before.Unknowns || g.row.Reason == storage.ReasonRepeated {
		facts["possible_duplicate"] = true
	}
	return claim, g.decide(outcome, reason, facts)
}

// fill completes the row from the request. What a first claim froze stays as it is.
func (g *gate) fill() {
	a, r := g.ask, &g.row
	if !g.known {
		*r = models.Send{ID: a.ID, IssueArm: a.Arm, WorkspaceID: a.Workspace, SendKey: a.Key, RunID: a.Run, JourneyID: a.Journey, VersionID: a.Version, StepID: a.Step, Visit: a.Visit,
			Channel: a.Channel, Class: a.Class, Purpose: a.Purpose, Priority: a.Priority, PlannedAt: models.At(a.PlannedAt), ExpiresAt: models.At(a.ExpiresAt)}
	}
	r.CustomerID = g.customer.ID
	if !g.frozen {
		r.ContactPointID, r.SenderID, r.TemplateID, r.TemplateVersion = g.point.ID, g.sender.ID, a.Template, a.TemplateVer
		if a.Content != nil {
			r.MessageID = a.MessageID
		}
	}
	r.PermissionEpoch, r.JourneyEpoch, r.SenderEpoch, r.WorkspaceEpoch = g.point.PermissionEpoch, g.journeyEpoch, g.sender.Epoch, g.wsEpoch
	r.IssueID, r.IssueEpoch = a.Issue, g.issueEpoch
}

func (g *gate) claim() {
	r := &g.row
	r.State, r.Detail, r.DeferUntil = storage.SendClaimed, "", 0
	r.Reason = ""
	if r.Unknowns > 0 {
		r.Reason = storage.ReasonRepeated
	}
	r.Token, r.LeaseUntil = g.ask.Token, models.Instant(g.dbNow+g.ask.Lease.Microseconds())
	r.ClaimedAt, r.Attempts = models.At(g.ask.Now), r.Attempts+1
	if !g.frozen {
		r.ContentHash = g.ask.ContentHash
	}
	if !r.IssueID.IsZero() {
		r.IssuePoint = g.point.ID // from here on the address is taken
	}
}

func (g *gate) close(state, reason, detail string) {
	r := &g.row
	r.State, r.Reason, r.Detail, r.ClosedAt = state, reason, detail, models.At(g.ask.Now)
	r.Token, r.LeaseUntil, r.DeferUntil = [16]byte{}, 0, 0
	if r.Unknowns == 0 && state != storage.SendRejected {
		r.IssuePoint = [16]byte{} // nothing went there
	}
}

// save inserts the row or updates the one that this transaction has locked.
func (g *gate) save() error {
	r := g.row
	if g.known {
		_, err := g.p.exec(`UPDATE sends SET customer_id = ?, contact_point_id = ?, state = ?, reason = ?, detail = ?, token = ?, lease_until = ?, permission_epoch = ?, journey_epoch = ?, sender_epoch = ?,
			workspace_epoch = ?, sender_id = ?, template_id = ?, template_version = ?, content_hash = ?, message_id = ?, attempts = ?, unknowns = ?, claimed_at = ?, closed_at = ?, defer_until = ?, issue_point = ?, issue_epoch = ? WHERE id = ?`,
			r.CustomerID, r.ContactPointID, r.State, r.Reason, r.Detail, r.Token, r.LeaseUntil, r.PermissionEpoch, r.JourneyEpoch, r.SenderEpoch,
			r.WorkspaceEpoch, r.SenderID, r.TemplateID, r.TemplateVersion, r.ContentHash, r.MessageID, r.Attempts, r.Unknowns, r.ClaimedAt, r.ClosedAt, r.DeferUntil, r.IssuePoint, r.IssueEpoch, r.ID)
		if isDuplicate(err) {
			return errAgain // another customer with the same address was quicker: the gate says so the next time
		}
		return err
	}
	values := []any{
		r.ID, r.WorkspaceID, r.SendKey, r.RunID, r.JourneyID, r.VersionID, r.StepID, r.Visit, r.CustomerID, r.ContactPointID, r.Channel, r.Class, r.Purpose,
		r.Priority, r.State, r.Reason, r.Detail, r.Token, r.LeaseUntil, r.PermissionEpoch, r.JourneyEpoch, r.SenderEpoch, r.WorkspaceEpoch, r.SenderID, r.TemplateID,
		r.TemplateVersion, r.ContentHash, r.MessageID, r.ProviderID, r.ProviderCode, r.Attempts, r.Unknowns, r.PlannedAt, r.ClaimedAt, r.HandedAt, r.ClosedAt, r.DeferUntil, r.ExpiresAt,
		r.IssueID, r.IssuePoint, r.IssueEpoch, r.IssueArm}
	if g.bulk != nil {
		g.bulk.sends = append(g.bulk.sends, values...)
		return nil
	}
	_, err := g.p.exec("INSERT INTO sends ("+sendColumns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", values...)
	if isDuplicate(err) {
		return errAgain // somebody else planned the same send for a customer that was merged meanwhile: let the row decide
	}
	return err
}

// content freezes what is sent at the first claim; later claims get the same bytes back.
func (g *gate) content(c *storage.Claim) error {
	if g.frozen {
		c.Content.SendID, c.Content.WorkspaceID = g.row.ID, g.ask.Workspace
		_, err := g.p.row("SELECT address, subject, html, text_body, headers, links, created_at FROM send_contents WHERE send_id = ?", []any{g.row.ID},
			&c.Content.Address, &c.Content.Subject, &c.Content.HTML, &c.Content.TextBody, &c.Content.Headers, &c.Content.Links, &c.Content.CreatedAt)
		return err
	}
	c.Content = *g.ask.Content
	c.Content.SendID, c.Content.WorkspaceID, c.Content.Address, c.Content.CreatedAt = g.row.ID, g.ask.Workspace, g.point.Address, models.At(g.ask.Now)
	var links any
	if len(c.Content.Links) > 0 {
		links = string(c.Content.Links)
	}
	values := []any{c.Content.SendID, c.Content.WorkspaceID, c.Content.Address, c.Content.Subject, c.Content.HTML, c.Content.TextBody, c.Content.Headers, links, c.Content.CreatedAt}
	if g.bulk != nil {
		g.bulk.contents = append(g.bulk.contents, values...)
		return nil
	}
	_, err := g.p.exec("INSERT INTO send_contents ("+contentColumns+") VALUES (?,?,?,?,?,?,?,?,?)", values...)
	return err
}
