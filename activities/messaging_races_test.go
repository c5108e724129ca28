package activities_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"sojourn/channels"
	"sojourn/consent"
	"sojourn/contract"
	"sojourn/pressure"
	"sojourn/storage"
)

// What changes between the gate and the hand-over is seen by the fence, and the gate is asked again.
func TestBetweenGateAndFence(t *testing.T) {
	both(t, `{"quiet_hours":{"from":"21:00","to":"08:00"}}`, func(t *testing.T, w *mailWorld) {
		c := w.person()
		plain := w.m.Senders["email"]
		during := func(f func(m channels.Message)) {
			done := false
			w.m.Senders["email"] = aside{plain, func(m channels.Message) {
				if !done {
					done = true
					f(m)
				}
			}}
		}
		during(func(m channels.Message) {
			u := consent.Unsubscribe{Workspace: w.Workspace.ID, Customer: c.ID, Channel: "email", Purpose: "marketing"}
			if err := w.S.Unsubscribe(context.Background(), u, "one_click", nil, w.now()); err != nil {
				t.Error(err)
			}
		})
		want(t, w.send(w.ask(c, "offer")), contract.SendSkipped, string(pressure.ReasonTopicOptOut))

		during(func(channels.Message) { w.pass(10 * time.Hour) }) // it is 22:00 by now
		want(t, w.send(w.ask(w.person(), "offer")), contract.SendDeferred, string(pressure.ReasonQuietHours))
		w.pass(-10 * time.Hour)

		during(func(channels.Message) {
			if err := w.S.PauseJourney(context.Background(), w.Workspace.ID, w.Journey.ID, w.now()); err != nil {
				t.Error(err)
			}
		})
		want(t, w.send(w.ask(w.person(), "offer")), contract.SendDeferred, string(pressure.ReasonJourneyPaused))
		for _, m := range w.server.Messages() { // the server said 354 and then saw the connection close
			if m.Terminated {
				t.Errorf("a mail to %v", m.To)
			}
		}
		if err := w.S.ResumeJourney(context.Background(), w.Workspace.ID, w.Journey.ID, storage.PauseCounts, w.now()); err != nil {
			t.Fatal(err)
		}
		// An epoch that moved without any rule to hit: through the gate again, and out.
		during(func(channels.Message) {
			if err := w.S.SetSending(context.Background(), w.Workspace.ID, true); err != nil {
				t.Error(err)
			}
			if err := w.S.SetSending(context.Background(), w.Workspace.ID, false); err != nil {
				t.Error(err)
			}
		})
		d := w.person()
		want(t, w.send(w.ask(d, "offer")), contract.SendAccepted, "")
		if n := len(w.mails(d)); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// A worker that was stopped after its gate and wakes when another one has done its work must not send.
func TestZombie(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		c := w.person()
		in := w.ask(c, "offer")
		asleep, wake := make(chan struct{}), make(chan struct{})
		zombie := copyOf(w)
		zombie.Senders = map[string]channels.Sender{"email": aside{w.smtp, func(channels.Message) { close(asleep); <-wake }}}
		result := make(chan contract.SendResult, 1)
		go func() {
			res, err := zombie.SendMessage(context.Background(), in)
			if err != nil {
				t.Error(err)
			}
			result <- res
		}()
		<-asleep
		w.EndLease(t, w.row(in).ID)
		want(t, w.send(in), contract.SendAccepted, "")
		close(wake)
		if got := <-result; got.State != contract.SendAccepted || !got.Repeat {
			t.Errorf("the zombie says %+v", got)
		}
		if n := len(w.mails(c)); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// The same send a hundred times at once, by two workers, is one mail.
func TestHundredfold(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		c := w.person()
		in := w.ask(c, "offer")
		other := copyOf(w)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				worker := w.m
				if i%2 == 1 {
					worker = other
				}
				if res, err := worker.SendMessage(context.Background(), in); err != nil || res.State != contract.SendAccepted && res.State != contract.SendRetry {
					t.Errorf("%+v, %v", res, err)
				}
			})
		}
		wg.Wait()
		want(t, w.send(in), contract.SendAccepted, "")
		if n := len(w.mails(c)); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// At once only with a token and a warm connection; otherwise nothing has happened.
func TestTrySendMessage(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		ctx := context.Background()
		c := w.person()
		try := func(in contract.SendInput) contract.SendResult {
			res, err := w.m.TrySendMessage(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			return res
		}
		in := w.ask(c, "offer")
		want(t, try(in), contract.SendNotNow, "")
		counts, err := w.S.Conservation(ctx, w.Workspace.ID, w.Journey.ID)
		if err != nil || counts.Planned != 0 {
			t.Errorf("left behind: %+v, %v", counts, err)
		}
		if err := w.smtp.WarmUp(ctx, 1); err != nil {
			t.Fatal(err)
		}
		w.m.Tokens = map[string]*rate.Limiter{"email": rate.NewLimiter(rate.Every(time.Hour), 1)}
		want(t, try(in), contract.SendAccepted, "")
		want(t, try(w.ask(c, "offer")), contract.SendNotNow, "")
		if n := len(w.mails(c)); n != 1 || w.server.Connections() != 1 {
			t.Errorf("%d mails over %d connections", n, w.server.Connections())
		}
	})
}

// A stopped worker gives its claim back; a hand-over that has begun is finished and written down.
func TestCancelled(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		c := w.person()
		in := w.ask(c, "offer")
		ctx, cancel := context.WithCancel(context.Background())
		plain := w.m.Senders["email"]
		w.m.Senders["email"] = aside{plain, func(channels.Message) { cancel() }}
		if res, err := w.m.SendMessage(ctx, in); err == nil {
			t.Errorf("%+v", res)
		}
		if row := w.row(in); row.State != storage.SendDeferred || !row.Token.IsZero() {
			t.Errorf("the claim was not given back: %+v", row)
		}
		w.m.Senders["email"] = plain
		want(t, w.send(in), contract.SendAccepted, "")

		d := w.person()
		in = w.ask(d, "offer")
		ctx, cancel = context.WithCancel(context.Background())
		w.m.Senders["email"] = committing{plain, cancel}
		if res, err := w.m.SendMessage(ctx, in); err != nil || res.State != contract.SendAccepted {
			t.Errorf("cancelled during the hand-over: %+v, %v", res, err)
		}
		if row := w.row(in); row.State != storage.SendAccepted || len(w.mails(d)) != 1 {
			t.Errorf("%+v", row)
		}
	})
}

// committing cancels as soon as the hand-over begins.
type committing struct {
	channels.Sender
	cancel func()
}

func (s committing) Prepare(ctx context.Context, m channels.Message) (channels.HandOver, error) {
	h, err := s.Sender.Prepare(ctx, m)
	return cancelling{h, s.cancel}, err
}

type cancelling struct {
	channels.HandOver
	cancel func()
}

func (h cancelling) Commit(ctx context.Context) (channels.Receipt, error) {
	h.cancel()
	return h.HandOver.Commit(ctx)
}
