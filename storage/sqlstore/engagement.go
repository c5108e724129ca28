package sqlstore

import (
	"context"
	"fmt"
	"net/url"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Engagement = (*Store)(nil)

// LinkTarget implements storage.Engagement.
func (s *Store) LinkTarget(ctx context.Context, workspace int64, send ids.ID, n int) (string, error) {
	var row struct{ Links models.JSON }
	found := s.read(ctx).Raw("SELECT links FROM send_contents WHERE send_id = ? AND workspace_id = ?", send, workspace).Scan(&row)
	if found.Error != nil {
		return "", translate(found.Error)
	}
	var links []string
	if err := row.Links.Into(&links); err != nil {
		return "", fmt.Errorf("links of send %s: %w", send, err)
	}
	if n < 1 || n > len(links) {
		return "", fault.New(fault.NotFound, "no such link")
	}
	return links[n-1], nil
}

// hitSend is what a hit needs to know of its message.
type hitSend struct {
	ID         ids.ID
	RunID      ids.ID
	StepID     string
	CustomerID ids.ID
	Channel    string
	HandedAt   models.Instant
	Template   models.Text
	Settings   models.JSON
}

// RecordHit implements storage.Engagement. The event is committed before the counter: who dies in between finds the event
// by its id the next time, and counts then.
func (s *Store) RecordHit(ctx context.Context, h storage.Hit) (storage.HitResult, error) {
	var row hitSend
	found := s.read(ctx).Raw(`SELECT s.id, s.run_id, s.step_id, s.customer_id, s.channel, s.handed_at, t.template_key AS template, w.settings
FROM sends s JOIN workspaces w ON w.id = s.workspace_id LEFT JOIN templates t ON t.id = s.template_id WHERE s.id = ? AND s.workspace_id = ?`, h.Send, h.Workspace).Scan(&row)
	if found.Error != nil {
		return "", fmt.Errorf("record a hit of send %s: %w", h.Send, translate(found.Error))
	}
	if row.ID.IsZero() {
		return "", fault.New(fault.NotFound, "no such message")
	}
	allowed, err := s.mayTrack(ctx, h, &row)
	if err != nil {
		return "", fmt.Errorf("record a hit of send %s: %w", h.Send, translate(err))
	}
	if !allowed || row.HandedAt.IsZero() {
		return storage.HitRefused, nil
	}
	if h.Machine == "" && h.At.Sub(row.HandedAt.Time()) < storage.HitTooEarly {
		h.Machine = "early"
	}
	result, err := s.countHit(ctx, h, &row)
	if err == nil && result == storage.HitFirst && h.Link > 0 {
		err = s.openedByClick(ctx, h, &row)
	}
	if err != nil {
		return "", fmt.Errorf("record a hit of send %s: %w", h.Send, translate(err))
	}
	return result, nil
}

// openedByClick: who clicks has the message before him, even if his program shows no pictures. A journey that writes again
// to those who did not open must not write to him.
func (s *Store) openedByClick(ctx context.Context, h storage.Hit, row *hitSend) error {
	var opens int
	if err := s.read(ctx).Raw("SELECT hits FROM engagement WHERE send_id = ? AND link_no = 0", h.Send).Scan(&opens).Error; err != nil || opens > 0 {
		return err
	}
	h.Link = 0
	_, err := s.countHit(ctx, h, row)
	return err
}

// mayTrack asks the customer as he is now: a refusal after the message was sent counts for that message, too.
func (s *Store) mayTrack(ctx context.Context, h storage.Hit, row *hitSend) (bool, error) {
	settings, err := consent.ParseTracking(row.Settings)
	if err != nil {
		return false, err
	}
	mode := settings.Clicks
	if h.Link == 0 {
		mode = settings.Opens
	}
	id := row.CustomerID
	for range 16 {
		var c models.Customer
		if err := s.read(ctx).Raw("SELECT id, merged_into, erased_at, restricted FROM customers WHERE id = ? AND workspace_id = ?", id, h.Workspace).Scan(&c).Error; err != nil {
			return false, err
		}
		if c.ID.IsZero() || !c.ErasedAt.IsZero() || c.Restricted {
			return false, nil
		}
		if c.MergedInto.IsZero() {
			break
		}
		id = c.MergedInto
	}
	row.CustomerID = id
	state, err := s.trackingState(ctx, h.Workspace, id, row.Channel)
	return mode.Allows(state), err
}

// trackingState is the customer's permission for being tracked on a channel.
func (s *Store) trackingState(ctx context.Context, workspace int64, customer ids.ID, channel string) (consent.State, error) {
	p := consent.Permissions{}
	_, err := each(ctx, s, "SELECT channel, purpose, state FROM permissions WHERE customer_id = ? AND workspace_id = ? AND channel IN (?, ?) AND purpose IN (?, ?)",
		[]any{customer, workspace, channel, consent.Any, consent.TrackingPurpose, consent.Any}, func(r *models.Permission) bool {
			p[consent.Topic{Channel: r.Channel, Purpose: r.Purpose}] = consent.Permission{State: consent.State(r.State)}
			return true
		})
	if err != nil {
		return consent.None, err
	}
	return p.Lookup(channel, consent.TrackingPurpose).State, nil
}

func (s *Store) countHit(ctx context.Context, h storage.Hit, row *hitSend) (storage.HitResult, error) {
	at := models.At(h.At)
	var before models.Engagement
	if err := s.read(ctx).Raw("SELECT * FROM engagement WHERE send_id = ? AND link_no = ?", h.Send, h.Link).Scan(&before).Error; err != nil {
		return "", err
	}
	first := h.Machine == "" && before.Hits == 0
	if first {
		event, err := s.engagementEvent(ctx, h, row)
		if err != nil {
			return "", err
		}
		if err := s.AcceptRunEvents(ctx, h.Workspace, []storage.RunEvent{event}, h.At); err != nil {
			return "", err
		}
	}
	err := s.hotTx(ctx, func(p plain) error {
		if before.SendID.IsZero() {
			if _, err := p.exec("INSERT INTO engagement (send_id, link_no, workspace_id) VALUES (?, ?, ?) "+s.dialect.ignoreDuplicate("send_id, link_no"), h.Send, h.Link, h.Workspace); err != nil {
				return err
			}
		}
		if h.Machine != "" {
			_, err := p.exec("UPDATE engagement SET machine_hits = machine_hits + 1, machine_at = COALESCE(machine_at, ?), machine = ? WHERE send_id = ? AND link_no = ?",
				at, clip(h.Machine, 40), h.Send, h.Link)
			return err
		}
		_, err := p.exec("UPDATE engagement SET hits = hits + 1, first_at = COALESCE(first_at, ?), last_at = ? WHERE send_id = ? AND link_no = ?", at, at, h.Send, h.Link)
		return err
	})
	switch {
	case err != nil:
		return "", err
	case h.Machine != "":
		return storage.HitMachine, nil
	case first:
		return storage.HitFirst, nil
	}
	return storage.HitAgain, nil
}

// engagementEvent names the send and where the link leads, without the query of the address: that may name the customer.
func (s *Store) engagementEvent(ctx context.Context, h storage.Hit, row *hitSend) (storage.RunEvent, error) {
	e := storage.RunEvent{Run: row.RunID, Customer: row.CustomerID, Step: row.StepID, Send: h.Send, Name: storage.EventMessageOpened, MessageID: "open/" + h.Send.String(), OccurredAt: h.At,
		Properties: map[string]any{"send_id": h.Send.String(), "template": string(row.Template), "channel": row.Channel, "step": row.StepID}}
	if h.Link == 0 {
		return e, nil
	}
	target, err := s.LinkTarget(ctx, h.Workspace, h.Send, h.Link)
	if err != nil {
		return e, err
	}
	e.Name, e.MessageID = storage.EventMessageClicked, fmt.Sprintf("click/%s/%d", h.Send, h.Link)
	e.Properties["link_no"] = h.Link
	if u, err := url.Parse(target); err == nil {
		u.RawQuery, u.Fragment, u.User = "", "", nil
		e.Properties["link"] = clip(u.String(), 500)
	}
	return e, nil
}

// EngagementOf implements storage.Engagement.
func (s *Store) EngagementOf(ctx context.Context, workspace int64, sends []ids.ID) (map[ids.ID]storage.Engaged, error) {
	out := map[ids.ID]storage.Engaged{}
	if len(sends) == 0 {
		return out, nil
	}
	var rows []models.Engagement
	if err := s.read(ctx).Raw("SELECT * FROM engagement WHERE workspace_id = ? AND send_id IN ?", workspace, sends).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	for _, r := range rows {
		e := out[r.SendID]
		e.MachineHits += r.MachineHits
		switch {
		case r.LinkNo == 0:
			e.OpenedAt, e.Opens = r.FirstAt, r.Hits
		case r.Hits > 0:
			e.Clicks += r.Hits
			e.Links++
			if e.ClickedAt.IsZero() || r.FirstAt < e.ClickedAt {
				e.ClickedAt = r.FirstAt
			}
		}
		out[r.SendID] = e
	}
	return out, nil
}
