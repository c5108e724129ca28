package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"sojourn/activities"
	"sojourn/broadcast"
	"sojourn/channels"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
	"sojourn/workflows"
)

// oursMain lets the broadcast go out and ends when its workflow has.
func oursMain(ctx context.Context, o options) error {
	stop, err := profiled(o)
	if err != nil {
		return err
	}
	defer stop()
	quiet := slog.New(slog.DiscardHandler)
	s, err := sqlstore.Open(ctx, o.database, sqlstore.Options{Logger: quiet})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	sender, err := mailServer(o)
	if err != nil {
		return err
	}
	defer sender.Close()
	m := &activities.Messaging{Sends: s, Templates: s, Documents: s, Senders: map[string]channels.Sender{"email": sender}, Engine: &content.Engine{Now: time.Now}, Links: linkKeys,
		IDKey: bytes.Repeat([]byte("i"), 32), PublicURL: publicURL, Logger: quiet}
	if err := m.Validate(); err != nil {
		return err
	}
	t, err := client.Dial(client.Options{HostPort: o.temporal, Logger: sdklog.NewStructuredLogger(quiet)})
	if err != nil {
		return err
	}
	defer t.Close()
	w := worker.New(t, contract.QueueBulk, worker.Options{})
	workflows.RegisterBroadcast(w)
	b := &activities.Broadcasts{Store: s, Messaging: m, Parallel: o.parallel}
	w.RegisterActivityWithOptions(b.AdvanceBroadcast, activity.RegisterOptions{Name: contract.ActivityAdvanceBroadcast})
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	row, err := s.BroadcastByKey(ctx, workspace, "news")
	if err == nil {
		row, err = s.ScheduleBroadcast(ctx, workspace, row.ID, row.Revision, "bench", time.Now())
	}
	if err != nil {
		return err
	}
	run, err := t.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: contract.BroadcastWorkflowID("bench", row.ID.String()), TaskQueue: contract.QueueBulk}, contract.WorkflowBroadcast,
		contract.BroadcastInput{WorkspaceID: workspace, BroadcastID: row.ID.String()})
	if err != nil {
		return err
	}
	return run.Get(ctx, nil)
}

const workspace = 1

// fill makes people who may be written to, and the broadcast to all of them.
func fill(ctx context.Context, url string, n int) error {
	s, err := sqlstore.Open(ctx, url, sqlstore.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Migrate(ctx); err != nil {
		return err
	}
	at := models.At(time.Now().Add(-time.Hour))
	if _, err := s.SQL().ExecContext(ctx, "INSERT INTO workspaces (id, workspace_key, name, timezone, currency, locale, settings, created_at) VALUES (1, 'bench', 'bench', 'UTC', 'EUR', 'en', ?, ?)", settings, at); err != nil {
		return err
	}
	if _, err := s.SQL().ExecContext(ctx, "INSERT INTO senders (id, workspace_id, sender_key, channel, from_name, from_address, reply_to, postal_address, state, created_at) VALUES (?, 1, 'default', 'email', 'Shop', 'news@shop.example', '', 'Street 1', ?, ?)",
		ids.New(), storage.SenderActive, at); err != nil {
		return err
	}
	if _, err := s.PutTemplate(ctx, workspace, storage.TemplateInput{Key: "letter", Name: "Letter", Class: string(consent.Marketing), Bodies: []models.TemplateBody{{Channel: "email", Locale: "en", Subject: subject, Body: letter}}}, time.Now()); err != nil {
		return err
	}
	tx, err := s.SQL().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for i := range n {
		id := ids.New()
		attributes := fmt.Sprintf(`{"first_name":%q,"city":%q,"plan":%q,"visits":%d}`, firstName(i), city(i), plans[i%3], i%7)
		for _, q := range []struct {
			text string
			args []any
		}{
			{"INSERT INTO customers (id, workspace_id, grp, email, locale, timezone, attributes, created_at, updated_at) VALUES (?, 1, ?, ?, 'en', 'Europe/Amsterdam', ?, ?, ?)", []any{id, id, address(i), attributes, at, at}},
			{"INSERT INTO customer_metrics (customer_id, workspace_id, updated_at) VALUES (?, 1, ?)", []any{id, at}},
			{"INSERT INTO contact_points (id, workspace_id, channel, address, created_at) VALUES (?, 1, 'email', ?, ?)", []any{ids.New(), address(i), at}},
			{"INSERT INTO permissions (workspace_id, customer_id, channel, purpose, state, legal_basis, occurred_at, consent_id) VALUES (1, ?, 'email', 'news', 'granted', 'consent', ?, ?)", []any{id, at, ids.New()}},
		} {
			if _, err := tx.ExecContext(ctx, q.text, q.args...); err != nil {
				return fmt.Errorf("%s: %w", q.text, err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = s.CreateBroadcast(ctx, workspace, "news", "News", broadcast.Definition{Purpose: "news", Template: "letter"}, time.Now())
	return err
}

// verify compares the ledger with what was asked.
func verify(ctx context.Context, url string, n int) error {
	s, err := sqlstore.Open(ctx, url, sqlstore.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	for query, want := range map[string]int{
		"SELECT COUNT(*) FROM sends WHERE state = 'accepted' AND provider_code LIKE '250%'": n,
		"SELECT COUNT(*) FROM send_contents WHERE links IS NOT NULL":                        n,
		"SELECT COUNT(*) FROM decisions WHERE kind = 'gate' AND outcome = 'send'":           n,
		"SELECT COUNT(*) FROM decisions WHERE kind = 'attempt' AND outcome = 'accepted'":    n,
		"SELECT COUNT(*) FROM sends WHERE state <> 'accepted'":                              0,
		"SELECT COUNT(DISTINCT issue_point) FROM sends":                                     n,
		"SELECT COUNT(*) FROM broadcasts WHERE state = 'done' AND issue_id IS NULL":         1,
	} {
		var got int
		if err := s.SQL().QueryRowContext(ctx, query).Scan(&got); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	return nil
}
