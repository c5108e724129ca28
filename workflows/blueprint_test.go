package workflows_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sojourn/activities"
	"sojourn/channels"
	"sojourn/channels/inbox"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/scoring"
	"sojourn/storage"
	"sojourn/workflows/blueprints"
)

// shop is a world with a blueprint live in it.
func shop(t *testing.T, name string, start time.Time) *world {
	t.Helper()
	b, err := blueprints.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	b.Document.Control = nil // who is held out hears nothing, and it must not be chance whether a story has somebody to tell of
	text, err := journey.Canonical(b.Document)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, start, string(text))
	for _, tpl := range b.Templates {
		in := storage.TemplateInput{Key: tpl.Key, Name: tpl.Name, Class: tpl.Class, SenderKey: "default"}
		for _, body := range tpl.Bodies {
			in.Bodies = append(in.Bodies, models.TemplateBody{Channel: body.Channel, Locale: body.Locale, Subject: body.Subject, Preheader: body.Preheader, Body: body.Text})
		}
		_, err := w.s.PutTemplate(ctx(), w.ws.ID, in, start)
		w.must(err)
	}
	_, err = w.s.PutSender(ctx(), models.Sender{WorkspaceID: w.ws.ID, SenderKey: "default", Channel: "email", FromName: "The record shop", FromAddress: "shop@example.com", PostalAddress: "1 Groove Lane"}, start)
	w.must(err)
	w.settings(`{"public_url": "http://127.0.0.1:8080"}`)
	w.real = &activities.Messaging{
		Sends: w.s, Templates: w.s, Documents: w.s, Engine: &content.Engine{}, Now: w.now, IDKey: bytes.Repeat([]byte("i"), 32),
		Senders: map[string]channels.Sender{"": &inbox.Sender{Store: w.s, Now: w.now}},
		Links:   consent.Links{Current: 1, Keys: map[byte][]byte{1: bytes.Repeat([]byte("k"), 32)}},
	}
	w.must(w.real.Validate())
	return w
}

func (w *world) settings(text string) {
	w.t.Helper()
	_, err := w.s.SQL().Exec("UPDATE workspaces SET settings = ? WHERE id = ?", text, w.ws.ID)
	w.must(err)
}

// joins lets somebody leave an address and permission.
func (w *world) joins(user string, traits map[string]any) {
	w.t.Helper()
	w.says(user, "identify", traits)
	w.says(user, "Consent Granted", map[string]any{"channel": "email", "purpose": "marketing", "source": "form", "source_kind": "person"})
}

// inbox lists subjects.
func (w *world) inbox() []string {
	w.t.Helper()
	rows, err := w.s.SQL().Query("SELECT subject FROM inbox_messages WHERE workspace_id = ? ORDER BY received_at", w.ws.ID)
	w.must(err)
	defer rows.Close()
	var got []string
	for rows.Next() {
		var subject string
		w.must(rows.Scan(&subject))
		got = append(got, subject)
	}
	w.must(rows.Err())
	return got
}

func (w *world) orders(user, id string, at time.Time) {
	w.t.Helper()
	w.said(user, "Order Completed", map[string]any{"order_id": id, "total": 35.5, "currency": "EUR"}, at)
}

// silent is a shop where Ann ordered every month and has been silent since the middle of February. It is the evening of
// 1 June; the night's scoring has found her due, and the audience lets her in. She lives in Montreal.
func silent(t *testing.T) *world {
	t.Helper()
	evening := time.Date(2026, 6, 1, 23, 0, 0, 0, time.UTC) // 19:00 in Montreal
	w := shop(t, "win-back", evening)
	w.model = true
	w.joins("ann", map[string]any{"email": "ann@example.com", "first_name": "Ann", "timezone": "America/Toronto", "locale": "fr-CA"})
	for i, day := range []string{"2025-08-20", "2025-09-18", "2025-10-20", "2025-11-21", "2025-12-18", "2026-01-17", "2026-02-16"} {
		at, err := time.Parse(time.DateOnly, day)
		w.must(err)
		w.orders("ann", "old-"+string(rune('a'+i)), at.Add(15*time.Hour))
	}
	// The model is the published one of the CDNOW customers.
	m := scoring.Model{Kind: scoring.KindBGNBD, R: 0.2425945, Alpha: 4.4136019, A: 0.7929199, B: 2.4258881, Rhythm: scoring.Rhythm{Shape: 0.355, Scale: 13.85, CVSq: 1}, Settings: scoring.DefaultSettings()}
	params, err := json.Marshal(map[string]any{"model": m})
	w.must(err)
	w.must(w.s.SaveScoreModel(ctx(), models.ScoreModel{ID: w.s.NewID(), WorkspaceID: w.ws.ID, Kind: storage.ScoreModelPurchases, Params: params, FittedAt: models.At(evening)}))
	night := w.scoring().(interface {
		ScoreCustomer(ctx context.Context, in contract.ScoreInput) (contract.ScoreResult, error)
	})
	res, err := night.ScoreCustomer(ctx(), contract.ScoreInput{WorkspaceID: w.ws.ID, CustomerID: w.customer("ann").ID.String()})
	if err != nil || !res.Scored {
		t.Fatalf("scoring: %+v, %v", res, err)
	}
	due, err := w.s.ActiveAudiences(ctx())
	w.must(err)
	for _, a := range due {
		_, err := w.s.RefreshAudience(ctx(), a.WorkspaceID, a.ID, evening, func() {})
		w.must(err)
	}
	w.dispatch()
	return w
}

