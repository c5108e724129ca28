package adminapi

import (
	"context"
	"slices"

	"sojourn/broadcast"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// journeysInCalendar adds the firings to come of journeys with a schedule entry, and puts everything in order.
func (a *API) journeysInCalendar(ctx context.Context, w models.Workspace, in *CalendarIn, out *Out[Page[CalendarEntry]]) (*Out[Page[CalendarEntry]], error) {
	all, err := a.deps.Store.ListJourneys(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	for _, j := range all {
		if j.LiveVersionID.IsZero() || j.State != storage.JourneyPublished && j.State != storage.JourneyPaused {
			continue
		}
		p, err := a.deps.Store.DocumentByVersion(ctx, w.ID, j.LiveVersionID)
		if err != nil {
			return nil, err
		}
		e := p.Document.Entry
		if e.Kind != journey.EntrySchedule {
			continue
		}
		s := broadcast.Schedule{Kind: broadcast.Cron, Cron: e.Cron, Timezone: e.Timezone}
		if e.Timezone == journey.ZoneWorkspace {
			s.Timezone = ""
		}
		at := in.From
		if now := a.now(); at.Before(now) {
			at = now // what has fired is told by the journey itself
		}
		for range 100 {
			if at, err = s.Next(at, w.Timezone); err != nil || at.IsZero() || !at.Before(in.To) {
				break
			}
			out.Body.Items = append(out.Body.Items, CalendarEntry{At: at.UTC(), Kind: "journey", Key: j.JourneyKey, Name: j.Name, State: "planned", Paused: j.State == storage.JourneyPaused})
		}
	}
	slices.SortStableFunc(out.Body.Items, func(x, y CalendarEntry) int { return x.At.Compare(y.At) })
	return out, nil
}
