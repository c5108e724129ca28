package adminapi

import (
	"context"
	"slices"
	"sync"
	"time"

	"sojourn/broadcast"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// expectedFor is how long an expected volume is good enough for the calendar.
const expectedFor = 5 * time.Minute

// volumes remembers how many people things to come would go to.
type volumes struct {
	mu   sync.Mutex
	kept map[string]volumeAt
}

type volumeAt struct {
	n  int64
	at time.Time
}

// expectedOf counts, or remembers. What can't be counted (a condition that has become invalid) is not known.
func (a *API) expectedOf(key string, count func() (int64, error)) int64 {
	v := &a.expected
	v.mu.Lock()
	kept, ok := v.kept[key]
	v.mu.Unlock()
	if ok && a.now().Sub(kept.at) < expectedFor {
		return kept.n
	}
	n, err := count()
	if err != nil {
		return 0
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.kept == nil || len(v.kept) > 1000 {
		v.kept = map[string]volumeAt{}
	}
	v.kept[key] = volumeAt{n, a.now()}
	return n
}

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
		s := scheduleOf(e)
		at := in.From
		if now := a.now(); at.Before(now) {
			at = now // what has fired is told by the journey itself
		}
		expected := int64(0)
		if c := e.Condition; c != nil {
			expected = a.expectedOf("journey/"+j.LiveVersionID.String(), func() (int64, error) { return a.deps.Store.CountAudience(ctx, w.ID, *c, a.now()) })
		}
		for range 100 {
			if at, err = s.Next(at, w.Timezone); err != nil || at.IsZero() || !at.Before(in.To) {
				break
			}
			out.Body.Items = append(out.Body.Items, CalendarEntry{At: at.UTC(), Kind: "journey", Key: j.JourneyKey, Name: j.Name, State: "planned", Expected: expected, Paused: j.State == storage.JourneyPaused})
		}
	}
	slices.SortStableFunc(out.Body.Items, func(x, y CalendarEntry) int { return x.At.Compare(y.At) })
	return out, nil
}

// scheduleOf is when people enter by a schedule, on its own clock or that of the workspace.
func scheduleOf(e journey.Entry) broadcast.Schedule {
	s := broadcast.Schedule{Kind: broadcast.Cron, Cron: e.Cron, Timezone: e.Timezone}
	if e.Timezone == journey.ZoneWorkspace {
		s.Timezone = ""
	}
	return s
}
