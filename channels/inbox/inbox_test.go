package inbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"sojourn/channels"
	"sojourn/channels/channelstest"
	"sojourn/channels/inbox"
	"sojourn/models"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

type world struct{ s *sqlstore.Store }

func (w world) Sender(*testing.T) channels.Sender { return &inbox.Sender{Store: w.s, Now: time.Now} }

func (w world) Received(t *testing.T, messageID string) []channelstest.Received {
	rows, err := w.s.SQL().Query("SELECT sender, recipient, subject, text_body, html, headers FROM inbox_messages")
	if err != nil {
		t.Error(err)
		return nil
	}
	defer rows.Close()
	var out []channelstest.Received
	for rows.Next() {
		var r channelstest.Received
		var raw models.JSON
		if err := rows.Scan(&r.From, &r.To, &r.Subject, &r.Text, &r.HTML, &raw); err != nil {
			t.Error(err)
		}
		headers := map[string]string{}
		_ = json.Unmarshal(raw, &headers)
		r.Header = func(name string) string { return headers[name] }
		if headers["Message-ID"] == messageID {
			out = append(out, r)
		}
	}
	return out
}

func TestSuite(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) { channelstest.Run(t, world{s}) })
}

type broken struct{ *sqlstore.Store }

func (broken) Deliver(context.Context, models.InboxMessage) error {
	return errors.New("connection reset")
}

// One message per send: a repeated hand-over is the same acceptance. A lost answer can be looked up.
func TestOncePerSend(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	ctx := context.Background()
	sender := &inbox.Sender{Store: s, Now: time.Now}
	m := channelstest.Message("zoe@example.org")
	if ok, err := sender.Accepted(ctx, m.Workspace, m.Send); err != nil || ok {
		t.Errorf("before: %v, %v", ok, err)
	}
	for range 2 {
		h, err := sender.Prepare(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Commit(ctx); err != nil {
			t.Error(err)
		}
	}
	if got := (world{s}).Received(t, m.MessageID); len(got) != 1 {
		t.Errorf("%d copies", len(got))
	}
	if ok, err := sender.Accepted(ctx, m.Workspace, m.Send); err != nil || !ok {
		t.Errorf("after: %v, %v", ok, err)
	}
	h, _ := (&inbox.Sender{Store: broken{s}, Now: time.Now}).Prepare(ctx, m)
	var f *channels.Failure
	if _, err := h.Commit(ctx); !errors.As(err, &f) || f.Class != channels.Unknown {
		t.Errorf("a lost answer: %v", err)
	}
}
