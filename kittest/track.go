package kittest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/workflows"
)

// stuck is how long, on the wall, a run may do nothing before its test fails instead of hanging.
const stuck = time.Minute

// track is one run in Temporal's test environment, in a goroutine of its own. At every moment either the test has the word
// or one track: a track that has come to its moment stands in a timer of the environment and waits for the next one.
type track struct {
	w   *World
	run string
	in  contract.JourneyInput

	env    *testsuite.TestWorkflowEnvironment
	at     time.Time
	ended  bool
	err    error
	turn   int               // of the timer that is awaited; an earlier one that fires late is none
	rested chan struct{}     // the track gives the word back
	goOn   chan time.Time    // the test gives it; zero = leave
	begun  bool              // the workflow of the present history
	asked  []workflow.Future // activities
	busy   atomic.Int64      // of them, those that run
}

func (w *World) startRun(in contract.JourneyInput) {
	k := &track{w: w, run: in.RunID, in: in, at: w.at, rested: make(chan struct{}), goOn: make(chan time.Time)}
	w.tracks = append(w.tracks, k)
	k.prepare()
	go k.walk()
	k.hears() // the workflow goes as far as it can at this moment
}

// walk runs the workflow, and the ones that it continues as.
func (k *track) walk() {
	defer func() {
		if p := recover(); p != nil {
			k.err = fmt.Errorf("%v", p)
		}
		k.ended = true
		k.rested <- struct{}{}
	}()
	for {
		name, _ := contract.RunWorkflow(k.in.Code)
		k.env.ExecuteWorkflow(name, k.in)
		k.err = k.env.GetWorkflowError()
		var next *workflow.ContinueAsNewError
		if !errors.As(k.err, &next) {
			return
		}
		k.err, k.in = nil, contract.JourneyInput{}
		if k.err = converter.GetDefaultDataConverter().FromPayloads(next.Input, &k.in); k.err != nil {
			return
		}
		k.at = k.env.Now()
		k.prepare()
	}
}

// prepare makes the environment of the next history.
func (k *track) prepare() {
	var suite testsuite.WorkflowTestSuite
	suite.SetDisableRegistrationAliasing(true)
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	k.env = suite.NewTestWorkflowEnvironment()
	k.env.SetTestTimeout(stuck)
	k.env.SetStartTime(k.at)
	k.env.SetWorkerOptions(worker.Options{WorkflowPanicPolicy: worker.FailWorkflow, DeadlockDetectionTimeout: stuck, Interceptors: []interceptor.WorkerInterceptor{&watch{k: k}}})
	k.begun, k.asked = false, nil
	k.w.register(k.env)
	k.w.ticks.Store(&ticker{k.env.Now})
	k.standAt(k.at)
}

// standAt sets the timer at which the track stands still; when it fires, everything before it is done.
func (k *track) standAt(moment time.Time) {
	k.turn++
	k.await(k.turn, max(moment.Sub(k.env.Now()), 0)+1, 0, 0)
}

func (k *track) await(turn int, d time.Duration, idle, looks int) {
	k.env.RegisterDelayedCallback(func() {
		if turn != k.turn {
			return
		}
		if !k.resting(idle) {
			<-time.After(lookAgain) // an activity runs; the next look is at the same moment
			if idle++; k.busy.Load() > 0 {
				idle = 0
			}
			if looks > int(stuck/lookAgain) {
				panic(fmt.Sprintf("nothing has moved for %s", stuck))
			}
			k.await(turn, 1, idle, looks+1)
			return
		}
		k.at = k.env.Now()
		k.rested <- struct{}{}
		next := <-k.goOn
		if next.IsZero() {
			k.turn++
			k.env.CancelWorkflow()
			return
		}
		k.standAt(next)
	}, d)
}

// look makes the track stand still at once, because it owes something that others wait for. An activity calls it.
func (k *track) look() {
	if !k.w.owed.Swap(true) {
		k.env.RegisterDelayedCallback(func() { k.standAt(k.env.Now()) }, 0)
	}
}

// goTo lets the track run up to a moment, or until it has something for others.
func (k *track) goTo(moment time.Time) {
	k.w.ticks.Store(&ticker{k.env.Now})
	k.goOn <- moment
	k.hears()
}

// hears waits until the track has given the word back.
func (k *track) hears() {
	<-k.rested
	k.w.ticks.Store(nil)
	if k.at.After(k.w.at) {
		k.w.at = k.at
	}
	if k.ended && k.err != nil {
		k.w.owed.Store(true)
	}
}

// fails tells why a workflow has failed, without its stack.
func (k *track) fails() error {
	if k.err == nil {
		return nil
	}
	text, _, _ := strings.Cut(k.err.Error(), "\n")
	if i := strings.Index(text, "run "+k.run+": "); i >= 0 {
		text = text[i+len("run "+k.run+": "):]
	}
	return errors.New(text)
}

// register makes known to an environment what a worker makes known to Temporal.
func (w *World) register(env *testsuite.TestWorkflowEnvironment) {
	j := &workflows.Journeys{Documents: w.documents, Code: w.known.Plays(), ContinueEvery: w.ContinueEvery}
	j.Register(env)
	for _, t := range w.known.Types() {
		j.RegisterCode(env, t)
	}
	for name, method := range map[string]any{
		contract.ActivityWakeRun: w.runs.WakeRun, contract.ActivityAdvanceRun: w.runs.AdvanceRun, contract.ActivityResolveWait: w.runs.ResolveWait,
		contract.ActivityDecide: w.runs.Decide, contract.ActivityUpdateCustomer: w.runs.UpdateCustomer, contract.ActivityScoreCustomer: w.scoring.ScoreCustomer,
		contract.ActivitySendMessage: w.messaging.SendMessage, contract.ActivityTrySendMessage: w.messaging.TrySendMessage,
		contract.ActivityPerformStep: w.owing(w.steps.PerformStep), contract.ActivityPerformOutside: w.owing(w.steps.PerformOutside),
	} {
		register(env, name, method)
	}
	for t, step := range w.known.Steps() {
		register(env, contract.CodeActivity(t), w.owing(w.steps.PerformCode(t, step)))
	}
}

func register(r worker.ActivityRegistry, name string, method any) {
	r.RegisterActivityWithOptions(method, activity.RegisterOptions{Name: name})
}

type perform = func(context.Context, contract.PerformInput) (contract.PerformResult, error)

// owing wraps an action whose effect others may have to hear of at once: another journey to be started, an event.
func (w *World) owing(do perform) perform {
	return func(ctx context.Context, in contract.PerformInput) (contract.PerformResult, error) {
		res, err := do(ctx, in)
		for _, k := range w.tracks {
			if k.run == in.RunID && !k.ended {
				k.look()
			}
		}
		return res, err
	}
}

// end leaves every run that is still open, so that nothing of it goes on behind the test.
func (w *World) end() {
	for _, k := range w.tracks {
		if !k.ended {
			k.goTo(time.Time{})
		}
	}
}
