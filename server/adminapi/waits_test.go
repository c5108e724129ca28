package adminapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/storage"
)

// A wait is told with the moment where the customer lives, the rule, and what the rule was applied to.
func TestAWaitIsTold(t *testing.T) {
	t.Parallel()
	end := models.At(time.Date(2026, 5, 5, 7, 0, 0, 0, time.UTC))
	wait := func(w journey.WaitStep) journey.Step {
		return journey.Step{ID: "w", Kind: journey.StepWait, Wait: &w}
	}
	for want, c := range map[string]struct {
		step journey.Step
		note storage.WaitNote
	}{
		"2 days, then the next 09:00 on tue, wed":                        {wait(journey.WaitStep{For: "P2D", Until: &journey.LocalTime{Time: "09:00", Weekdays: []string{"tue", "wed"}}}), storage.WaitNote{}},
		"7 days before booking.start (2026-05-12) at 09:00":              {wait(journey.WaitStep{Date: &journey.DateRule{DateRef: journey.DateRef{Object: "booking", Field: "start"}, Offset: "-P7D", At: "09:00"}}), storage.WaitNote{Date: "2026-05-12"}},
		"on the anniversary of birthday (1990-05-05)":                    {wait(journey.WaitStep{Date: &journey.DateRule{DateRef: journey.DateRef{Attribute: "birthday"}, Anniversary: true}}), storage.WaitNote{Date: "1990-05-05"}},
		"1 day after check_out (2026-05-04)":                             {wait(journey.WaitStep{Date: &journey.DateRule{DateRef: journey.DateRef{Context: "check_out"}, Offset: "P1D"}}), storage.WaitNote{Date: "2026-05-04"}},
		"between 09:00 and 18:00 on mon":                                 {wait(journey.WaitStep{Window: &journey.Window{From: "09:00", To: "18:00", Weekdays: []string{"mon"}}}), storage.WaitNote{}},
		"this customer's own best hour, 14:00":                           {wait(journey.WaitStep{BestHour: &journey.BestHour{}}), storage.WaitNote{Hour: "14:00"}},
		"at 10:00, because too little is known of this customer's hours": {wait(journey.WaitStep{BestHour: &journey.BestHour{}}), storage.WaitNote{}},
		"3 days before the purchase expected for 2026-05-08":             {wait(journey.WaitStep{NextPurchase: &journey.NextPurchase{Offset: "-P3D"}}), storage.WaitNote{Expected: models.At(time.Date(2026, 5, 8, 12, 0, 0, 0, time.UTC))}},
		"30 days, because no rhythm of this customer is known":           {wait(journey.WaitStep{NextPurchase: &journey.NextPurchase{}}), storage.WaitNote{}},
		"Replied or Bought, for 1 day 6 hours at most":                   {journey.Step{WaitFor: &journey.WaitForStep{Timeout: "P1DT6H", Events: []journey.Await{{Trigger: journey.Trigger{Event: "Replied"}}, {Trigger: journey.Trigger{Event: "Bought"}}}}}, storage.WaitNote{}},
		"somebody to complete the task, for 3 days at most":              {journey.Step{Task: &journey.TaskStep{}}, storage.WaitNote{}},
		"1 hour; longer by 1h30m0s of a pause":                           {wait(journey.WaitStep{For: "PT1H"}), storage.WaitNote{Until: end - models.Instant(90*time.Minute/time.Microsecond)}},
	} {
		if c.note.Until == 0 {
			c.note.Until = end
		}
		c.note.Zone = "Europe/Amsterdam"
		if got := adminapi.UntilForTest(end, c.step, c.note); got != "until Tue 5 May 2026 09:00 (Europe/Amsterdam): "+want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// The page of a run says what it waits for now, what it waited for, and names the steps as the version did in which it was.
func TestTheInspectorTellsWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	note := func(until time.Time) models.Text {
		return storage.WaitNote{StepID: "morning", Visit: 1, At: models.At(until.Add(-time.Hour)), Until: models.At(until), Zone: "Asia/Tokyo"}.Text()
	}
	open, ended := w.acme.Runs[0], w.acme.Runs[2]
	wakes := open.WakeAt.Time()
	left := w.acme.Runs[0].StepSince.Time().Add(time.Hour) // as the world has it
	older := w.acme.Version
	older.ID, older.Number = w.s.NewID(), 2
	var doc journey.Document
	if err := older.Document.Into(&doc); err != nil {
		t.Fatal(err)
	}
	doc.Steps[0].Name = "Some morning"
	text, err := journey.Canonical(doc)
	if err != nil {
		t.Fatal(err)
	}
	older.Document, older.Hash = text, journey.Hash(doc)
	if err := w.s.Tx(context.Background(), func(tx *gorm.DB) error {
		for _, q := range []struct {
			sql  string
			args []any
		}{
			{"UPDATE runs SET waiting = ? WHERE id = ?", []any{note(wakes), open.ID}},
			{"UPDATE step_visits SET why = ?, version_id = ? WHERE run_id = ?", []any{note(left.Add(3 * time.Hour)), older.ID, ended.ID}},
		} {
			if err := tx.Exec(q.sql, q.args...).Error; err != nil {
				return err
			}
		}
		return tx.Create(&older).Error
	}); err != nil {
		t.Fatal(err)
	}
	ann := w.as(access.Analyst)
	var run adminapi.RunDetail
	ann.do("GET", "/runs/"+open.ID.String(), nil).into(t, 200, &run)
	if run.Waiting == nil || run.Waiting.StepID != "morning" || !run.Waiting.Until.Equal(wakes) || !strings.HasSuffix(run.Waiting.Why, "(Asia/Tokyo): the next 09:00") {
		t.Errorf("it waits for %+v", run.Waiting)
	}
	ann.do("GET", "/runs/"+ended.ID.String(), nil).into(t, 200, &run)
	told := ""
	for _, e := range run.Timeline {
		if e.Kind == "step" {
			told = e.Title
		}
	}
	if !strings.HasPrefix(told, "Some morning: went on before its time, it was to wait until ") || !strings.HasSuffix(told, "(Asia/Tokyo): the next 09:00") {
		t.Errorf("the step is told as %q", told)
	}
}

// By hand somebody may be let in, and suppressed: the run says the first.
func TestTheInspectorTellsWhoLetThemIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for cause, want := range map[string]string{storage.CauseManual: "a colleague let them in", storage.CauseDate: "the day had come", storage.CauseJourney: "another journey let them in"} {
		if err := w.s.Tx(context.Background(), func(tx *gorm.DB) error {
			return tx.Exec("UPDATE decisions SET reason = ? WHERE run_id = ? AND kind = 'entry'", cause, w.acme.Runs[2].ID).Error
		}); err != nil {
			t.Fatal(err)
		}
		var run adminapi.RunDetail
		w.as(access.Analyst).do("GET", "/runs/"+w.acme.Runs[2].ID.String(), nil).into(t, 200, &run)
		found := ""
		for _, e := range run.Timeline {
			if e.Kind == "run_started" {
				found = e.Title
			}
		}
		if found != "Entered the journey: "+want {
			t.Errorf("%s: %q", cause, found)
		}
	}
}
