// Package channelstest is the suite that every sender passes: what Prepare and Commit promise, whatever is behind them.
// It is for tests only.
package channelstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/channels"
	"sojourn/ids"
)

// World is a provider under test.
type World interface {
	// Sender returns a sender to the provider.
	Sender(t *testing.T) channels.Sender
	// Received returns how often the provider accepted a message with this Message-ID, and its readable content.
	Received(t *testing.T, messageID string) []Received
}

// Received is a message as the provider has it.
type Received struct {
	From, To, Subject, Text, HTML string
	Header                        func(name string) string
}

// Message is a message that every sender can take.
func Message(to string) channels.Message {
	send := ids.New()
	return channels.Message{
		Workspace: 1, Send: send, Customer: ids.New(), Channel: "email", From: channels.Party{Name: "Café Noir", Address: "news@shop.example"}, ReplyTo: "help@shop.example", To: to,
		Subject: "Zoë, 20 % — 🍣", HTML: "<p>Hallo Zoë</p>\n.\n<p>..</p>", Text: "Hallo Zoë\n.\n..dots\n.", MessageID: "<" + send.String() + ".v1@shop.example>", Date: time.Date(2026, 3, 4, 11, 0, 0, 0, time.UTC),
		Headers: []channels.Header{{Name: "List-Unsubscribe", Value: "<https://mail.example/p/u/" + strings.Repeat("abcDEF123-_", 12) + ">"}, {Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click"}},
	}
}

// Run runs the suite.
func Run(t *testing.T, w World) {
	ctx := context.Background()
	s := w.Sender(t)
	prepare := func(t *testing.T, m channels.Message) channels.HandOver {
		t.Helper()
		h, err := s.Prepare(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	t.Run("a message arrives as it was given", func(t *testing.T) {
		t.Parallel()
		m := Message("zoe@example.org")
		receipt, err := prepare(t, m).Commit(ctx)
		if err != nil || receipt.ProviderID == "" {
			t.Fatalf("%+v, %v", receipt, err)
		}
		got := w.Received(t, m.MessageID)
		if len(got) != 1 {
			t.Fatalf("%d copies", len(got))
		}
		r := got[0]
		if r.To != m.To || r.Subject != m.Subject || !strings.Contains(r.From, "news@shop.example") || lines(r.Text) != lines(m.Text) || lines(r.HTML) != lines(m.HTML) {
			t.Errorf("received %+v", r)
		}
		for _, h := range append(m.Headers, channels.Header{Name: "Message-ID", Value: m.MessageID}, channels.Header{Name: "Date", Value: "Wed, 04 Mar 2026 11:00:00 +0000"}) {
			if r.Header(h.Name) != h.Value {
				t.Errorf("%s: %q, want %q", h.Name, r.Header(h.Name), h.Value)
			}
		}
		if !strings.Contains(r.Header("Reply-To"), m.ReplyTo) {
			t.Errorf("Reply-To: %q", r.Header("Reply-To"))
		}
	})
	t.Run("nothing is given away before Commit", func(t *testing.T) {
		t.Parallel()
		m := Message("abort@example.org")
		h := prepare(t, m)
		h.Abort()
		var f *channels.Failure
		if _, err := h.Commit(ctx); !errors.As(err, &f) || f.Class != channels.Retry {
			t.Errorf("Commit after Abort: %v", err)
		}
		if got := w.Received(t, m.MessageID); len(got) != 0 {
			t.Errorf("%d copies", len(got))
		}
	})
	t.Run("past its deadline nothing is completed", func(t *testing.T) {
		t.Parallel()
		m := Message("late@example.org")
		h := prepare(t, m)
		late, cancel := context.WithDeadline(ctx, time.Unix(1, 0))
		defer cancel()
		var f *channels.Failure
		if _, err := h.Commit(late); !errors.As(err, &f) || f.Class != channels.Retry {
			t.Errorf("Commit: %v", err)
		}
		if got := w.Received(t, m.MessageID); len(got) != 0 {
			t.Errorf("%d copies", len(got))
		}
	})
	t.Run("header injection", func(t *testing.T) {
		t.Parallel()
		m := Message("inject@example.org")
		m.Subject, m.From.Name = "Hi\r\nBcc: victim@example.org\r\n\r\nbody", "A\nB: c"
		m.Headers = append(m.Headers, channels.Header{Name: "X-Note", Value: "a\r\nX-Evil: b"})
		if _, err := prepare(t, m).Commit(ctx); err != nil {
			t.Fatal(err)
		}
		got := w.Received(t, m.MessageID)
		if len(got) != 1 || got[0].Header("Bcc") != "" || got[0].Header("X-Evil") != "" || got[0].Header("B") != "" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		t.Parallel()
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				m := Message(fmt.Sprintf("many%d@example.org", i))
				h, err := s.Prepare(ctx, m)
				if err != nil {
					t.Error(err)
					return
				}
				if i%4 == 0 {
					h.Abort()
				} else if _, err := h.Commit(ctx); err != nil {
					t.Error(err)
				}
				want := 1
				if i%4 == 0 {
					want = 0
				}
				if got := w.Received(t, m.MessageID); len(got) != want {
					t.Errorf("message %d: %d copies, want %d", i, len(got), want)
				}
			})
		}
		wg.Wait()
	})
	t.Run("a recipient that is none", func(t *testing.T) {
		t.Parallel()
		m := Message("")
		var f *channels.Failure
		if _, err := s.Prepare(ctx, m); !errors.As(err, &f) || f.Class != channels.Rejected {
			t.Errorf("%v", err)
		}
	})
}

func lines(s string) string { return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n") }
