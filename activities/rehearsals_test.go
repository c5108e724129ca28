package activities_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
)

// rehearsalWorld is a mail world with a member of staff and a journey that asks, waits and branches.
type rehearsalWorld struct {
	*mailWorld
	h    *activities.Rehearsals
	doc  journey.Document
	user models.User
}

func newRehearsal(t *testing.T, verified bool) *rehearsalWorld {
	w := &rehearsalWorld{mailWorld: newMailWorld(t, dbtest.SQLite(t), "{}")}
	w.h = &activities.Rehearsals{Store: w.S, Messaging: w.m, Now: w.now}
	ctx := context.Background()
	user, _, err := w.S.AddMember(ctx, w.Workspace.ID, models.User{ID: w.S.NewID(), Email: "mia@staff.example", Name: "Mia Mara", PasswordHash: "x", CreatedAt: models.At(w.now()), PasswordChangedAt: models.At(w.now())}, "marketer", w.now())
	if err != nil {
		t.Fatal(err)
	}
	w.user = user
	if verified {
		hash := models.Hash{1}
		if err := w.S.AskAddress(ctx, user.ID, hash, w.now().Add(1)); err != nil {
			t.Fatal(err)
		}
		if ok, err := w.S.ProveAddress(ctx, user.ID, hash, w.now()); err != nil || !ok {
			t.Fatalf("the code is not taken: %v", err)
		}
	}
	send := func(id, template, next string) journey.Step {
		return journey.Step{ID: id, Kind: journey.StepSend, Send: &journey.SendStep{Template: template, Channel: "email"}, Next: next}
	}
	w.doc = journey.Document{Key: "r", Name: "R", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Joined"}, Steps: []journey.Step{
		send("first", "offer", "nap"),
		{ID: "nap", Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P30D"}, Next: "ask"},
		{ID: "ask", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{Events: []journey.Await{{Trigger: journey.Trigger{Event: "Order Completed"}, Name: "bought", Next: "thanks"}}, Timeout: "P7D", TimeoutNext: "tag"}},
		{ID: "tag", Kind: journey.StepUpdate, Update: &journey.UpdateStep{Set: map[string]any{"sleepy": true}}, Next: "second"},
		send("second", "broken", ""),
		send("thanks", "receipt", ""),
	}}
	return w
}

// walk drives a rehearsal as its workflow does; every activity is done twice, as if its answer had been lost.
func (w *rehearsalWorld) walk(walks []journey.Walk) []models.RehearsalStep {
	w.t.Helper()
	ctx := context.Background()
	row, err := w.S.StartRehearsal(ctx, models.Rehearsal{WorkspaceID: w.Workspace.ID, JourneyID: w.Journey.ID, UserID: w.user.ID, Document: models.ToJSON(w.doc), Walks: models.ToJSON(walks), CreatedAt: models.At(w.now())}, "user:x", "r")
	if err != nil {
		w.t.Fatal(err)
	}
	in := contract.RehearseInput{RehearsalInput: contract.RehearsalInput{WorkspaceID: w.Workspace.ID, RehearsalID: row.ID.String()}}
	for range 100 {
		if _, err := w.h.Rehearse(ctx, in); err != nil {
			w.t.Fatal(err)
		}
		res, err := w.h.Rehearse(ctx, in)
		if err != nil {
			w.t.Fatal(err)
		}
		w.pass(1000)
		switch {
		case res.Done:
			got, steps, err := w.S.Rehearsal(ctx, w.Workspace.ID, row.ID)
			if err != nil || got.State != storage.RehearsalDone {
				w.t.Fatalf("it ended as %s, %v", got.State, err)
			}
			return steps
		case res.WalkDone:
			in.Walk, in.State = in.Walk+1, nil
		default:
			in.State = res.State
		}
	}
	w.t.Fatal("it does not end")
	return nil
}

