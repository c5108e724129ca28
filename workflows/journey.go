package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/journey"
)

// Limits after which a run continues as new, whatever the server suggests: the server does not count signals.
const (
	maxSignals = 1000
	maxEvents  = 2000
	maxAge     = 30 * 24 * time.Hour
)

// Journeys is the Journey workflow with what it needs. Nothing in it may change while runs are open.
type Journeys struct {
	Documents     Documents
	Code          map[string]contract.CodePlay // code journeys by type
	ContinueEvery int                          // tests: continue as new after so many wake-ups; 0 = never by this rule
}

// Register makes the workflow known to a worker under its wire name. The worker must keep the panic policy
// BlockWorkflow (the default): a run that this code can't walk waits for better code instead of failing.
func (j *Journeys) Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(j.run, workflow.RegisterOptions{Name: contract.WorkflowJourney})
}

// run is one customer's pass through a published document: the shell around journey.Program. It does what is due in the
// state, feeds the answer back, and sleeps when nothing is.
func (j *Journeys) run(ctx workflow.Context, in contract.JourneyInput) error {
	r := j.setup(ctx, in)
	for {
		r.takeSignals()
		if r.over {
			return r.finish(ctx)
		}
		switch due := r.program.Due(r.state); due.Kind {
		case journey.EffectAct:
			if r.cleared() {
				r.act(due)
			}
		case journey.EffectCode:
			j.next(r)
		case journey.EffectMatch:
			r.match(due)
		case journey.EffectResolve:
			if next, ok := j.rollOver(ctx, r); ok {
				return next
			}
			if !r.over {
				r.breathe()
				r.waits++
				r.resolve(due)
			}
		case journey.EffectHold:
			r.hold()
		case journey.EffectSleep:
			if !due.Deadline.After(workflow.Now(ctx)) {
				r.timer()
				continue
			}
			r.persist(contract.AdvanceInput{WakeAt: due.Deadline.UnixMicro()})
			if r.over {
				continue
			}
			if j.continueDue(ctx, r) {
				if next, ok := r.continueAsNew(ctx); ok {
					return next
				}
				continue
			}
			r.sleep(due.Deadline)
		case journey.EffectFinish:
			r.end()
		}
	}
}

// run is the shell's own state. Everything that has to outlive the workflow is in state.
type run struct {
	ctx     workflow.Context // not cancelled with the workflow: a cancelled run still records its end
	done    workflow.Channel // closed when the workflow is cancelled
	in      contract.JourneyInput
	program *journey.Program

	documents Documents // for a move to another version

	state journey.State
	seq   int64
	left  []contract.LeftStep
	dirty bool // the state was changed since it was persisted
	fresh bool // in this wake-up the run has been told that it may act; what acts may say that this is over
	over  bool // nothing more is to be done: ended, or taken over by another workflow

	events   workflow.ReceiveChannel
	controls workflow.ReceiveChannel
	requests workflow.Channel // updates, as *request
	inbox    []any            // signals and requests that were received and not yet taken
	alarm    *alarm
	signals  int
	wakeups  int
	waits    int // that were resolved in this history
	sprint   int // and of those since the run rested
	canceled bool
	player   *player // the code of a code journey, once it was asked for
}

func (j *Journeys) setup(ctx workflow.Context, in contract.JourneyInput) *run {
	// The document is code: read by its hash, never from the history. Failing here fails the workflow task, not the run.
	program, err := j.Documents.Program(in.WorkspaceID, in.DocHash) //workflowcheck:ignore
	if err != nil {
		panic(fmt.Sprintf("run %s: %v", in.RunID, err))
	}
	state, err := journey.LoadState(in.State, in.Logic, time.UnixMicro(in.StartedAt))
	if err != nil {
		panic(fmt.Sprintf("run %s: %v", in.RunID, err))
	}
	info := workflow.GetInfo(ctx)
	state.Owner = info.WorkflowExecution.RunID
	reset := info.OriginalRunID != "" && info.OriginalRunID != info.WorkflowExecution.RunID
	detached, _ := workflow.NewDisconnectedContext(ctx)
	r := &run{
		ctx: detached, done: workflow.NewChannel(detached), in: in, program: program, documents: j.Documents, state: state, seq: in.Seq,
		// The router has let a new run in just now. A workflow that was reset has to ask first.
		fresh:  state.Phase == journey.PhaseNew && !reset,
		events: workflow.GetSignalChannel(ctx, contract.SignalEvent), controls: workflow.GetSignalChannel(ctx, contract.SignalControl),
		requests: workflow.NewBufferedChannel(detached, 64),
	}
	r.serve(ctx)
	workflow.Go(detached, func(gctx workflow.Context) {
		_ = ctx.Done().Receive(gctx, nil)
		r.canceled = true
		r.done.Close()
	})
	r.feed(journey.Entered{})
	return r
}

// feed gives the machine one input and notes what it changed.
func (r *run) feed(in journey.Input) {
	before := r.state
	after, out, err := r.program.Step(before, in, workflow.Now(r.ctx))
	if err != nil {
		panic(fmt.Sprintf("run %s: %v", r.in.RunID, err)) // blocks the run until better code comes
	}
	r.state = after
	for _, l := range out.Left {
		r.left = append(r.left, contract.LeftStep{
			Seq: l.Seq, StepID: l.Step, Visit: l.Visit, Exit: l.Exit, Next: l.Next, EnteredAt: l.EnteredAt, LeftAt: l.LeftAt,
		})
	}
	r.dirty = r.dirty || string(before.JSON()) != string(after.JSON())
}

// finish waits for those who have asked something of the run and leaves.
func (r *run) finish(ctx workflow.Context) error {
	r.answerAll()
	_ = workflow.Await(r.ctx, func() bool { return workflow.AllHandlersFinished(r.ctx) })
	if r.canceled {
		return ctx.Err()
	}
	return nil
}
