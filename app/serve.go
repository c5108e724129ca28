package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"sojourn/activities"
	"sojourn/activities/referrals"
	"sojourn/channels"
	"sojourn/config"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/kit"
	"sojourn/models"
	"sojourn/server"
	"sojourn/server/adminapi"
	"sojourn/server/ingestion"
	"sojourn/server/public"
	"sojourn/server/secret"
	"sojourn/server/session"
	"sojourn/server/temporalview"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
	"sojourn/ui"
	"sojourn/worker"
)

// site is the HTTP side, ready to serve.
type site struct {
	*server.Server
	committer *ingestion.Committer
	closing   func() // of the senders of tests
}

// buildSite puts the server together. hasInbox says that mails of this installation end in the built-in inbox.
func buildSite(c *config.Config, s *sqlstore.Store, t client.Client, reg *prometheus.Registry, hasInbox bool, log *slog.Logger, more ...server.Check) (*site, error) {
	l, err := links(c)
	if err != nil {
		return nil, err
	}
	prints, err := finished()
	if err != nil {
		return nil, err
	}
	send, closeSenders, err := senders(c, s)
	if err != nil {
		return nil, err
	}
	api := adminapi.Deps{
		Mail: shows{mailer(c, s, send, l, log), s}, Liquid: activities.SubjectProblem,
		Store: s, Sessions: session.New(s, c.Secure(), nil), Passwords: secret.NewPasswords(), Channels: channels.Names(),
		Temporal: &temporalview.View{Client: t, Namespace: c.Temporal.Namespace, WebURL: c.Temporal.WebURL, Now: time.Now}, WebURL: c.Temporal.WebURL,
		CursorKey: c.Key("page tokens"), SetupToken: setupToken(c), HasInbox: hasInbox, Version: version, PublicURL: strings.TrimSuffix(c.PublicURL, "/"), Logger: log,
		Published: refreshSoon(t), Wake: wakeBroadcast(t), Operate: triggered(t, contract.ScheduleOperate), Rehearse: rehearse(t), Refresh: triggered(t, contract.ScheduleRefresh),
		CodeDocument: registered.Document,
	}
	desk, err := referralDesk(c, s)
	if err != nil {
		return nil, err
	}
	api.EndReferral = func(ctx context.Context, workspace int64, id ids.ID, now time.Time) error {
		_, err := desk.End(ctx, workspace, id, now)
		return err
	}
	api.ReferralLink = func(c models.ReferralCode) string { return referrals.Link(desk.PublicURL, desk.Links, c) }
	for _, b := range prints {
		api.Blueprints = append(api.Blueprints, b.card())
	}
	committer := ingestion.NewCommitter(s, ingestion.CommitterOptions{Workers: ingestion.WorkersFor(s.Dialect() == sqlstore.SQLite)})
	registerServerMetrics(reg, s, committer)
	pages := &public.Pages{Links: l, Consent: s, Engagement: s, Referrals: s, Logger: log}
	return &site{committer: committer, closing: closeSenders, Server: server.New(server.Deps{
		API:       api,
		Ingestion: ingestion.Deps{Intake: committer, Keys: s, Logger: log, PublicURL: c.PublicURL, RequestRate: c.Ingest.PerSecond},
		Public:    pages.Handler(), UI: ui.Handler(), Registry: reg, Secure: c.Secure(), Logger: log,
		Checks: append([]server.Check{{Name: "database", Ask: s.Ping}, {Name: "schema", Ask: schemaCheck(s)}}, more...),
	})}, nil
}

// schemaCheck says no while another release's migration has run or is still to run.
func schemaCheck(s *sqlstore.Store) func(context.Context) error {
	return func(ctx context.Context) error {
		have, want, err := s.SchemaVersion(ctx)
		if err == nil && have != want {
			err = fault.New(fault.Conflict, "schema %d, want %d", have, want)
		}
		return err
	}
}

// refreshSoon asks for an audience refresh after a publish: who is in the audience already should not wait for the next
// round. Schedules of journeys are brought up to date by the same round.
func refreshSoon(t client.Client) func(context.Context, int64, models.JourneyVersion) error {
	return func(ctx context.Context, _ int64, _ models.JourneyVersion) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		return t.ScheduleClient().GetHandle(ctx, contract.ScheduleRefresh).Trigger(ctx, client.ScheduleTriggerOptions{})
	}
}

// triggered fires a schedule now, if Temporal answers quickly; else its own round does the work.
func triggered(t client.Client, schedule string) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		return t.ScheduleClient().GetHandle(ctx, schedule).Trigger(ctx, client.ScheduleTriggerOptions{})
	}
}

