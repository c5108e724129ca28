package activities_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
	"sojourn/workflows"
)

// Schedules on a real Temporal server follow the journeys, and a firing lets the audience in.
func TestSchedulesFollowTheJourneys(t *testing.T) {
	t.Parallel()
	h := &house{T: t, dir: t.TempDir()}
	h.s, h.url = dbtest.SQLiteURL(t)
	h.startTemporal()
	h.ws = storagetest.AddWorkspace(t, h.s, "timed")
	addPeople(t, h.s, h.ws.ID, 5)
	a := &activities.Schedules{Store: h.s, Temporal: h.client.ScheduleClient()}
	sync := func(want contract.SyncResult) {
		t.Helper()
		if got, err := a.SyncSchedules(t.Context()); err != nil || got != want {
			t.Errorf("sync: %+v, %v; want %+v", got, err, want)
		}
	}
	sync(contract.SyncResult{})
	j := publish(t, h.s, h.ws.ID, "newsletter", journey.Entry{Kind: journey.EntrySchedule, Cron: "30 9 * * 1", CatchUp: "PT2H", Condition: &gold})
	sync(contract.SyncResult{Created: 1})
	sync(contract.SyncResult{})

	id := contract.JourneyScheduleID("timed", "newsletter")
	handle := h.client.ScheduleClient().GetHandle(t.Context(), id)
	describe := func() *client.ScheduleDescription {
		t.Helper()
		d, err := handle.Describe(t.Context())
		h.must(err)
		return d
	}
	d := describe()
	if d.Schedule.Policy.CatchupWindow != 2*time.Hour || d.Schedule.State.Paused || !strings.Contains(d.Schedule.State.Note, "30 9 * * 1") {
		t.Errorf("schedule: policy %+v, state %+v", d.Schedule.Policy, d.Schedule.State)
	}
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	h.must(err)
	for _, at := range d.Info.NextActionTimes {
		if at = at.In(amsterdam); at.Weekday() != time.Monday || at.Hour() != 9 || at.Minute() != 30 {
			t.Errorf("fires at %s", at)
		}
	}

	// A worker lets the audience in when the schedule fires.
	w := worker.New(h.client, contract.QueueBulk, worker.Options{})
	workflows.RegisterBulk(w)
	w.RegisterActivityWithOptions((&activities.Audiences{Store: h.s}).EnterAudience, activity.RegisterOptions{Name: contract.ActivityScheduledEntry})
	h.must(w.Start())
	t.Cleanup(w.Stop)
	h.must(handle.Trigger(t.Context(), client.ScheduleTriggerOptions{}))
	h.eventually("the audience is let in", func() bool {
		var n int
		h.must(h.s.SQL().QueryRow("SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID).Scan(&n))
		return n == 5
	})

	// The journey is paused, published with another time, resumed, and stopped.
	h.must(h.s.PauseJourney(t.Context(), h.ws.ID, j.ID, time.Now()))
	sync(contract.SyncResult{Updated: 1})
	if !describe().Schedule.State.Paused {
		t.Error("the schedule of a paused journey goes on")
	}
	h.change(j, "0 7 * * *")
	h.must(h.s.ResumeJourney(t.Context(), h.ws.ID, j.ID, "count", time.Now()))
	sync(contract.SyncResult{Updated: 1})
	sync(contract.SyncResult{})
	if d := describe(); d.Schedule.State.Paused || len(d.Info.NextActionTimes) == 0 || d.Info.NextActionTimes[0].In(amsterdam).Hour() != 7 {
		t.Errorf("after the change: %+v, next %v", d.Schedule.State, d.Info.NextActionTimes)
	}
	h.must(h.s.StopJourney(t.Context(), h.ws.ID, j.ID, time.Now()))
	h.eventually("the schedule is deleted", func() bool { // Temporal's list of schedules lags a little
		_, err := a.SyncSchedules(t.Context())
		h.must(err)
		_, err = handle.Describe(t.Context())
		var gone *serviceerror.NotFound
		return errors.As(err, &gone)
	})
}

// The schedules of recurring work exist after every start, as configured, and stay paused when somebody paused them.
func TestEnsureSchedules(t *testing.T) {
	t.Parallel()
	h := &house{T: t, dir: t.TempDir()}
	h.startTemporal()
	h.must(workflows.EnsureSchedules(t.Context(), h.client, workflows.ScheduleSettings{}))
	refresh := h.client.ScheduleClient().GetHandle(t.Context(), contract.ScheduleRefresh)
	h.must(refresh.Pause(t.Context(), client.SchedulePauseOptions{Note: "an operator"}))
	h.must(workflows.EnsureSchedules(t.Context(), h.client, workflows.ScheduleSettings{RefreshEvery: time.Minute, Timezone: "Europe/Amsterdam"}))
	d, err := refresh.Describe(t.Context())
	h.must(err)
	if s := d.Schedule; !s.State.Paused || s.State.Note != "an operator" || len(s.Spec.Intervals) != 1 || s.Spec.Intervals[0].Every != time.Minute {
		t.Errorf("refresh: spec %+v, state %+v", s.Spec, s.State)
	}
	d, err = h.client.ScheduleClient().GetHandle(t.Context(), contract.ScheduleScoring).Describe(t.Context())
	h.must(err)
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	h.must(err)
	if len(d.Info.NextActionTimes) == 0 || d.Info.NextActionTimes[0].In(amsterdam).Hour() != 3 || d.Schedule.Policy.CatchupWindow != 6*time.Hour {
		t.Errorf("scoring: next %v, policy %+v", d.Info.NextActionTimes, d.Schedule.Policy)
	}
	_, err = h.client.ScheduleClient().GetHandle(t.Context(), contract.ScheduleReconcile).Describe(t.Context())
	h.must(err)
}

// change publishes the journey with another cron.
func (h *house) change(j models.Journey, cron string) {
	h.Helper()
	row, err := h.s.Journey(h.Context(), h.ws.ID, j.ID)
	h.must(err)
	var doc journey.Document
	h.must(row.Draft.Into(&doc))
	doc.Entry.Cron = cron
	_, err = h.s.SaveDraft(h.Context(), h.ws.ID, j.ID, row.DraftRevision, doc, time.Now())
	h.must(err)
	_, err = h.s.Publish(h.Context(), h.ws.ID, j.ID, 0, "test", time.Now())
	h.must(err)
}
