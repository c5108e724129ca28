package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/workflows"
	"sojourn/workflows/setup"
)

// Messenger is the activity struct that sends; activities.Messaging is it.
type Messenger interface {
	SendMessage(ctx context.Context, in contract.SendInput) (contract.SendResult, error)
	TrySendMessage(ctx context.Context, in contract.SendInput) (contract.SendResult, error)
}

// Performer is the activity struct of steps that act; activities/steps.Steps is it.
type Performer interface {
	PerformStep(ctx context.Context, in contract.PerformInput) (contract.PerformResult, error)
	PerformOutside(ctx context.Context, in contract.PerformInput) (contract.PerformResult, error)
	PerformCode(codeType string, step contract.CodeStep) func(context.Context, contract.PerformInput) (contract.PerformResult, error)
}

// Announcer tells others what this worker knows; it is asked at the start and every Options.LookEvery.
type Announcer interface {
	Announce(ctx context.Context) error
}

// Parts are the activity structs and what the workflows need. All but CodeSteps and Announcer are required.
type Parts struct {
	Broadcasts *activities.Broadcasts
	Journeys   *workflows.Journeys
	Runs       *activities.Runs
	Scoring    *activities.Scoring
	Audiences  *activities.Audiences
	Schedules  *activities.Schedules
	Router     *activities.Router
	Reconcile  *activities.Reconciler
	Operations *activities.Operations
	Guards     *activities.Guards
	Rehearsals *activities.Rehearsals
	Messaging  Messenger
	Steps      Performer
	CodeSteps  map[string]contract.CodeStep // developers' steps by type
	Announcer  Announcer
}

// Options tune the workers; the zero value is production.
type Options struct {
	Channels        []string      // channels whose queues are polled; default email
	SendsPerSecond  float64       // per channel, over all workers; 0 = no limit
	CachedWorkflows int           // runs kept warm in memory, about 27 KB each; default 10,000
	StopWithin      time.Duration // how long Stop waits for activities under way; default 25 s
	Schedules       workflows.ScheduleSettings
	LookEvery       time.Duration // how often routers and schedules that got lost are looked for; default 20 s
	Namespace       string        // default "default"
	Logger          *slog.Logger
}

// Workers are the workers of this process.
type Workers struct {
	client  client.Client
	o       Options
	says    Announcer
	workers []sdk.Worker
	keeping sync.WaitGroup
	leave   context.CancelFunc // ends the keeping
}

