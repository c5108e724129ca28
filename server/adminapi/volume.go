package adminapi

import (
	"context"
	"time"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/models"
)

// A publish is a large jump when it brings at least so many messages, and so many times as many as usual.
const (
	jumpSends = 200
	jumpTimes = 3
)

// guardJump refuses a document that lets in very many people at once when it goes live, unless that is meant or staged.
func (a *API) guardJump(ctx context.Context, w models.Workspace, j models.Journey, doc journey.Document, meant bool) error {
	v, err := a.volume(ctx, w, j, doc)
	if err != nil || meant || !v.Large {
		return err
	}
	return fault.New(fault.Conflict, "about %d people enter at once and %d messages follow within 24 hours, against %d a day as usual: confirm it, or begin with a share", v.EntersAtOnce, v.Sends24h, v.Usual24h).
		WithFields(fault.Field{Path: "body.confirm", Message: "confirm, or set rollout"})
}

// volume estimates what a publish brings within 24 hours. Known beforehand are those who are let in because they are in an
// audience now (first publish or a changed condition, with present members) and those of a schedule; whom events and dates
// bring comes at the pace of life.
func (a *API) volume(ctx context.Context, w models.Workspace, j models.Journey, doc journey.Document) (Volume, error) {
	var v Volume
	if c := doc.Entry.Condition; c != nil && (doc.Entry.Kind == journey.EntryAudience || doc.Entry.Kind == journey.EntrySchedule) {
		n, err := a.deps.Store.CountAudience(ctx, w.ID, *c, a.now())
		if err != nil {
			return v, err
		}
		v.Present = n
		seeded := false
		if !j.LiveVersionID.IsZero() {
			p, err := a.deps.Store.DocumentByVersion(ctx, w.ID, j.LiveVersionID)
			if err != nil {
				return v, err
			}
			live := p.Document.Entry
			seeded = live.Kind == doc.Entry.Kind && live.Condition != nil && string(models.ToJSON(live.Condition)) == string(models.ToJSON(c))
		}
		if doc.Entry.Kind == journey.EntrySchedule || doc.Entry.IncludePresent && !seeded {
			v.EntersAtOnce = n
		}
	}
	usual, err := a.deps.Store.SentPerDay(ctx, w.ID, 7, a.now())
	if err != nil {
		return v, err
	}
	v.Usual24h = int64(usual)
	v.Sends24h = v.EntersAtOnce * int64(journey.SendsWithin(doc, 24*time.Hour))
	v.Large = v.Sends24h >= jumpSends && v.Sends24h > jumpTimes*v.Usual24h
	return v, nil
}