const (
	morning      = "morning#1:next@Jun 2 13:30"
	stillSilent  = "still_silent#1:otherwise@Jun 2 13:30"
	firstLetter  = "first_letter#1:sent@Jun 2 13:30"
	noOrder      = "two_weeks#1:timeout@Jun 16 13:30"
	nextMorning  = "reminder_morning#1:next@Jun 16 13:30"
	lastReminder = "reminder#1:sent@Jun 16 13:30"
)

func TestWinBackWithoutAnAnswer(t *testing.T) {
	tell(t, told{
		Visits: []string{morning, stillSilent, firstLetter, noOrder, nextMorning, lastReminder, "last_chance#1:next@Jun 30 13:30", "no_answer#1:next@Jun 30 13:30"},
		Sent:   []string{"first_letter#1", "reminder#1"}, Outcome: "no_answer",
	}, silent)
}

func TestWinBackWorks(t *testing.T) {
	tell(t, told{
		Visits: []string{morning, stillSilent, firstLetter, "two_weeks#1:(ended)@Jun 9 18:00"},
		Sent:   []string{"first_letter#1"}, Outcome: "goal",
	}, func(t *testing.T) *world {
		w := silent(t)
		w.plan(time.Date(2026, 6, 9, 18, 0, 0, 0, time.UTC), func() { w.orders("ann", "new", w.now()) })
		return w
	})
}

func TestWhoBuysBeforeHisMorningIsNotWonBack(t *testing.T) {
	tell(t, told{Visits: []string{"morning#1:(ended)@Jun 2 09:00"}, Outcome: "goal"}, func(t *testing.T) *world {
		w := silent(t)
		w.plan(time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC), func() { w.orders("ann", "new", w.now()) })
		return w
	})
}

// The till tells in the night about yesterday afternoon: no goal of this run, which began in the evening, but fresh
// scores know that she is no longer due.
func TestAnOrderThatIsToldLateIsNotWonBackEither(t *testing.T) {
	tell(t, told{
		Visits:  []string{morning, "still_silent#1:came_back@Jun 2 13:30", "came_back#1:next@Jun 2 13:30"},
		Outcome: "came_back",
	}, func(t *testing.T) *world {
		w := silent(t)
		w.plan(time.Date(2026, 6, 2, 5, 0, 0, 0, time.UTC), func() { w.orders("ann", "till", time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC)) })
		return w
	})
}

func TestWhoWithdrawsIsLeftInPeace(t *testing.T) {
	tell(t, told{
		Visits: []string{morning, stillSilent, firstLetter, "two_weeks#1:(ended)@Jun 5 10:00"},
		Sent:   []string{"first_letter#1"}, Outcome: "consent_withdrawn",
	}, func(t *testing.T) *world {
		w := silent(t)
		for i, other := range []map[string]any{{"channel": "sms", "purpose": "marketing"}, {"channel": "email", "purpose": "marketing"}} {
			w.plan(time.Date(2026, 6, 5, 9+i, 0, 0, 0, time.UTC), func() { w.says("ann", "Consent Withdrawn", other) })
		}
		return w
	})
}

func TestWinBackEntersNobodyTwice(t *testing.T) {
	t.Parallel()
	w := silent(t)
	if err := w.walk(0); err != nil {
		t.Fatal(err)
	}
	_, err := w.s.EnterRuns(ctx(), w.ws.ID, w.j.ID, []ids.ID{w.customer("ann").ID}, storage.Cause{ID: w.s.NewID(), Kind: "audience"}, w.now())
	w.must(err)
	w.dispatch()
	if len(w.starts) != 0 {
		t.Error("she was won back again within half a year")
	}
}

func TestWelcome(t *testing.T) {
	signedUp := time.Date(2026, 6, 3, 18, 0, 0, 0, time.UTC) // a Wednesday, 20:00 in Amsterdam
	tell(t, told{
		Visits: []string{"hello#1:sent@Jun 3 18:00", "two_days#1:next@Jun 6 08:00", "good_at#1:sent@Jun 6 08:00",
			"looks_around#1:timeout@Jun 9 08:00", "working_day#1:next@Jun 9 08:00", "question#1:sent@Jun 9 08:00",
			"last_week#1:next@Jun 16 08:00", "from_now_on#1:sent@Jun 16 08:00", "no_order#1:next@Jun 16 08:00"},
		Sent: []string{"hello#1", "good_at#1", "question#1", "from_now_on#1"}, Outcome: "no_order_yet",
	}, func(t *testing.T) *world {
		w := shop(t, "welcome", signedUp)
		w.joins("bob", map[string]any{"email": "bob@example.com", "locale": "nl"})
		w.says("bob", "Signed Up", nil)
		return w
	})
}

