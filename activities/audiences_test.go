package activities_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"sojourn/activities"
	"sojourn/audience"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

// publish makes a journey live whose only step is its end.
func publish(t *testing.T, s *sqlstore.Store, ws int64, key string, entry journey.Entry) models.Journey {
	t.Helper()
	entry.Reentry = journey.Reentry{Rule: "always"}
	doc := journey.Document{Key: key, Name: key, Purpose: "news", Entry: entry, Steps: []journey.Step{{ID: "end", Kind: journey.StepExit, Exit: &journey.ExitStep{Label: "done"}}}}
	j, err := s.CreateJourney(t.Context(), ws, doc, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Publish(t.Context(), ws, j.ID, 0, "test", time.Now()); err != nil {
		t.Fatal(err)
	}
	return j
}

func addPeople(t *testing.T, s *sqlstore.Store, ws int64, n int) {
	t.Helper()
	for range n {
		id := s.NewID()
		if _, err := s.SQL().Exec("INSERT INTO customers (id, workspace_id, attributes, grp, created_at, updated_at) VALUES (?, ?, '{\"plan\":\"gold\"}', ?, 0, 0)", id, ws, id); err != nil {
			t.Fatal(err)
		}
	}
}

func count(t *testing.T, s *sqlstore.Store, want int, q string, args ...any) {
	t.Helper()
	var n int
	if err := s.SQL().QueryRow(q, args...).Scan(&n); err != nil || n != want {
		t.Errorf("%s: %d, %v; want %d", q, n, err, want)
	}
}

func activityEnvironment() *testsuite.TestActivityEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	return suite.NewTestActivityEnvironment()
}

var gold = audience.Condition{Attribute: "attributes.plan", Op: audience.Eq, Value: "gold"}

// One broken audience neither hides itself nor keeps the others from being refreshed.
func TestRefreshAudiencesGoesOnPastABrokenOne(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		ws := storagetest.AddWorkspace(t, s, "refresh").ID
		broken := s.NewID()
		if _, err := s.SQL().Exec("INSERT INTO audiences (id, workspace_id, audience_key, name, definition, created_at) VALUES (?, ?, 'broken', 'broken', '{\"metric\":\"gone\",\"op\":\"exists\"}', 0)", broken, ws); err != nil {
			t.Fatal(err)
		}
		j := publish(t, s, ws, "welcome", journey.Entry{Kind: journey.EntryAudience, Condition: &gold, IncludePresent: true})
		addPeople(t, s, ws, 3)
		a := &activities.Audiences{Store: s}
		env := activityEnvironment()
		env.RegisterActivityWithOptions(a.RefreshAudiences, activity.RegisterOptions{Name: contract.ActivityRefresh})
		if _, err := env.ExecuteActivity(contract.ActivityRefresh); err == nil {
			t.Error("the broken audience was not reported")
		}
		count(t, s, 3, "SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID)
		if _, err := s.SQL().Exec("UPDATE audiences SET active = 0 WHERE id = ?", broken); err != nil {
			t.Fatal(err)
		}
		v, err := env.ExecuteActivity(contract.ActivityRefresh)
		if err != nil {
			t.Fatal(err)
		}
		var out contract.RefreshResult
		if err := v.Get(&out); err != nil || out != (contract.RefreshResult{Audiences: 1}) {
			t.Errorf("a second refresh: %+v, %v", out, err)
		}
		count(t, s, 3, "SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID)
	})
}

// scheduled counts the pages it hands out and fails on one of them.
type scheduled struct {
	storage.Audiences
	failAt, page int
	from         []ids.ID
}

func (f *scheduled) EnterScheduled(ctx context.Context, ws int64, j ids.ID, firing time.Time, after ids.ID, now time.Time) (storage.ScheduledPage, error) {
	f.from = append(f.from, after)
	if f.page++; f.page == f.failAt {
		return storage.ScheduledPage{}, fault.New(fault.Unavailable, "the database is not available just now")
	}
	return f.Audiences.EnterScheduled(ctx, ws, j, firing, after, now)
}

// A worker that dies in the middle is followed by one that goes on at the cursor; each customer enters once.
func TestEnterAudienceGoesOnAtItsCursor(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	ws := storagetest.AddWorkspace(t, s, "newsletter").ID
	j := publish(t, s, ws, "newsletter", journey.Entry{Kind: journey.EntrySchedule, Cron: "0 9 * * *", Condition: &gold})
	addPeople(t, s, ws, 700)
	store := &scheduled{Audiences: s, failAt: 3}
	a := &activities.Audiences{Store: store}
	in := contract.ScheduledEntryInput{WorkspaceID: ws, JourneyID: j.ID.String(), FiredAt: time.Now().UnixMicro()}

	var cursor converter.EncodedValues
	first := activityEnvironment()
	first.RegisterActivityWithOptions(a.EnterAudience, activity.RegisterOptions{Name: contract.ActivityScheduledEntry})
	first.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) { cursor = details })
	if _, err := first.ExecuteActivity(contract.ActivityScheduledEntry, in); err == nil || cursor == nil {
		t.Fatalf("the first attempt must fail after a heartbeat: %v", err)
	}
	var details struct {
		After string                        `json:"after"`
		SoFar contract.ScheduledEntryResult `json:"so_far"`
	}
	if err := cursor.Get(&details); err != nil {
		t.Fatal(err)
	}
	second := activityEnvironment()
	second.RegisterActivityWithOptions(a.EnterAudience, activity.RegisterOptions{Name: contract.ActivityScheduledEntry})
	second.SetHeartbeatDetails(details)
	v, err := second.ExecuteActivity(contract.ActivityScheduledEntry, in)
	if err != nil {
		t.Fatal(err)
	}
	var out contract.ScheduledEntryResult
	if err := v.Get(&out); err != nil || out.Matched != 700 {
		t.Errorf("both attempts together: %+v, %v; want 700", out, err)
	}
	if resumed := store.from[3]; resumed.IsZero() || resumed.String() != details.After {
		t.Errorf("the second attempt began at %q, not at the cursor %q", resumed, details.After)
	}
	count(t, s, 700, "SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID)
	count(t, s, 700, "SELECT COUNT(DISTINCT customer_id) FROM runs WHERE journey_id = ?", j.ID)

	bad := activityEnvironment()
	bad.RegisterActivityWithOptions(a.EnterAudience, activity.RegisterOptions{Name: contract.ActivityScheduledEntry})
	for _, in := range []contract.ScheduledEntryInput{{WorkspaceID: ws, JourneyID: "x", FiredAt: 1}, {WorkspaceID: ws, JourneyID: j.ID.String()}} {
		if _, err := bad.ExecuteActivity(contract.ActivityScheduledEntry, in); err == nil {
			t.Errorf("%s was accepted", fmt.Sprint(in))
		}
	}
}
