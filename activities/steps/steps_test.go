package steps_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"sojourn/activities"
	"sojourn/activities/steps"
	"sojourn/channels/inbox"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/outbound"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

type world struct {
	storagetest.SendWorld
	t       *testing.T
	act     *steps.Steps
	secrets *outbound.Secrets
	version models.JourneyVersion
	target  string // address of a receiver
	now     time.Time
}

func newWorld(t *testing.T, s *sqlstore.Store, receiver http.Handler) *world {
	t.Helper()
	w := &world{t: t, SendWorld: storagetest.NewSendWorld(t, s, "steps-"+s.NewID().String(), `{}`), now: storagetest.Noon}
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	w.target = server.URL
	caller, err := outbound.NewCaller([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	w.secrets = &outbound.Secrets{Store: s, Key: bytes.Repeat([]byte("k"), 32)}
	clock := func() time.Time { return w.now }
	w.act = &steps.Steps{Store: s, Runs: &activities.Runs{Store: s, Documents: s, Subjects: s, Now: clock}, Loyalty: s, Engine: &content.Engine{Now: time.Now},
		Caller: caller, Secrets: w.secrets, Notices: &inbox.Sender{Store: s, Now: clock}, Now: clock}
	if err := w.act.Validate(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) publish(all ...journey.Step) {
	w.t.Helper()
	doc := journey.Document{Key: "acts", Name: "Acts", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Joined"}, Steps: all}
	j, err := w.S.CreateJourney(context.Background(), w.Workspace.ID, doc, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.version, err = w.S.Publish(context.Background(), w.Workspace.ID, j.ID, 0, "test", w.now); err != nil {
		w.t.Fatal(err)
	}
	w.Journey.ID = j.ID
}

func (w *world) ask(step string) contract.PerformInput {
	run := storagetest.AddRun(w.t, w.S, w.Workspace.ID, w.Journey.ID, w.now)
	return contract.PerformInput{WorkspaceID: w.Workspace.ID, RunID: run.ID.String(), CustomerID: run.CustomerID.String(), VersionID: w.version.ID.String(), DocHash: w.version.Hash.String(),
		StepID: step, Visit: 1, ReachedAt: w.now.UnixMicro()}
}

func (w *world) do(in contract.PerformInput) contract.PerformResult {
	w.t.Helper()
	res, err := w.act.PerformStep(context.Background(), in)
	if err != nil {
		w.t.Fatalf("%s: %v", in.StepID, err)
	}
	return res
}

func (w *world) want(in contract.PerformInput, exit, result string) contract.PerformResult {
	w.t.Helper()
	got := w.do(in)
	if got.Exit != exit || got.Result != result {
		w.t.Errorf("%s: %+v, want exit %q, result %q", in.StepID, got, exit, result)
	}
	if again := w.do(in); again != got {
		w.t.Errorf("%s again: %+v, first %+v", in.StepID, again, got)
	}
	return got
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	if err := w.S.SQL().QueryRow(query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func both(t *testing.T, story func(t *testing.T, s *sqlstore.Store)) {
	t.Helper()
	t.Parallel()
	dbtest.Both(t, story)
}

// A variant is as likely as its weight says, and always the same one for the same customer.
func TestSplit(t *testing.T) {
	t.Parallel()
	variants := []journey.Variant{{Name: "a", Weight: 5}, {Name: "none", Weight: 0}, {Name: "b", Weight: 3}, {Name: "c", Weight: 2}}
	const n = 20000
	got := map[string]float64{}
	for i := range n {
		who := fmt.Sprint("customer ", i)
		v := steps.Variant("seed", who, variants)
		if again := steps.Variant("seed", who, variants); again != v {
			t.Fatalf("%s: %s, then %s", who, v, again)
		}
		got[v]++
	}
	for name, share := range map[string]float64{"a": .5, "b": .3, "c": .2, "none": 0} {
		if sigma := math.Sqrt(share * (1 - share) / n); math.Abs(got[name]/n-share) > 4*sigma {
			t.Errorf("%s: %.4f, want %.2f", name, got[name]/n, share)
		}
	}
}

// What is asked for twice is done once, and the second answer is the first.
func TestActsOnce(t *testing.T) {
	both(t, func(t *testing.T, s *sqlstore.Store) {
		w := newWorld(t, s, http.NotFoundHandler())
		ctx := context.Background()
		offer, err := s.PutOffer(ctx, models.Offer{WorkspaceID: w.Workspace.ID, OfferKey: "ten", Name: "Ten off", CodeKind: storage.CodePool, BenefitKind: storage.BenefitPercent, BenefitValue: 1000, Texts: models.JSON("{}"), State: storage.OfferActive}, w.now)
		if err != nil {
			t.Fatal(err)
		}
		if added, known, err := s.AddCodes(ctx, w.Workspace.ID, offer.ID, []string{"B", "A", "A"}, "first", w.now); err != nil || added != 2 || known != 1 {
			t.Fatalf("codes: %d added, %d known, %v", added, known, err)
		}
		w.publish(
			journey.Step{ID: "split", Kind: journey.StepSplit, Split: &journey.SplitStep{Variants: []journey.Variant{{Name: "only", Weight: 1}}}},
			journey.Step{ID: "update", Kind: journey.StepUpdate, Update: &journey.UpdateStep{Set: map[string]any{"tier": "gold"}, Add: map[string]float64{"lead_score": 10}, Join: []string{"vip"}, Unsubscribe: []string{"marketing"}}},
			journey.Step{ID: "offer", Kind: journey.StepOffer, Offer: &journey.OfferStep{Offer: "ten"}},
			journey.Step{ID: "points", Kind: journey.StepReward, Reward: &journey.RewardStep{Kind: "points", Amount: 50}},
			journey.Step{ID: "friend", Kind: journey.StepReward, Reward: &journey.RewardStep{Kind: "points", Amount: 50, To: "referrer"}},
			journey.Step{ID: "task", Kind: journey.StepTask, Task: &journey.TaskStep{Type: "call", Title: "Call {{ customer.first_name | default: 'them' }}", Fields: []string{"phone"}, Due: "P1D"}},
			journey.Step{ID: "collect", Kind: journey.StepCollect, Collect: &journey.CollectStep{Events: []journey.Trigger{{Event: "Price Dropped"}}, For: "P1D"}},
			journey.Step{ID: "few", Kind: journey.StepCollect, Collect: &journey.CollectStep{Events: []journey.Trigger{{Event: "Price Dropped"}}, For: "P1D", Max: 2, Since: journey.SinceRun}},
		)
		w.want(w.ask("split"), "only", "only")

		up := w.ask("update")
		w.want(up, journey.ExitNext, "updated")
		if n := w.count("SELECT COUNT(*) FROM customers WHERE id = ? AND attributes LIKE '%lead_score%10%' AND attributes LIKE '%gold%'", ids.MustParse(up.CustomerID)); n != 1 {
			t.Error("the attributes were not set once")
		}
		if n := w.count("SELECT COUNT(*) FROM audience_members WHERE customer_id = ?", ids.MustParse(up.CustomerID)); n != 1 {
			t.Errorf("member of %d lists", n)
		}
		if n := w.count("SELECT COUNT(*) FROM consents WHERE customer_id = ? AND state = 'withdrawn' AND source = 'journey:acts'", ids.MustParse(up.CustomerID)); n != 1 {
			t.Errorf("%d lines in the ledger", n)
		}

		first := w.ask("offer")
		w.want(first, journey.ExitOK, "reserved")
		w.want(w.ask("offer"), journey.ExitOK, "reserved")
		w.want(w.ask("offer"), journey.ExitNoneLeft, journey.ExitNoneLeft)
		// The first run ends before it showed its code: somebody else may have it.
		if ended, err := s.EndRun(ctx, ids.MustParse(first.RunID), "exit", "test", w.now); err != nil || !ended {
			t.Fatal(err)
		}
		w.want(w.ask("offer"), journey.ExitOK, "reserved")

		points := w.ask("points")
		w.want(points, journey.ExitOK, "points")
		if n, err := s.Points(ctx, w.Workspace.ID, ids.MustParse(points.CustomerID)); err != nil || n != 50 {
			t.Errorf("%d points, %v", n, err)
		}
		if got := w.want(w.ask("friend"), journey.ExitRefused, journey.ExitRefused); got.Reason != "no_customer" {
			t.Errorf("refused because of %q", got.Reason)
		}

		task := w.ask("task")
		w.want(task, journey.ExitPending, "open")
		list, err := s.ListTasks(ctx, w.Workspace.ID, storage.TaskFilter{}, storage.PageAsk{Limit: 10})
		if err != nil || len(list) != 1 || list[0].Title != "Call them" || list[0].DueAt != models.At(w.now.AddDate(0, 0, 1)) {
			t.Fatalf("tasks: %+v, %v", list, err)
		}
		if _, err := s.CompleteTask(ctx, w.Workspace.ID, list[0].ID, storage.TaskEnd{Outcome: "moon", Now: w.now}); err == nil {
			t.Error("an outcome that does not exist")
		}
		if got, err := s.CompleteTask(ctx, w.Workspace.ID, list[0].ID, storage.TaskEnd{Outcome: "done", By: "user:x", Now: w.now}); err != nil || got.State != storage.TaskDone {
			t.Errorf("completed: %+v, %v", got, err)
		}
		if _, err := s.CompleteTask(ctx, w.Workspace.ID, list[0].ID, storage.TaskEnd{Outcome: "done", Now: w.now}); err == nil {
			t.Error("completed twice")
		}
		if n := w.count("SELECT COUNT(*) FROM events WHERE workspace_id = ? AND source_id = 'sojourn' AND name = 'Task Completed'", w.Workspace.ID); n != 1 {
			t.Errorf("%d events", n)
		}

		gather := w.ask("collect")
		w.want(gather, journey.ExitEmpty, journey.ExitEmpty)
		gather = w.ask("collect")
		for i := range 3 {
			e := models.Event{ID: s.NewID(), WorkspaceID: w.Workspace.ID, SourceID: "t", MessageID: fmt.Sprint(i), ContentHash: models.Hash{1}, Type: "track", Name: "Price Dropped", Data: models.JSON(`{"sku":"x"}`),
				Context: models.JSON("{}"), OccurredAt: models.At(w.now.Add(time.Duration(i) * time.Minute)), ReceivedAt: models.At(w.now)}
			for _, row := range []any{&e, &models.RunEvent{WorkspaceID: w.Workspace.ID, RunID: ids.MustParse(gather.RunID), EventID: e.ID}} {
				storagetest.Insert(t, s, row)
			}
		}
		gather.Now = w.now.Add(90 * time.Second).UnixMicro() // the third is still to come
		got := w.want(gather, journey.ExitNext, "collected")
		data, err := s.RunContext(ctx, w.Workspace.ID, ids.MustParse(gather.RunID), got.Revision)
		if items, _ := data["collected"].([]any); err != nil || len(items) != 2 {
			t.Errorf("revision %d holds %v, %v", got.Revision, data, err)
		}

		// What does not fit into one list is left for the next: three events at three instants, two a list.
		few := w.ask("few")
		for i := range 3 {
			e := models.Event{ID: s.NewID(), WorkspaceID: w.Workspace.ID, SourceID: "t", MessageID: fmt.Sprint("few-", i), ContentHash: models.Hash{1}, Type: "track", Name: "Price Dropped", Data: models.JSON(`{"sku":"x"}`),
				Context: models.JSON("{}"), OccurredAt: models.At(w.now.Add(time.Duration(i) * time.Second)), ReceivedAt: models.At(w.now)}
			for _, row := range []any{&e, &models.RunEvent{WorkspaceID: w.Workspace.ID, RunID: ids.MustParse(few.RunID), EventID: e.ID}} {
				storagetest.Insert(t, s, row)
			}
		}
		few.Since, few.Now = w.now.UnixMicro(), w.now.Add(time.Hour).UnixMicro()
		batch := w.want(few, journey.ExitNext, "collected")
		if want := w.now.Add(time.Second).UnixMicro() + 1; batch.Until != want {
			t.Errorf("the first list ends at %d, want %d", batch.Until, want)
		}
		few.Visit, few.Since, few.Revision = 2, batch.Until, batch.Revision
		batch = w.want(few, journey.ExitNext, "collected")
		data, err = s.RunContext(ctx, w.Workspace.ID, ids.MustParse(few.RunID), batch.Revision)
		if items, _ := data["collected"].([]any); err != nil || len(items) != 1 || batch.Until != few.Now+1 {
			t.Errorf("the second list: %v, until %d, %v", data, batch.Until, err)
		}

		// While the journey is paused nothing is done that was not done before; then it is.
		done, waits := w.ask("points"), w.ask("points")
		first50 := w.do(done)
		if err := s.PauseJourney(ctx, w.Workspace.ID, w.Journey.ID, w.now); err != nil {
			t.Fatal(err)
		}
		if again, halted := w.do(done), w.do(waits); again != first50 || halted.State != contract.PerformHalted {
			t.Errorf("during a pause: %+v again, and %+v", again, halted)
		}
		if n, err := s.Points(ctx, w.Workspace.ID, ids.MustParse(waits.CustomerID)); err != nil || n != 0 {
			t.Errorf("%d points granted during a pause, %v", n, err)
		}
		if err := s.ResumeJourney(ctx, w.Workspace.ID, w.Journey.ID, storage.PauseCounts, w.now); err != nil {
			t.Fatal(err)
		}
		w.want(waits, journey.ExitOK, "points")

		for _, step := range []string{"update", "offer", "points", "task"} {
			in := w.ask(step)
			in.Control = true
			if got := w.do(in); got.Result != steps.ResultControl {
				t.Errorf("%s of a held-out run: %+v", step, got)
			}
		}
	})
}

// A call is signed, tried again while the receiver is down, and what it answers becomes the run's data.
func TestWebhook(t *testing.T) {
	both(t, func(t *testing.T, s *sqlstore.Store) {
		var calls atomic.Int64
		var w *world
		w = newWorld(t, s, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if calls.Add(1) == 1 {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			if r.URL.Path == "/moved" {
				http.Redirect(rw, r, "/elsewhere", http.StatusFound)
				return
			}
			if r.URL.Path == "/big" {
				_, _ = rw.Write(make([]byte, outbound.MaxAnswer+1))
				return
			}
			body, _ := io.ReadAll(r.Body)
			keys, err := w.secrets.Active(r.Context(), w.Workspace.ID, w.now)
			if err != nil || len(keys) != 1 {
				t.Errorf("secrets: %d, %v", len(keys), err)
				return
			}
			check, _ := standardwebhooks.NewWebhook(outbound.Text(keys[0]))
			if err := check.VerifyIgnoringTimestamp(body, r.Header); err != nil {
				t.Error(err)
			}
			_, _ = io.WriteString(rw, `{"room":{"number":12}}`)
		}))
		w.publish(
			journey.Step{ID: "call", Kind: journey.StepWebhook, Webhook: &journey.WebhookStep{URL: w.target + "/hook", Body: map[string]string{"zone": "{{ customer.timezone }}"}, Save: map[string]string{"room": "room.number"}}},
			journey.Step{ID: "moved", Kind: journey.StepWebhook, Webhook: &journey.WebhookStep{URL: w.target + "/moved"}},
			journey.Step{ID: "big", Kind: journey.StepWebhook, Webhook: &journey.WebhookStep{URL: w.target + "/big"}},
			journey.Step{ID: "inside", Kind: journey.StepWebhook, Webhook: &journey.WebhookStep{URL: "http://169.254.169.254/latest/meta-data"}},
		)
		in := w.ask("call")
		if got := w.do(in); got.State != contract.PerformRetry || got.At <= w.now.UnixMicro() {
			t.Fatalf("first attempt: %+v", got)
		}
		w.now = w.now.Add(time.Minute)
		got := w.want(in, journey.ExitOK, journey.ExitOK)
		if n := calls.Load(); n != 2 {
			t.Errorf("%d calls", n)
		}
		data, err := s.RunContext(context.Background(), w.Workspace.ID, ids.MustParse(in.RunID), got.Revision)
		if err != nil || data["room"] != float64(12) {
			t.Errorf("revision %d holds %v, %v", got.Revision, data, err)
		}
		if got := w.want(w.ask("moved"), journey.ExitFailed, journey.ExitFailed); got.Reason != "status_302" {
			t.Errorf("a redirect was followed: %+v", got)
		}
		if got := w.want(w.ask("big"), journey.ExitFailed, journey.ExitFailed); got.Reason != "answer_too_large" {
			t.Errorf("an answer without end: %+v", got)
		}
		if got := w.want(w.ask("inside"), journey.ExitFailed, journey.ExitFailed); got.Reason != "address_not_allowed" {
			t.Errorf("the metadata of the cloud: %+v", got)
		}
	})
}
