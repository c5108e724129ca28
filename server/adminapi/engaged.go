package adminapi

import (
	"context"
	"slices"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/storage"
)

// engaged says of messages who opened them and followed their links.
func (a *API) engaged(ctx context.Context, ws int64, sends []SendSummary) error {
	all := make([]ids.ID, 0, len(sends))
	for _, s := range sends {
		id, err := ids.Parse(s.ID)
		if err != nil {
			return err
		}
		all = append(all, id)
	}
	known, err := a.deps.Store.EngagementOf(ctx, ws, all)
	for i, id := range all {
		e := known[id]
		sends[i].OpenedAt, sends[i].ClickedAt, sends[i].Clicks = when(e.OpenedAt), when(e.ClickedAt), e.Clicks
	}
	return err
}

// engagedEntries puts opens and clicks into the timeline of a run, in order.
func engagedEntries(timeline []TimelineEntry, sends []SendSummary, doc *journey.Document) []TimelineEntry {
	for _, s := range sends {
		name, _ := stepName(doc, s.StepID)
		add := func(what, title string, e TimelineEntry) {
			e.ID, e.Kind, e.Code, e.Title, e.StepID, e.StepName, e.RunID, e.SendID = what+"/"+s.ID, storage.TimelineEvent, what, title, s.StepID, name, s.RunID, s.ID
			timeline = append(timeline, e)
		}
		if s.OpenedAt != nil {
			add("message_opened", "Opened the message: "+or(s.Subject, s.Template), TimelineEntry{At: *s.OpenedAt, Facts: map[string]any{}})
		}
		if s.ClickedAt != nil {
			add("message_clicked", "Followed a link of the message: "+or(s.Subject, s.Template), TimelineEntry{At: *s.ClickedAt, Facts: map[string]any{"clicks": s.Clicks}})
		}
	}
	slices.SortStableFunc(timeline, func(x, y TimelineEntry) int { return x.At.Compare(y.At) })
	return timeline
}