// New registers everything; nothing polls before Start. The client may be a lazy one.
func New(c client.Client, p Parts, o Options) *Workers {
	if len(o.Channels) == 0 {
		o.Channels = []string{"email"}
	}
	if o.CachedWorkflows == 0 {
		o.CachedWorkflows = 10_000
	}
	if o.StopWithin == 0 {
		o.StopWithin = 25 * time.Second
	}
	if o.LookEvery == 0 {
		o.LookEvery = 20 * time.Second
	}
	if o.Namespace == "" {
		o.Namespace = client.DefaultNamespace
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	sdk.SetStickyWorkflowCacheSize(o.CachedWorkflows)
	w := &Workers{client: c, o: o, says: p.Announcer}
	w.journeys(w.add(contract.QueueJourneys, sdk.Options{MaxConcurrentWorkflowTaskPollers: 8, MaxConcurrentLocalActivityExecutionSize: 200}), p)
	for _, codeType := range slices.Sorted(maps.Keys(p.Journeys.Code)) {
		// A queue of its own: a worker that lacks the type leaves its runs to one that has it.
		k := w.add(contract.CodeQueue(codeType), sdk.Options{MaxConcurrentWorkflowTaskPollers: 2, MaxConcurrentActivityTaskPollers: 2})
		w.journeys(k, p)
		p.Journeys.RegisterCode(k, codeType)
	}
	for _, codeType := range slices.Sorted(maps.Keys(p.CodeSteps)) {
		k := w.add(contract.CodeQueue(codeType), sdk.Options{DisableWorkflowWorker: true, MaxConcurrentActivityExecutionSize: 50, MaxConcurrentActivityTaskPollers: 2})
		register(k, contract.CodeActivity(codeType), p.Steps.PerformCode(codeType, p.CodeSteps[codeType]))
	}
	w.routing(p)
	w.bulk(p)
	w.outbound(p)
	for _, channel := range o.Channels {
		w.channel(channel, p)
	}
	return w
}

// journeys: runs, and the short reads and decisions that they make as local activities.
func (w *Workers) journeys(k sdk.Worker, p Parts) {
	p.Journeys.Register(k)
	register(k, contract.ActivityWakeRun, p.Runs.WakeRun)
	register(k, contract.ActivityAdvanceRun, p.Runs.AdvanceRun)
	register(k, contract.ActivityResolveWait, p.Runs.ResolveWait)
	register(k, contract.ActivityDecide, p.Runs.Decide)
	register(k, contract.ActivityUpdateCustomer, p.Runs.UpdateCustomer)
	register(k, contract.ActivityMoveRun, p.Operations.MoveRun)
	register(k, contract.ActivityScoreCustomer, p.Scoring.ScoreCustomer)
	register(k, contract.ActivityTrySendMessage, p.Messaging.TrySendMessage)
	register(k, contract.ActivityPerformStep, p.Steps.PerformStep)
}

// outbound: calls of journeys to somebody else's servers, which may be slow, and must not hold anything else up.
func (w *Workers) outbound(p Parts) {
	k := w.add(contract.QueueOutbound, sdk.Options{DisableWorkflowWorker: true, MaxConcurrentActivityExecutionSize: 50, MaxConcurrentActivityTaskPollers: 2})
	register(k, contract.ActivityPerformOutside, p.Steps.PerformOutside)
}

// routing: one long activity per partition, and the reconciler's looks beside them.
func (w *Workers) routing(p Parts) {
	k := w.add(contract.QueueRouting, sdk.Options{MaxConcurrentActivityExecutionSize: 4 * contract.Partitions, MaxConcurrentWorkflowTaskPollers: 2, MaxConcurrentActivityTaskPollers: 2})
	workflows.RegisterRouting(k)
	workflows.RegisterReconcile(k)
	register(k, contract.ActivityRoutePartition, p.Router.RoutePartition)
	register(k, contract.ActivityReconcileRuns, p.Reconcile.ReconcileRuns)
}

// bulk: whatever may take its time and must not delay a journey.
func (w *Workers) bulk(p Parts) {
	k := w.add(contract.QueueBulk, sdk.Options{MaxConcurrentActivityExecutionSize: 4, MaxConcurrentWorkflowTaskPollers: 2, MaxConcurrentActivityTaskPollers: 2})
	workflows.RegisterBulk(k)
	register(k, contract.ActivitySyncSchedules, p.Schedules.SyncSchedules)
	register(k, contract.ActivityRefresh, p.Audiences.RefreshAudiences)
	register(k, contract.ActivityScheduledEntry, p.Audiences.EnterAudience)
	register(k, contract.ActivityDates, p.Audiences.EnterDates)
	register(k, contract.ActivityScoringWorkspaces, p.Scoring.ScoringWorkspaces)
	register(k, contract.ActivityScoreBase, p.Scoring.ScoreBase)
	workflows.RegisterBroadcast(k)
	register(k, contract.ActivityAdvanceBroadcast, p.Broadcasts.AdvanceBroadcast)
	register(k, contract.ActivityOperate, p.Operations.HandOutOperations)
	register(k, contract.ActivityGuards, p.Guards.CheckGuards)
	register(k, contract.ActivityRehearse, p.Rehearsals.Rehearse)
}

// channel: sends that could not go at once, rate-limited over the fleet.
func (w *Workers) channel(name string, p Parts) {
	k := w.add(contract.ChannelQueue(name), sdk.Options{TaskQueueActivitiesPerSecond: w.o.SendsPerSecond, DisableWorkflowWorker: true, MaxConcurrentActivityExecutionSize: 50, MaxConcurrentActivityTaskPollers: 2})
	register(k, contract.ActivitySendMessage, p.Messaging.SendMessage)
}

func (w *Workers) add(queue string, o sdk.Options) sdk.Worker {
	o.WorkerStopTimeout = w.o.StopWithin
	o.OnFatalError = func(err error) { w.o.Logger.Error("a worker has stopped", "queue", queue, "error", err) }
	k := sdk.New(w.client, queue, o)
	w.workers = append(w.workers, k)
	return k
}

func register(k sdk.Worker, name string, method any) {
	k.RegisterActivityWithOptions(method, activity.RegisterOptions{Name: name})
}

// Start waits for Temporal, prepares it, and polls. The error is the context's, or one that waiting will not mend.
func (w *Workers) Start(ctx context.Context) error {
	if err := w.prepare(ctx); err != nil {
		return err
	}
	for i, k := range w.workers {
		if err := k.Start(); err != nil {
			for _, started := range w.workers[:i] {
				started.Stop()
			}
			return fmt.Errorf("start the workers: %w", err)
		}
	}
	w.announce(ctx)
	ctx, w.leave = context.WithCancel(context.WithoutCancel(ctx)) // Stop ends it
	w.keeping.Go(func() { w.keep(ctx) })
	return nil
}

// announce says what this worker knows. A database that does not answer hears it the next time.
func (w *Workers) announce(ctx context.Context) {
	if w.says == nil {
		return
	}
	if err := w.says.Announce(ctx); err != nil && ctx.Err() == nil {
		w.o.Logger.Warn("the types of code could not be announced", "error", err)
	}
}

// keep brings back routers and schedules that an operator ended in Temporal Web, or that an older copy of Temporal's
// store does not know: without them nothing moves, and nobody would restart the workers to find that out.
func (w *Workers) keep(ctx context.Context) {
	tick := time.NewTicker(w.o.LookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		w.announce(ctx)
		missing, err := workflows.Missing(ctx, w.client)
		if err != nil || len(missing) == 0 {
			continue // Temporal is down: what it lost is seen when it is back
		}
		w.o.Logger.Warn("missing in Temporal, started again", "ids", missing)
		if err := w.prepareOnce(ctx); err != nil && ctx.Err() == nil {
			w.o.Logger.Error("routers and schedules could not be started again", "error", err)
		}
	}
}

// Stop stops polling and waits for what is under way. Only workers that were started can be stopped.
func (w *Workers) Stop() {
	w.leave()
	w.keeping.Wait()
	done := make(chan struct{})
	for _, k := range w.workers {
		go func() { k.Stop(); done <- struct{}{} }()
	}
	for range w.workers {
		<-done
	}
}

// prepare tries until Temporal answers. What it refuses for good (a wrong namespace, no permission) ends the start.
func (w *Workers) prepare(ctx context.Context) error {
	pause := 200 * time.Millisecond
	for said := false; ; {
		err := w.prepareOnce(ctx)
		if err == nil || final(err) || ctx.Err() != nil {
			return err
		}
		if !said {
			w.o.Logger.Warn("waiting for Temporal", "error", err)
			said = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, 5*time.Second)
	}
}

func (w *Workers) prepareOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
	defer cancel()
	if err := setup.EnsureSearchAttributes(ctx, w.client, w.o.Namespace); err != nil {
		return err
	}
	if err := workflows.EnsureRouting(ctx, w.client); err != nil {
		return err
	}
	return workflows.EnsureSchedules(ctx, w.client, w.o.Schedules)
}

func final(err error) bool {
	var missing *serviceerror.NamespaceNotFound
	return errors.As(err, &missing) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Forbidden)
}