// Who looks at products is offered help the next morning, and orders then.
func TestTheWelcomeHelpsWhoLooksAround(t *testing.T) {
	signedUp := time.Date(2026, 6, 3, 18, 0, 0, 0, time.UTC)
	tell(t, told{
		Visits: []string{"hello#1:sent@Jun 3 18:00", "two_days#1:next@Jun 6 08:00", "good_at#1:sent@Jun 6 08:00", "looks_around#1:looked@Jun 7 15:00",
			"next_morning#1:next@Jun 8 08:00", "choosing#1:sent@Jun 8 08:00", "days_more#1:(ended)@Jun 9 12:00"},
		Sent: []string{"hello#1", "good_at#1", "choosing#1"}, Outcome: "goal",
	}, func(t *testing.T) *world {
		w := shop(t, "welcome", signedUp)
		w.joins("bob", map[string]any{"email": "bob@example.com", "locale": "nl"})
		w.says("bob", "Signed Up", nil)
		w.plan(time.Date(2026, 6, 7, 15, 0, 0, 0, time.UTC), func() { w.says("bob", "Product Viewed", map[string]any{"sku": "lp-1"}) })
		w.plan(time.Date(2026, 6, 9, 12, 0, 0, 0, time.UTC), func() { w.orders("bob", "first", w.now()) })
		return w
	})
}

func TestTheFirstOrderEndsTheWelcome(t *testing.T) {
	signedUp := time.Date(2026, 6, 3, 18, 0, 0, 0, time.UTC)
	tell(t, told{Visits: []string{"hello#1:sent@Jun 3 18:00", "two_days#1:(ended)@Jun 4 18:00"}, Sent: []string{"hello#1"}, Outcome: "goal"}, func(t *testing.T) *world {
		w := shop(t, "welcome", signedUp)
		w.joins("bob", map[string]any{"email": "bob@example.com", "locale": "nl"})
		w.says("bob", "Signed Up", nil)
		w.plan(signedUp.Add(24*time.Hour), func() { w.orders("bob", "first", w.now()) })
		return w
	})
}

func TestTheInboxIsInTheCustomersLanguage(t *testing.T) {
	t.Parallel()
	w := silent(t)
	w.must(w.walk(0))
	if d := cmp.Diff([]string{"Ann, cela fait longtemps", "Un dernier mot, Ann"}, w.inbox()); d != "" {
		t.Error(d)
	}
}

// The link in the first letter works at once and needs no event: the gate knows.
func TestWhoUnsubscribesGetsNoReminder(t *testing.T) {
	tell(t, told{
		Visits: []string{morning, stillSilent, firstLetter, noOrder, nextMorning, "reminder#1:skipped@Jun 16 13:30", "last_chance#1:next@Jun 30 13:30", "no_answer#1:next@Jun 30 13:30"},
		Sent:   []string{"first_letter#1"}, Outcome: "no_answer",
	}, func(t *testing.T) *world {
		w := silent(t)
		w.plan(time.Date(2026, 6, 3, 9, 0, 0, 0, time.UTC), func() {
			w.must(w.s.RecordConsent(ctx(), storage.ConsentRecord{Workspace: w.ws.ID, Customer: w.customer("ann").ID, Actor: "customer", Entry: consent.Entry{
				Channel: "email", Purpose: "marketing", State: consent.Withdrawn, Basis: consent.ByObjection, Source: "one-click", SourceKind: consent.Person, OccurredAt: w.now(), RecordedAt: w.now()}}))
		})
		return w
	})
}

// Somebody signs up late in the evening: the first letter waits for the morning, in a timer of the workflow.
func TestQuietHoursDeferTheFirstLetter(t *testing.T) {
	signedUp := time.Date(2026, 6, 3, 20, 0, 0, 0, time.UTC) // 22:00 in Amsterdam
	tell(t, told{Visits: []string{"hello#1:sent@Jun 4 06:00", "two_days#1:(ended)@Jun 4 20:00"}, Sent: []string{"hello#1"}, Outcome: "goal"}, func(t *testing.T) *world {
		w := shop(t, "welcome", signedUp)
		w.settings(`{"public_url": "http://127.0.0.1:8080", "quiet_hours": {"from": "21:00", "to": "08:00"}}`)
		w.joins("bob", map[string]any{"email": "bob@example.com", "locale": "nl"})
		w.says("bob", "Signed Up", nil)
		w.plan(signedUp.Add(24*time.Hour), func() { w.orders("bob", "first", w.now()) })
		return w
	})
}
