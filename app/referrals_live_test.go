package app

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"sojourn/config"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/referral/journeys"
	"sojourn/storage"
	"sojourn/workflows"
	"sojourn/workflows/replay"
)

// recordReferrals writes the histories of TestReferralsOnTemporal to testdata, for the replay that every release must pass.
var recordReferrals = flag.Bool("record-referrals", false, "write the histories of referrals to testdata/referrals")

const referralHistories = "testdata/referrals"

// Refer-a-friend with the product's own worker on a real Temporal: two referrers claim one friend, events are told twice and out of
// order, an order is reversed inside its return window, the next one is kept, and is refunded long after the run has closed.
func TestReferralsOnTemporal(t *testing.T) {
	w := wire(t)
	for _, key := range []string{"referral-invite", "referral-joined", "referral-rewarded", "referral-refused"} {
		_, err := w.s.PutTemplate(t.Context(), w.ws, storage.TemplateInput{Key: key, Name: key, Class: "marketing", SenderKey: "default",
			Bodies: []models.TemplateBody{{Channel: "email", Locale: "en", Subject: key, Body: `<p>{{ context.reason }} <a href="{{ unsubscribe_url }}">no more</a></p>`}}}, time.Now())
		w.must(err)
	}
	_, err := w.s.PutSender(t.Context(), models.Sender{WorkspaceID: w.ws, SenderKey: "default", Channel: "email", FromName: "Shop", FromAddress: "shop@example.com", PostalAddress: "1 Lane"}, time.Now())
	w.must(err)
	var docs []journey.Document
	for name, settings := range map[string]string{
		journeys.TypeFriend: `{"return_window":"PT3S","order_within":"PT60S","min_order":2000,"currency":"EUR"}`, journeys.TypeNews: `{}`,
	} {
		d, err := registered.Document(name, []byte(settings))
		w.must(err)
		j, err := w.s.CreateJourney(t.Context(), w.ws, d, time.Now())
		w.must(err)
		_, err = w.s.Publish(t.Context(), w.ws, j.ID, 0, "test", time.Now())
		w.must(err)
		docs = append(docs, d)
	}
	c := &config.Config{Secret: "0123456789abcdefghijklmnopqrstuvwxyz", PublicURL: "http://127.0.0.1:8080"}
	desk, err := referralDesk(c, w.s)
	w.must(err)
	codes := map[string]string{}
	for _, name := range []string{"ann", "cas", "bob"} {
		w.says(name, "identify", map[string]any{"email": name + "@example.com", "locale": "en"})
		w.says(name, "Consent Granted", map[string]any{"channel": "email", "purpose": "marketing", "source": "form", "source_kind": "person"})
		var id ids.ID
		w.until(name+" is known", func() bool {
			return w.s.SQL().QueryRow("SELECT id FROM customers WHERE external_id = ?", name).Scan(&id) == nil
		})
		got, err := desk.Issue(t.Context(), journeys.Asked{Workspace: w.ws, Customer: id.String(), Now: time.Now()}, journeys.LinkSettings{Program: "friends", Target: "https://shop.example/"})
		w.must(err)
		codes[name] = got.Code
	}
	state := func(who string) string {
		return strings.Join(w.list("SELECT c.state || ':' || c.reason FROM referral_claims c JOIN customers u ON u.id = c.referrer_id WHERE u.external_id = ?", who), " ")
	}
	order := func(id string) {
		w.says("bob", "Order Completed", map[string]any{"order_id": id, "total": 30, "currency": "EUR"})
	}

	w.says("bob", "Order Refunded", map[string]any{"order_id": "early"}) // before its order is known
	w.says("bob", referral.EventClaimed, map[string]any{"code": codes["ann"]})
	w.says("bob", referral.EventClaimed, map[string]any{"code": codes["ann"]})
	w.says("bob", referral.EventClaimed, map[string]any{"code": codes["cas"]})
	w.until("both claims are decided", func() bool { return state("ann") == "accepted:" && state("cas") == "refused:other_referrer" })
	order("early")
	order("reversed")
	order("reversed")
	w.until("the run waits for the return window", func() bool { return len(w.list("SELECT id FROM runs WHERE step_id = 'keep'")) == 1 })
	w.says("bob", "Order Cancelled", map[string]any{"order_id": "reversed"})
	w.until("the run waits for another order", func() bool {
		return len(w.list("SELECT 1 FROM step_visits WHERE step_id = 'keep' AND exit_name = 'cancelled'")) == 1
	})
	w.says("ann", referral.EventClaimed, map[string]any{"code": codes["bob"]}) // in a circle
	w.until("the circle is refused", func() bool { return state("bob") == "refused:"+referral.Cycle })
	order("kept")
	w.until("both are rewarded", func() bool { return state("ann") == "rewarded:" })
	w.until("the runs have ended", func() bool { return len(w.list("SELECT id FROM runs WHERE state = 'open'")) == 0 })
	w.want("SELECT order_key FROM referral_claims WHERE state = 'rewarded'", "kept")
	w.want("SELECT u.external_id || ':' || r.amount FROM rewards r JOIN customers u ON u.id = r.customer_id ORDER BY u.external_id", "ann:500 bob:500")
	w.until("both have been told, and the one who came second", func() bool {
		return len(w.list("SELECT id FROM inbox_messages WHERE subject = 'referral-rewarded'")) == 2 && len(w.list("SELECT id FROM inbox_messages WHERE subject = 'referral-refused'")) >= 1
	})

	w.says("bob", "Order Refunded", map[string]any{"order_id": "kept", "total": 29, "currency": "EUR"})
	w.says("bob", "Order Refunded", map[string]any{"order_id": "kept"})
	w.until("the rewards are taken back", func() bool {
		_, err := desk.Sweep(context.Background(), time.Now())
		w.must(err)
		return state("ann") == "reversed:order_returned"
	})
	w.want("SELECT state || COUNT(*) FROM rewards GROUP BY state", "reversed2")

	for _, name := range []string{"ann", "bob", "cas"} { // histories hold ids only
		for _, h := range w.histories(t) {
			if text := h.String(); strings.Contains(text, name+"@example.com") || strings.Contains(text, codes[name]) || strings.Contains(text, referral.Shown(codes[name])) {
				t.Errorf("a history knows something of %s", name)
			}
		}
	}
	n := 0
	for run, h := range w.histories(t) {
		rec, err := replay.New(h, run, docs)
		w.must(err)
		w.must(replay.Check(rec, workflows.Journeys{Code: registered.Plays()}))
		if *recordReferrals {
			n++
			w.must(os.MkdirAll(referralHistories, 0o755))
			f, err := os.Create(filepath.Join(referralHistories, fmt.Sprintf("%02d.json", n)))
			w.must(err)
			w.must(rec.Write(f))
			w.must(f.Close())
		}
	}
}

// histories are those of all runs of the workspace, by Temporal's id of the execution.
func (w *wired) histories(t *testing.T) map[string]*historypb.History {
	t.Helper()
	out := map[string]*historypb.History{}
	rows, err := w.s.SQL().Query("SELECT r.id, j.journey_key FROM runs r JOIN journeys j ON j.id = r.journey_id")
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var id ids.ID
		var key string
		w.must(rows.Scan(&id, &key))
		workflow := contract.RunWorkflowID("wired", key, id.String())
		described, err := w.temporal.DescribeWorkflowExecution(t.Context(), workflow, "")
		w.must(err)
		h := &historypb.History{}
		for it := w.temporal.GetWorkflowHistory(t.Context(), workflow, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
			e, err := it.Next()
			w.must(err)
			h.Events = append(h.Events, e)
		}
		out[described.WorkflowExecutionInfo.Execution.RunId] = h
	}
	w.must(rows.Err())
	return out
}

// Histories of earlier releases are walked by today's code.
func TestRecordedReferralsReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(referralHistories, "*.json"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%d recorded histories, %v", len(files), err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rec, err := replay.Read(f)
		_ = f.Close()
		if err == nil {
			err = replay.Check(rec, workflows.Journeys{Code: registered.Plays()})
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
