package workflows

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/journey"
)

// RegisterCode makes the workflow of a code journey known to a worker that polls the journey's own queue. It is the same
// shell with the same machine: only what comes next is said by the code.
func (j *Journeys) RegisterCode(r worker.WorkflowRegistry, journeyType string) {
	r.RegisterWorkflowWithOptions(j.run, workflow.RegisterOptions{Name: contract.CodeWorkflow(journeyType)})
}

// player runs the code of a journey in a coroutine of its own. It has the word only while the shell waits for what comes
// next, so that state is never changed behind the shell's back.
type player struct {
	r       *run
	ctx     workflow.Context // of the coroutine
	turn    bool             // the code may go on
	asked   *journey.Called  // the step that it asks for
	ended   bool
	outcome string
	visits  map[string]int // of each step, as the code has asked for them
	used    int            // answers since the checkpoint that it has been given
}

// next asks the code what comes next. After a restart, a reset or a new history the code begins again and is answered from
// the state until it comes to where the run is.
func (j *Journeys) next(r *run) {
	if r.player == nil {
		ref := r.program.Doc.Code
		play := j.Code[ref.Type]
		if play == nil {
			panic(fmt.Sprintf("run %s: this worker has no journey of type %q", r.in.RunID, ref.Type))
		}
		settings, err := json.Marshal(ref.Settings)
		if err != nil {
			panic(fmt.Sprintf("run %s: settings: %v", r.in.RunID, err))
		}
		p := &player{r: r, visits: maps.Clone(r.state.Code.Base)}
		if p.visits == nil {
			p.visits = map[string]int{}
		}
		r.player = p
		workflow.GoNamed(r.ctx, "code of the journey", func(ctx workflow.Context) {
			p.ctx = ctx
			p.outcome = play(p, settings)
			p.ended = true
		})
	}
	p := r.player
	p.turn = true
	_ = workflow.Await(r.ctx, func() bool { return p.asked != nil || p.ended })
	p.turn = false
	if p.asked == nil {
		r.feed(journey.Returned{Outcome: p.outcome})
		return
	}
	call := *p.asked
	p.asked = nil
	r.feed(call)
}

// Call implements contract.CodeEngine.
func (p *player) Call(step string, until time.Time) contract.CodeAnswer {
	p.visits[step]++
	visit := p.visits[step]
	a, ok := p.r.state.Code.Answered(step, visit)
	if !ok {
		if p.used < len(p.r.state.Code.Calls) {
			// The run has been elsewhere: its code was changed without Changed. It waits for code that knows its way.
			panic(fmt.Sprintf("run %s: its code asks for step %q, visit %d, but the run went another way (%s, visit %d)", p.r.in.RunID, step, visit,
				p.r.state.Code.Calls[p.used].Step, p.r.state.Code.Calls[p.used].Visit))
		}
		call := journey.Called{Step: step}
		if !until.IsZero() {
			call.Until = until.UnixMicro()
		}
		p.asked = &call
		_ = workflow.Await(p.ctx, func() bool {
			if p.turn {
				a, ok = p.r.state.Code.Answered(step, visit)
			}
			return ok
		})
	}
	p.used++
	return contract.CodeAnswer{Exit: a.Exit, Result: a.Result, At: time.UnixMicro(a.At).UTC()}
}

// Now implements contract.CodeEngine: the moment of the last answer that the code has been given.
func (p *player) Now() time.Time {
	at := p.r.state.Code.Began
	if p.used > 0 {
		at = p.r.state.Code.Calls[p.used-1].At
	}
	return time.UnixMicro(at).UTC()
}

// Changed implements contract.CodeEngine.
func (p *player) Changed(id string) bool {
	if way, known := p.r.state.Code.Changes[id]; known {
		return way
	}
	// Answers that lie ahead were given to code without the change. The version marker says the same for a history that is
	// replayed.
	way := p.used == len(p.r.state.Code.Calls) && workflow.GetVersion(p.ctx, "code/"+id, workflow.DefaultVersion, 1) == 1
	p.r.feed(journey.WayTaken{ID: id, New: way})
	return way
}

// Keep implements contract.CodeEngine.
func (p *player) Keep(data json.RawMessage) {
	if p.used < len(p.r.state.Code.Calls) {
		return // it was not there when the run passed here
	}
	p.r.feed(journey.Checkpoint{Data: data})
	p.used = 0
}

// Kept implements contract.CodeEngine.
func (p *player) Kept() json.RawMessage { return p.r.state.Code.Saved }

// RunID implements contract.CodeEngine.
func (p *player) RunID() string { return p.r.in.RunID }
