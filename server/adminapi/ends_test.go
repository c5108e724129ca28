package adminapi_test

import (
	"testing"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/storage"
)

// The page of a run says what ended it: an event by its name, a condition in words.
func TestTheInspectorTellsWhatEndedARun(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		"Order Cancelled":       "Left the journey: too late (Order Cancelled)",
		journey.ReasonCondition: "Left the journey: too late (a condition that ends runs of this journey came true)",
	} {
		w := newWorld(t)
		run := w.acme.Runs[2]
		if err := w.s.SQL().QueryRow("UPDATE runs SET outcome = 'too_late' WHERE id = ? RETURNING 1", run.ID[:]).Scan(new(int)); err != nil {
			t.Fatal(err)
		}
		if err := w.s.KeepDecision(t.Context(), models.Decision{ID: w.s.NewID(), WorkspaceID: run.WorkspaceID, CustomerID: run.CustomerID, RunID: run.ID, JourneyID: run.JourneyID,
			Kind: storage.DecisionEnd, Outcome: "too_late", Reason: reason, At: run.EndedAt}); err != nil {
			t.Fatal(err)
		}
		var got adminapi.RunDetail
		w.as(access.Analyst).do("GET", "/runs/"+run.ID.String(), nil).into(t, 200, &got)
		var ends []string
		for _, e := range got.Timeline {
			if e.Kind == storage.TimelineRunEnded || e.Reason == reason {
				ends = append(ends, e.Title)
			}
		}
		if len(ends) != 1 || ends[0] != want {
			t.Errorf("the end is told as %q, want %q once", ends, want)
		}
	}
}