// rehearse begins to walk a journey for a member of staff.
func rehearse(t client.Client) func(context.Context, int64, ids.ID) error {
	return func(ctx context.Context, workspace int64, id ids.ID) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		_, err := t.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: contract.RehearsalWorkflowID(id.String()), TaskQueue: contract.QueueBulk, WorkflowExecutionTimeout: time.Hour, StaticSummary: "a journey, sent to a member of staff"},
			contract.WorkflowRehearsal, contract.RehearsalInput{WorkspaceID: workspace, RehearsalID: id.String()})
		return err
	}
}

// wakeBroadcast tells the workflow of a broadcast that its row has changed, and starts it when there is none.
func wakeBroadcast(t client.Client) func(context.Context, storage.BroadcastRef) error {
	return func(ctx context.Context, b storage.BroadcastRef) error {
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		_, err := t.SignalWithStartWorkflow(ctx, contract.BroadcastWorkflowID(b.WorkspaceKey, b.ID.String()), contract.SignalWake, nil,
			client.StartWorkflowOptions{TaskQueue: contract.QueueBulk, StaticSummary: "broadcast " + b.BroadcastKey}, contract.WorkflowBroadcast,
			contract.BroadcastInput{WorkspaceID: b.WorkspaceID, BroadcastID: b.ID.String()})
		return err
	}
}

// serve answers on the listener until the context ends; events that were accepted are stored before it returns.
func (s *site) serve(ctx context.Context, l net.Listener, within time.Duration) error {
	defer s.closing()
	defer s.committer.Close()
	return s.Serve(ctx, l, within)
}

// housekeeping removes expired sessions once an hour.
func housekeeping(ctx context.Context, s *sqlstore.Store, log *slog.Logger) {
	every(ctx, time.Hour, func() {
		if _, err := s.DeleteExpired(ctx, time.Now()); err != nil && ctx.Err() == nil {
			log.Warn("remove expired sessions", "error", err)
		}
	})
}

// How stale a claim may get before the sweep closes it, and how often it looks: together well under a minute.
const (
	sweepGrace = 30 * time.Second
	sweepEvery = 5 * time.Second
	sweepPage  = 500
)

// sweep mends what dead workers left in the ledger.
func sweep(ctx context.Context, s *sqlstore.Store, log *slog.Logger) {
	every(ctx, sweepEvery, func() {
		n, err := s.Sweep(ctx, sweepGrace, sweepPage, time.Now())
		switch {
		case err != nil && ctx.Err() == nil:
			log.Warn("sweep the ledger", "error", err)
		case n > 0:
			log.Info("the ledger was swept", "rows", n)
		}
	})
}

func every(ctx context.Context, d time.Duration, do func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// opsServer serves health and metrics of a worker. The default address may be taken by another worker of this machine,
// which is no reason to stop; an address that somebody chose is.
func opsServer(ctx context.Context, c *config.Config, chosen bool, h http.Handler, log *slog.Logger) (stop func(), err error) {
	if c.Worker.Listen == "none" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", c.Worker.Listen)
	if err != nil {
		if chosen {
			return nil, fault.Wrap(fault.Conflict, err, "listen on %s (worker.listen)", c.Worker.Listen)
		}
		log.Warn("no health and metrics of this worker: the address is taken; set worker.listen", "address", c.Worker.Listen)
		return func() {}, nil
	}
	srv := server.HTTPServer(h, log)
	go func() { _ = srv.Serve(l) }()
	return func() { _ = srv.Shutdown(context.WithoutCancel(ctx)) }, nil
}

// buildWorkers puts the worker together. The returned function drops what its senders hold. The logger becomes the
// default of the process: activities log through that one, and would go to the terminal in a format of their own.
func buildWorkers(c *config.Config, s *sqlstore.Store, t client.Client, reg prometheus.Registerer, o worker.Options, log *slog.Logger) (*worker.Workers, func(), error) {
	return workersOf(&registered, c, s, t, reg, o, log)
}

// workersOf builds the workers of a program that knows this code.
func workersOf(known *kit.Registry, c *config.Config, s *sqlstore.Store, t client.Client, reg prometheus.Registerer, o worker.Options, log *slog.Logger) (*worker.Workers, func(), error) {
	slog.SetDefault(log)
	send, closeSenders, err := senders(c, s)
	if err != nil {
		return nil, nil, err
	}
	p, err := parts(known, c, s, t, send, reg, log)
	if err != nil {
		return nil, nil, err
	}
	if warm, ok := send["email"].(interface {
		WarmUp(ctx context.Context, n int) error
	}); ok {
		// So that the first message of a quiet hour can go at once. A mail server that is down is told by the first send.
		go func() { _ = warm.WarmUp(context.Background(), 1) }()
	}
	o.Channels = channels.Names()
	o.SendsPerSecond, o.CachedWorkflows, o.Namespace, o.Logger = c.Send.PerSecond, c.Worker.CachedWorkflows, c.Temporal.Namespace, log
	o.StopWithin = max(time.Second, c.StopWithin-5*time.Second)
	return worker.New(t, p, o), closeSenders, nil
}
