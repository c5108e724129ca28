package devmode_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"sojourn/activities"
	"sojourn/devmode"
	"sojourn/devmode/demodata"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func demo(t *testing.T, s *sqlstore.Store) *devmode.Demo {
	doc, err := journey.Parse([]byte("key: hello\nname: Hello\npurpose: marketing\nentry: {kind: event, event: Signed Up}\nsteps:\n- {id: mail, kind: send, send: {template: hello, channel: email}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return &devmode.Demo{
		Store: s, Scorer: &activities.Scoring{Store: s, Now: func() time.Time { return now }}, Dir: t.TempDir(), Now: now,
		Password: func(context.Context) (string, error) { return "$argon2id$x", nil }, WriteKey: models.Hash{1}, KeyPrefix: "wk_demo", Settings: models.JSON("{}"),
		Say: func(string, ...any) {},
		Blueprints: []devmode.Blueprint{{Document: doc, Templates: []storage.TemplateInput{{Key: "hello", Name: "Hello", Class: "marketing", SenderKey: "default",
			Bodies: []models.TemplateBody{{Channel: "email", Locale: "en", Subject: "Hi", Body: "<p>Hi</p>", TextBody: "Hi"}}}}}},
	}
}

func count(t *testing.T, s *sqlstore.Store, query string) int {
	t.Helper()
	var n int
	if err := s.SQL().QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// The demo is whole after the first start, and the same after the second.
func TestFillOnce(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		d := demo(t, s)
		first, err := d.Fill(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		data, err := demodata.Load(now)
		if err != nil {
			t.Fatal(err)
		}
		objects := data.Objects()
		whole := func() {
			t.Helper()
			for query, want := range map[string]int{
				"SELECT COUNT(*) FROM customers": 2357, "SELECT COUNT(*) FROM orders": 6919, "SELECT COUNT(*) FROM users": 1, "SELECT COUNT(*) FROM api_keys": 1,
				"SELECT COUNT(*) FROM customer_metrics WHERE p_order IS NOT NULL": 2357, "SELECT COUNT(*) FROM journey_versions": 1,
				"SELECT COUNT(*) FROM outbox": len(objects), "SELECT COUNT(*) FROM outbox o JOIN events e ON e.id = o.event_id WHERE e.backfill = 0": 0, // routed when a worker runs
				"SELECT COUNT(*) FROM customers c LEFT JOIN contact_points p ON p.address = c.email WHERE p.id IS NULL": 0,
			} {
				if n := count(t, s, query); n != want {
					t.Errorf("%s: %d, want %d", query, n, want)
				}
			}
			if n := count(t, s, "SELECT COUNT(*) FROM permissions WHERE state = 'granted' AND channel = 'email'"); n < 1500 || n > 2300 {
				t.Errorf("%d have given permission", n)
			}
		}
		whole()
		d.Password = func(context.Context) (string, error) { return "", errors.New("asked for a second password") }
		if again, err := d.Fill(context.Background()); err != nil || again.ID != first.ID {
			t.Errorf("second start: %v, %v", again.ID, err)
		}
		whole()
	})
}

// A start that was cut off is finished by the next one.
func TestFillGoesOn(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	d := demo(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	good := d.Store
	d.Store = cutOff{s, cancel}
	if _, err := d.Fill(ctx); err == nil {
		t.Fatal("the first start should have been cut off")
	}
	d.Store = good
	if _, err := d.Fill(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "SELECT COUNT(*) FROM orders"); n != 6919 {
		t.Errorf("%d orders", n)
	}
	if n := count(t, s, "SELECT COUNT(*) FROM consents WHERE channel = 'email'"); n < 1500 || n > 2357 {
		t.Errorf("%d consents", n)
	}
}

// cutOff ends the start at the third chunk of an import.
type cutOff struct {
	*sqlstore.Store
	cancel context.CancelFunc
}

func (c cutOff) RebuildMetrics(ctx context.Context, ws int64, customers []ids.ID, after ids.ID, now time.Time) (ids.ID, error) {
	c.cancel()
	return c.Store.RebuildMetrics(ctx, ws, customers, after, now)
}
