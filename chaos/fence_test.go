//go:build chaos

package chaos_test

import (
	"context"
	"testing"

	"sojourn/chaos/harness"
)

// TestUnsubscribeAtTheLastMoment: the worker has passed the gate, has a connection and the mail server's word to go on, and
// stands right before the fence when its customer unsubscribes. The acknowledged withdrawal wins. (On MariaDB: a process
// that is stopped must not happen to hold SQLite's only write lock.)
func TestUnsubscribeAtTheLastMoment(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := harness.Start(t, harness.Options{MySQL: true})
	for range 3 {
		people := w.People(ctx, 1)
		w.Track(ctx, "Joined", people)
		link, err := w.UnsubscribeLink(people[0], "hello")
		if err != nil {
			t.Fatal(err)
		}
		w.Worker().Restart("send.before_fence:stop") // while he sleeps: the next letter is the one that stops
		expectFrozen(t, w.Worker(), "send.before_fence")
		if status, err := w.Unsubscribe(ctx, people[0], link); err != nil || status/100 != 2 {
			t.Fatalf("unsubscribe: %d, %v", status, err)
		}
		w.Worker().Thaw()
		w.Settle(ctx)
		if n := w.Mail.Copies()[harness.Letter{To: people[0].Email, Subject: harness.SubjectOf("again")}]; n != 0 {
			t.Errorf("a letter was handed over after the withdrawal was acknowledged")
		}
		if err := harness.Want(w.SendState(ctx, people[0], "again"), "skipped"); err != nil {
			t.Errorf("the state of the letter: %v", err)
		}
	}
	audit(ctx, t, w)
}