// Every message of every path reaches the member of staff once, in order, marked as a test; nobody else gets anything, and
// nothing that counts customers has moved.
func TestRehearsalSendsEveryMessageToStaffAlone(t *testing.T) {
	t.Parallel()
	w := newRehearsal(t, true)
	customer := w.person()
	steps := w.walk(journey.Walks(w.doc))
	var subjects []string
	for _, m := range w.server.Messages() {
		subjects = append(subjects, subjectOf(t, m))
		if len(m.To) != 1 || m.To[0] != w.user.Email {
			t.Errorf("a message went to %v", m.To)
		}
		if strings.Contains(string(m.Data), "/p/u/") && !strings.Contains(string(m.Data), "/p/u/preview") {
			t.Error("the link to unsubscribe is a real one")
		}
	}
	if len(subjects) != 3 || slices.ContainsFunc(subjects, func(s string) bool { return !strings.HasPrefix(s, "[Test] ") || !strings.Contains(s, "Mia") }) {
		t.Errorf("subjects %q", subjects)
	}
	var path []string
	for _, s := range steps {
		path = append(path, s.StepID+"/"+s.ExitName+"/"+s.State)
	}
	want := "first/sent/sent nap/next/walked ask/bought/walked thanks/sent/sent first/sent/before nap/next/walked ask/timeout/walked tag/next/walked second/sent/sent"
	if got := strings.Join(path, " "); got != want {
		t.Errorf("steps\n%s, want\n%s", got, want)
	}
	for _, table := range []string{"sends", "send_contents", "decisions", "engagement", "runs", "offer_claims"} {
		var n int64
		if err := w.S.SQL().QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s has %d rows, %v", table, n, err)
		}
	}
	if got, err := w.S.Customer(context.Background(), w.Workspace.ID, customer.ID); err != nil || strings.Contains(string(got.Attributes), "sleepy") {
		t.Errorf("a customer was changed: %s, %v", got.Attributes, err)
	}
}

// An address that nobody has confirmed, and one of somebody who has left, gets nothing.
func TestRehearsalSendsNothingToAnUnprovenAddress(t *testing.T) {
	t.Parallel()
	for name, verified := range map[string]bool{"unproven": false, "disabled": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRehearsal(t, verified)
			if verified {
				if _, _, err := w.S.AddMember(context.Background(), w.Workspace.ID, models.User{ID: w.S.NewID(), Email: "boss@staff.example", Name: "Boss", PasswordHash: "x", CreatedAt: models.At(w.now()), PasswordChangedAt: models.At(w.now())}, "owner", w.now()); err != nil {
					t.Fatal(err)
				}
				if err := w.S.SetDisabled(context.Background(), w.user.ID, true, w.now()); err != nil {
					t.Fatal(err)
				}
			}
			steps := w.walk([]journey.Walk{journey.Path(w.doc, nil)})
			if len(w.server.Messages()) != 0 || len(steps) == 0 || steps[0].State != storage.RehearsedFailed {
				t.Errorf("%d messages, steps %+v", len(w.server.Messages()), steps)
			}
		})
	}
}

// One at a time; a code works once, for its user, and not after five wrong ones.
func TestRehearsalsOneAtATimeAndCodes(t *testing.T) {
	t.Parallel()
	w := newRehearsal(t, true)
	ctx := context.Background()
	start := func() error {
		_, err := w.S.StartRehearsal(ctx, models.Rehearsal{WorkspaceID: w.Workspace.ID, JourneyID: w.Journey.ID, UserID: w.user.ID, Document: models.JSON("{}"), Walks: models.JSON("[]"), CreatedAt: models.At(w.now())}, "user:x", "r")
		return err
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	if err := start(); err == nil {
		t.Error("two rehearsals at once")
	}
	prove := func(user ids.ID, code byte) bool {
		ok, err := w.S.ProveAddress(ctx, user, models.Hash{code}, w.now())
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if prove(w.user.ID, 1) {
		t.Error("a code works twice")
	}
	if err := w.S.AskAddress(ctx, w.user.ID, models.Hash{2}, w.now().Add(1000)); err != nil {
		t.Fatal(err)
	}
	for range storage.CodeTries {
		if prove(w.user.ID, 9) {
			t.Error("a wrong code is taken")
		}
	}
	if prove(w.user.ID, 2) {
		t.Error("the right code is taken after too many wrong ones")
	}
}
