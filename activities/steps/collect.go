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
	list, most := []any{}, cmp.Or(c.Max, defaultMax)
	for i := range rows {
		if rows[i].OccurredAt > until || len(list) >= most {
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
	if len(list) == 0 {
		return answer{exit: journey.ExitEmpty, result: journey.ExitEmpty}, nil
	}
	d := a.record(answer{exit: journey.ExitNext, result: "collected"}, map[string]any{"count": len(list)})
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
