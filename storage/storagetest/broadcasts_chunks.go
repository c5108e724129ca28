package storagetest

import (
	"fmt"
	"sync"
	"time"

	"sojourn/broadcast"
	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

func broadcastChunks(w *broadcastWorld) {
	ws := w.Workspace.ID
	people := map[ids.ID]models.Customer{}
	for i := range 7 {
		c := w.AddCustomer(w, fmt.Sprintf("p%d@chunks.example", i), true)
		people[c.ID] = c
	}
	issue := w.begin(w.make("chunks", nil))
	first := w.chunk(issue, 3, Noon)
	if len(first.Recipients) != 3 || !first.More {
		w.Fatalf("first: %+v", first)
	}
	if again := w.chunk(issue, 3, Noon); fmt.Sprint(again) != fmt.Sprint(first) {
		w.Error("without progress the chunk is the same")
	}
	last := first.Recipients[2]
	w.ok(w.S.IssueDone(w.ctx(), ws, issue.ID, last.Due, last.Customer))
	w.ok(w.S.IssueDone(w.ctx(), ws, issue.ID, first.Recipients[0].Due, first.Recipients[0].Customer)) // never back
	second := w.chunk(issue, 3, Noon)
	if len(second.Recipients) != 3 || second.Recipients[0] == last || !second.More {
		w.Errorf("second: %+v", second)
	}
	// One was held back: it is due again before the others go on.
	held := w.Claim(w, w.ask(issue, people[first.Recipients[1].Customer]))
	w.Settle(w, held, storage.Settlement{State: storage.SendDeferred, Reason: storage.ReasonRetry, RetryAt: Noon.Add(time.Minute)})
	if c := w.chunk(issue, 10, Noon); len(c.Recipients) != 4 || !c.Next.Equal(Noon.Add(time.Minute)) {
		w.Errorf("held back: %+v", c)
	}
	if c := w.chunk(issue, 10, Noon.Add(time.Minute)); len(c.Recipients) != 5 || c.Recipients[0].Key != held.Send.SendKey || c.Recipients[0].Due != 0 {
		w.Errorf("due again: %+v", c)
	}
	// One whose worker died: looked at again when its lease is over.
	dead := w.Claim(w, w.ask(issue, people[first.Recipients[0].Customer]))
	if c := w.chunk(issue, 10, Noon); c.Next.IsZero() || len(c.Recipients) != 4 {
		w.Errorf("a live lease: %+v", c)
	}
	w.EndLease(w, dead.Send.ID)
	if c := w.chunk(issue, 10, Noon); len(c.Recipients) != 5 || c.Recipients[0].Key != dead.Send.SendKey {
		w.Errorf("a dead lease: %+v", c)
	}
	refuses := second.Recipients[1]
	w.ok(w.S.RecordConsent(w.ctx(), storage.ConsentRecord{Workspace: ws, Customer: refuses.Customer, Actor: "customer", Proof: map[string]any{},
		Entry: consent.Entry{Channel: "email", Purpose: consent.TrackingPurpose, State: consent.Withdrawn, Basis: consent.ByObjection, Source: "page", SourceKind: consent.Person, OccurredAt: Noon, RecordedAt: Noon}}))
	subjects, err := w.S.PrepareIssue(w.ctx(), ws, "email", "default", append(second.Recipients, storage.IssueRecipient{Customer: held.Send.CustomerID, Key: held.Send.SendKey}, storage.IssueRecipient{Customer: w.S.NewID(), Key: "none"}))
	w.ok(err)
	for i, r := range second.Recipients {
		if s := subjects[i]; s.Customer.ID != r.Customer || s.ContactPoint.Address != string(people[r.Customer].Email) || s.Sender.ID != w.Sender.ID || s.Workspace.ID != ws || (s.Tracking == consent.Withdrawn) != (r == refuses) {
			w.Errorf("subject %d: %+v", i, s)
		}
	}
	if !subjects[3].Customer.ID.IsZero() || !subjects[4].Customer.ID.IsZero() {
		w.Error("who has begun or does not exist is left to Prepare")
	}
	_, err = w.S.CancelBroadcast(w.ctx(), ws, issue.BroadcastID, "", Noon)
	w.ok(err)
	open, err := w.S.CancelHeld(w.ctx(), ws, issue.ID, 100, Noon)
	if err != nil || open != 1 {
		w.Errorf("open after the cancellation: %d, %v; want the dead claim", open, err)
	}
	if row := w.Row(w, held.Send.SendKey); row.State != storage.SendCancelled || row.Reason != "broadcast_cancelled" {
		w.Errorf("held back: %s %s", row.State, row.Reason)
	}
}

func broadcastPace(w *broadcastWorld) {
	ws := w.Workspace.ID
	issue := w.begin(w.make("pace", func(d *broadcast.Definition) { d.RatePerHour = 600 }))
	total, now := 0, Noon
	for now.Before(Noon.Add(time.Hour)) {
		var mu sync.Mutex
		var work sync.WaitGroup
		next := now.Add(time.Hour)
		for range 2 { // two workers ask at once
			work.Go(func() {
				n, at, err := w.S.PaceIssue(w.ctx(), ws, issue.ID, 50, 600, now)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					w.Error(err)
				}
				if total += n; n == 0 && at.Before(next) {
					next = at
				} else if n > 0 {
					next = now
				}
			})
		}
		work.Wait()
		if next.Equal(now) {
			now = now.Add(time.Millisecond)
		} else {
			now = next
		}
	}
	if total < 580 || total > 600 {
		w.Errorf("%d in the first hour, want at most 600 and nearly so many", total)
	}
	if n, _, err := w.S.PaceIssue(w.ctx(), ws, issue.ID, 50, 0, now); n != 50 || err != nil {
		w.Errorf("no limit: %d, %v", n, err)
	}
	if n, at, err := w.S.PaceIssue(w.ctx(), ws, issue.ID, 50, 2, now.Add(2*time.Hour)); n != 1 || err != nil || !at.IsZero() {
		w.Errorf("two an hour: %d, %s, %v", n, at, err)
	}
}
