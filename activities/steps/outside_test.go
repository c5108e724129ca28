package steps_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage/sqlstore"
)

// A colleague is told once by mail, or at an address; who is no member is not written to.
func TestNotify(t *testing.T) {
	both(t, func(t *testing.T, s *sqlstore.Store) {
		var mu sync.Mutex
		var heard []string
		w := newWorld(t, s, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			var told struct{ Text string }
			raw, _ := io.ReadAll(r.Body)
			if err := json.Unmarshal(raw, &told); err != nil {
				t.Errorf("%v in %s", err, raw)
			}
			mu.Lock()
			heard = append(heard, told.Text)
			mu.Unlock()
			rw.WriteHeader(http.StatusNoContent)
		}))
		colleague := "desk-" + s.NewID().String() + "@example.com"
		if _, _, err := s.AddMember(context.Background(), w.Workspace.ID, models.User{Email: colleague, Name: "Desk", PasswordChangedAt: models.At(w.now), CreatedAt: models.At(w.now)}, "marketer", w.now); err != nil {
			t.Fatal(err)
		}
		w.publish(
			journey.Step{ID: "mail", Kind: journey.StepNotify, Notify: &journey.NotifyStep{Channel: "email", To: strings.ToUpper(colleague), Subject: "Look at this", Text: "Somebody in {{ customer.timezone }} waits."}},
			journey.Step{ID: "stranger", Kind: journey.StepNotify, Notify: &journey.NotifyStep{Channel: "email", To: "stranger@example.com", Text: "Hello"}},
			journey.Step{ID: "hook", Kind: journey.StepNotify, Notify: &journey.NotifyStep{Channel: "webhook", To: w.target + "/desk", Text: "A call, please."}},
		)
		mails := func() int {
			return w.count("SELECT COUNT(*) FROM inbox_messages WHERE workspace_id = ?", w.Workspace.ID)
		}

		w.want(w.ask("mail"), journey.ExitNext, "told")
		if n := w.count("SELECT COUNT(*) FROM inbox_messages WHERE workspace_id = ? AND recipient = ? AND subject = ?", w.Workspace.ID, colleague, "Look at this"); n != 1 || mails() != 1 {
			t.Errorf("%d notices to the colleague, %d mails in all", n, mails())
		}
		if got := w.want(w.ask("stranger"), journey.ExitNext, "not_told"); got.Reason != "no_member" || mails() != 1 {
			t.Errorf("a stranger: %+v, %d mails", got, mails())
		}
		if got := w.do(w.ask("hook")); got.State == contract.PerformRetry || got.Exit != journey.ExitNext {
			t.Errorf("address: %+v", got)
		}
		in := w.ask("mail")
		in.Control = true
		if w.do(in); mails() != 1 {
			t.Error("a held-out run told somebody")
		}
		mu.Lock()
		defer mu.Unlock()
		if len(heard) != 1 || heard[0] != "A call, please." {
			t.Errorf("the address heard %q", heard)
		}
	})
}

// Another journey is entered once with its data; never the same journey for the same customer, nor one that is not there.
func TestEnter(t *testing.T) {
	both(t, func(t *testing.T, s *sqlstore.Store) {
		w := newWorld(t, s, http.NotFoundHandler())
		ctx := context.Background()
		other := journey.Document{Key: "other", Name: "Other", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryAPI},
			Steps: []journey.Step{{ID: "rest", Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P1D"}}}}
		to, err := s.CreateJourney(ctx, w.Workspace.ID, other, w.now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Publish(ctx, w.Workspace.ID, to.ID, 0, "test", w.now); err != nil {
			t.Fatal(err)
		}
		w.publish(
			journey.Step{ID: "on", Kind: journey.StepEnter, Enter: &journey.EnterStep{Journey: "other", Data: map[string]string{"zone": "{{ customer.timezone }}!"}}},
			journey.Step{ID: "self", Kind: journey.StepEnter, Enter: &journey.EnterStep{Journey: "acts"}},
		)
		in := w.ask("on")
		w.want(in, journey.ExitNext, "entered")
		var run []byte
		if err := s.SQL().QueryRow("SELECT id FROM runs WHERE journey_id = ? AND customer_id = ?", to.ID, ids.MustParse(in.CustomerID)).Scan(&run); err != nil {
			t.Fatal(err)
		}
		if n := w.count("SELECT COUNT(*) FROM runs WHERE journey_id = ?", to.ID); n != 1 {
			t.Errorf("%d runs of the other journey after two attempts", n)
		}
		if got := w.want(w.ask("self"), journey.ExitNext, "not_entered"); got.Reason != "itself" {
			t.Errorf("itself: %+v", got)
		}
		held := w.ask("on")
		held.Control = true
		if w.do(held); w.count("SELECT COUNT(*) FROM runs WHERE journey_id = ?", to.ID) != 1 {
			t.Error("a held-out run let somebody in")
		}
	})
}
