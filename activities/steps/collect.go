package steps

import (
	"cmp"
	"context"
	"time"

	"sojourn/activities"
	"sojourn/journey"
	"sojourn/models"
)

const (
	defaultCollected = "collected"
	defaultMax       = 100
)

// collect gathers what came while the step waited, and puts the list into the run's data.
func (s *Steps) collect(ctx context.Context, a *action) (answer, error) {
	c := a.step.Collect
	var names []string
	for _, t := range c.Events {
		names = append(names, t.Event)
	}
	until := models.Instant(a.in.Now)
	if until == 0 {
		until = models.At(a.now)
	}
	rows, err := s.Store.RunEvents(ctx, a.in.WorkspaceID, a.run, names, time.UnixMicro(cmp.Or(a.in.Since, a.in.ReachedAt)), activities.GatherLimit)
	if err != nil {
		return answer{}, err
	}
	// What does not fit into this list stays for the next one, so the next one begins behind the last that was looked at.
	list, most, seen := []any{}, cmp.Or(c.Max, defaultMax), until
	if len(rows) == activities.GatherLimit {
		seen = min(seen, rows[len(rows)-1].OccurredAt)
	}
	for i := range rows {
		if rows[i].OccurredAt > until {
			break
		}
		if len(list) >= most && (rows[i].OccurredAt > rows[i-1].OccurredAt || len(list) >= journey.MaxCollect) {
			seen = rows[i-1].OccurredAt // what occurred at one instant goes together, because the next list begins behind it
			break
		}
		ok, err := s.gathers(ctx, a, c.Events, &rows[i])
		if err != nil {
			return answer{}, err
		}
		if !ok {
			continue
		}
		item := map[string]any{}
		if err := rows[i].Data.Into(&item); err != nil {
			return answer{}, err
		}
		item["event"], item["at"] = rows[i].Name, rows[i].OccurredAt.Time().Format(time.RFC3339)
		list = append(list, item)
	}
	behind := int64(seen) + 1
	if len(list) == 0 {
		return answer{exit: journey.ExitEmpty, result: journey.ExitEmpty, until: behind}, nil
	}
	d := a.record(answer{exit: journey.ExitNext, result: "collected", until: behind}, map[string]any{"count": len(list)})
	d, revision, err := s.Store.ReviseContext(ctx, a.in.WorkspaceID, a.run, map[string]any{cmp.Or(c.As, defaultCollected): list}, d)
	out := from(d)
	out.revision = revision
	return out, err
}

func (s *Steps) gathers(ctx context.Context, a *action, triggers []journey.Trigger, event *models.Event) (bool, error) {
	for _, t := range triggers {
		if t.Event != event.Name {
			continue
		}
		if t.Where == nil {
			return true, nil
		}
		if ok, err := activities.Holds(ctx, s.Runs, a.in.WorkspaceID, a.run, a.who, *t.Where, event, a.in.Revision, a.in.Results); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}
