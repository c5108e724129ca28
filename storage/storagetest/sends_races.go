package storagetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"sojourn/consent"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

func sendHundredTimes(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "hundred", `{}`)
	r := w.Request(t, w.AddCustomer(t, "ann@hundred.example", true), s.NewID(), "mail")
	var mu sync.Mutex
	kinds := map[storage.ClaimKind]int{}
	parallel(t, 100, func(int) {
		one := r
		one.ID, one.Token = s.NewID(), s.NewID()
		c, err := s.Claim(context.Background(), one)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Error(err)
		}
		kinds[c.Kind]++
	})
	if kinds[storage.Claimed] != 1 || kinds[storage.Claimed]+kinds[storage.ClaimBusy]+kinds[storage.ClaimReread] != 100 {
		t.Errorf("%v, want one claim", kinds)
	}
}

func sendCapsExact(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "caps", `{"caps":[{"max":3,"window":"P7D","channels":["email"]},{"max":2,"window":"P1D","kind":"calendar"}]}`)
	c := w.AddCustomer(t, "ann@caps.example", true)
	var mu sync.Mutex
	claimed := 0
	round := func(now time.Time) {
		parallel(t, 50, func(int) {
			r := w.Request(t, c, s.NewID(), "mail")
			r.Now, r.ExpiresAt = now, now.AddDate(0, 0, 7)
			got, err := s.Claim(context.Background(), r)
			if err != nil {
				t.Error(err)
				return
			}
			if got.Kind != storage.Claimed {
				return
			}
			mu.Lock()
			claimed++
			mu.Unlock()
			if w.Fence(t, got) == storage.FencePassed {
				w.Settle(t, got, storage.Settlement{State: storage.SendAccepted, Now: now})
			}
		})
	}
	round(Noon)
	if claimed != 2 {
		t.Errorf("on the first day %d of 50 went, cap 2", claimed)
	}
	exec(t, s, "UPDATE sends SET handed_at = ? WHERE workspace_id = ? AND handed_at IS NOT NULL", models.At(Noon), w.Workspace.ID)
	round(Noon.AddDate(0, 0, 1))
	if claimed != 3 {
		t.Errorf("on both days %d of 100 went, cap 3", claimed)
	}
}

// Withdrawals come while claims are on their way to the fence: what was acknowledged before a fence holds there.
func sendWithdrawalRace(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "race", `{}`)
	parallel(t, 30, func(i int) {
		c := w.AddCustomer(t, s.NewID().String()+"@race.example", true)
		claim := w.Claim(t, w.Request(t, c, s.NewID(), "mail"))
		acknowledged := make(chan struct{})
		var withdrawn sync.WaitGroup
		withdrawn.Go(func() {
			err := s.Unsubscribe(context.Background(), consent.Unsubscribe{Workspace: w.Workspace.ID, Customer: c.ID, ContactPoint: claim.Send.ContactPointID, Channel: "email", Purpose: "marketing"}, "one_click", nil, Noon)
			if err != nil {
				t.Error(err)
			}
			close(acknowledged)
		})
		before := false
		select {
		case <-acknowledged:
			before = true
		default:
		}
		if got := w.Fence(t, claim); before && got == storage.FencePassed {
			t.Error("handed over after the withdrawal was acknowledged")
		}
		withdrawn.Wait()
		if got := w.Fence(t, claim); got == storage.FencePassed {
			t.Error("the fence passes twice, or after a withdrawal")
		}
	})
}

func sendSweep(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "sweep", `{}`)
	c := w.AddCustomer(t, "ann@sweep.example", true)
	dead, handed, live := w.Claim(t, w.Request(t, c, s.NewID(), "dead")), w.Claim(t, w.Request(t, c, s.NewID(), "handed")), w.Claim(t, w.Request(t, c, s.NewID(), "live"))
	w.Fence(t, handed)
	w.EndLease(t, dead.Send.ID)
	w.EndLease(t, handed.Send.ID)
	run := AddRun(t, s, w.Workspace.ID, w.Journey.ID, Noon)
	held := w.Request(t, c, run.ID, "held")
	held.RestsUntil = Noon.Add(time.Hour)
	w.Claim(t, held)
	exec(t, s, "UPDATE runs SET state = ? WHERE id = ?", models.RunEnded, run.ID)
	if _, err := s.Sweep(context.Background(), time.Minute, 100, Noon); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{dead.Send.SendKey: storage.SendDeferred, handed.Send.SendKey: storage.SendUnknown, live.Send.SendKey: storage.SendClaimed, held.Key: storage.SendCancelled} {
		if row := w.Row(t, key); row.State != want {
			t.Errorf("%s: %s (%s), want %s", row.StepID, row.State, row.Reason, want)
		}
	}
}

func sendKeys(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "keys", `{}`)
	c := w.AddCustomer(t, "ann@keys.example", true)
	for _, step := range []string{"mail", "Mail", "mail ", "mail🍣", "mail🍺", "maß", "mass"} {
		if got := w.Claim(t, w.Request(t, c, w.Version, step)); got.Kind != storage.Claimed {
			t.Errorf("step %q collides: %+v", step, got)
		}
	}
}

func parallel(t *testing.T, n int, work func(i int)) {
	t.Helper()
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { <-start; work(i) })
	}
	close(start)
	wg.Wait()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
