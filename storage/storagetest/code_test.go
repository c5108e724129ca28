package storagetest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

// What workers announce is known to publishing, and runs are missed that wait for what nobody announced lately.
func TestCodeTypes(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		ctx, now := context.Background(), time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ws := storagetest.AddWorkspace(t, s, "code")
		least := 1.0
		weigh := models.CodeType{Kind: journey.CodeKindStep, CodeType: "weigh", Name: "Weigh", Exits: models.ToJSON([]string{"heavy"}), ReleaseName: "1",
			SettingsSchema: models.ToJSON(journey.SettingsSchema{Type: "object", Properties: map[string]*journey.SettingsSchema{
				"limit": {Type: "integer", Minimum: &least}, "mail": {Type: "string", Format: journey.FormatTemplate},
				"rows": {Type: "array", Items: &journey.SettingsSchema{Type: "object", Properties: map[string]*journey.SettingsSchema{"on": {Type: "boolean"}}}}}})}
		must(s.AnnounceCode(ctx, nil, now))
		must(s.AnnounceCode(ctx, []models.CodeType{weigh}, now))
		weigh.ReleaseName = "2"
		must(s.AnnounceCode(ctx, []models.CodeType{weigh}, now.Add(time.Minute)))
		rows, err := s.CodeTypes(ctx, now)
		must(err)
		if len(rows) != 1 || rows[0].ReleaseName != "2" || rows[0].FirstSeenAt != models.At(now) || rows[0].SeenAt != models.At(now.Add(time.Minute)) {
			t.Errorf("announced: %+v", rows)
		}
		if rows, err = s.CodeTypes(ctx, now.Add(time.Hour)); err != nil || len(rows) != 0 {
			t.Errorf("an hour later: %+v, %v", rows, err)
		}

		c, err := s.JourneyCatalogue(ctx, ws.ID)
		must(err)
		if exits, ok := c.CodeExits("weigh"); !ok || fmt.Sprint(exits) != "[heavy failed]" {
			t.Errorf("exits %v", exits)
		}
		problems, ok := c.CheckSettings(journey.CodeKindStep, "weigh", map[string]any{"limit": 0.0, "mail": "no", "rows": []any{map[string]any{"on": 1}}, "lmit": 3.0})
		want := `[{limit must be at least 1} {lmit there is no such setting} {mail there is no template "no"} {rows[0].on must be true or false}]`
		if !ok || fmt.Sprint(problems) != want {
			t.Errorf("problems %v, want %s", problems, want)
		}
		if _, ok := c.CheckSettings(journey.CodeKindJourney, "weigh", nil); ok {
			t.Error("a step is taken for a journey")
		}
		if _, ok := c.At(now.Add(storage.CodeKnown + time.Hour)).CodeExits("weigh"); ok {
			t.Error("what nobody has announced for a week can still be published")
		}

		doc, err := journey.Parse([]byte(`
key: weighed
name: Weighed
purpose: marketing
entry: {kind: event, event: Signed Up}
steps:
  - {id: scales, kind: code, code: {type: weigh}}
  - {id: other, kind: code, code: {type: unheard}}
`))
		must(err)
		j, err := s.CreateJourney(ctx, ws.ID, doc, now)
		must(err)
		_, err = s.Publish(ctx, ws.ID, j.ID, 0, "test", now)
		must(err)
		for i, step := range []string{"scales", "scales", "other"} {
			run := storagetest.AddRun(t, s, ws.ID, j.ID, now.Add(time.Duration(i)*time.Second))
			_, err := s.SQL().Exec("UPDATE runs SET step_id = ? WHERE id = ?", step, run.ID)
			must(err)
		}
		for _, c := range []struct {
			since time.Time
			want  string
		}{{now, "unheard 1"}, {now.Add(time.Hour), "weigh 2 unheard 1"}} {
			missing, err := s.MissingCode(ctx, ws.ID, c.since)
			must(err)
			got := ""
			for _, m := range missing {
				got += fmt.Sprintf(" %s %d", m.Type, m.Runs)
				if m.Kind != journey.CodeKindStep || fmt.Sprint(m.Journeys) != "[Weighed]" || m.Since.IsZero() || (m.Type == "unheard") != m.LastSeen.IsZero() {
					t.Errorf("missing: %+v", m)
				}
			}
			if got != " "+c.want {
				t.Errorf("missing since %s:%s, want %s", c.since, got, c.want)
			}
		}
		twin := storagetest.AddWorkspace(t, s, "other")
		if missing, err := s.MissingCode(ctx, twin.ID, now); err != nil || len(missing) != 0 {
			t.Errorf("another workspace: %+v, %v", missing, err)
		}
		if missing, err := s.MissingCode(ctx, 0, now); err != nil || len(missing) != 1 {
			t.Errorf("all workspaces: %+v, %v", missing, err)
		}
	})
}
