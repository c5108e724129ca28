package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/journey"
)

// alarm is the timer of the present wait. It is kept over wake-ups that do not move the deadline.
type alarm struct {
	deadline time.Time
	future   workflow.Future
	cancel   workflow.CancelFunc
	fired    bool
}

// sleep waits for the deadline (zero: none) or the next signal, whichever comes first. It is the one place where a run
// rests.
func (r *run) sleep(deadline time.Time) {
	sel := workflow.NewSelector(r.ctx)
	if a := r.arm(deadline); a != nil {
		sel.AddFuture(a.future, func(f workflow.Future) { a.fired = f.Get(r.ctx, nil) == nil })
	}
	r.listen(sel)
	sel.Select(r.ctx)
	r.wakeups++
	r.sprint = 0
	r.fresh = false
}

// arm sets the timer for a deadline, or keeps the one that is set for it.
func (r *run) arm(deadline time.Time) *alarm {
	if r.alarm != nil && (r.alarm.fired || !r.alarm.deadline.Equal(deadline)) {
		r.disarm()
	}
	if r.alarm == nil && !deadline.IsZero() {
		ctx, cancel := workflow.WithCancel(r.ctx)
		summary := "wait at " + r.state.Step
		if r.state.Armed.Retry {
			summary = "try " + r.state.Step + " again"
		}
		r.alarm = &alarm{
			deadline: deadline, cancel: cancel,
			future: workflow.NewTimerWithOptions(ctx, deadline.Sub(workflow.Now(r.ctx)), workflow.TimerOptions{Summary: summary}),
		}
	}
	return r.alarm
}

// disarm takes the timer back, so that a run that does something else is not woken by it.
func (r *run) disarm() {
	if r.alarm != nil {
		r.alarm.cancel()
		r.alarm = nil
	}
}

// listen puts whatever comes from outside into the inbox.
func (r *run) listen(sel workflow.Selector) {
	sel.AddReceive(r.events, func(c workflow.ReceiveChannel, _ bool) {
		var ev contract.EventSignal
		c.Receive(r.ctx, &ev)
		r.inbox = append(r.inbox, ev)
	})
	sel.AddReceive(r.controls, func(c workflow.ReceiveChannel, _ bool) {
		var control contract.ControlSignal
		c.Receive(r.ctx, &control)
		r.inbox = append(r.inbox, control)
	})
	sel.AddReceive(r.requests, func(c workflow.ReceiveChannel, _ bool) {
		var q *request
		c.Receive(r.ctx, &q)
		r.inbox = append(r.inbox, q)
	})
	if !r.canceled {
		sel.AddReceive(r.done, func(workflow.ReceiveChannel, bool) {})
	}
}

// collect moves everything that has arrived into the inbox, without waiting.
func (r *run) collect() {
	for {
		var (
			ev      contract.EventSignal
			control contract.ControlSignal
			q       *request
		)
		switch {
		case r.events.ReceiveAsync(&ev):
			r.inbox = append(r.inbox, ev)
		case r.controls.ReceiveAsync(&control):
			r.inbox = append(r.inbox, control)
		case r.requests.ReceiveAsync(&q):
			r.inbox = append(r.inbox, q)
		default:
			return
		}
	}
}

// takeSignals feeds what has come from outside to the machine, in the order of its arrival, before anything else is
// done: an exit that is here already comes before the next message.
func (r *run) takeSignals() {
	r.collect()
	for len(r.inbox) > 0 && !r.over {
		next := r.inbox[0]
		r.inbox = r.inbox[1:]
		switch s := next.(type) {
		case contract.EventSignal:
			r.signals++
			r.feed(journey.EventArrived{Event: journey.Event{
				ID: s.EventID, Name: s.Name, OccurredAt: s.OccurredAt, Revision: s.Revision, Exit: s.Exit, Goal: s.Goal,
			}})
		case contract.ControlSignal:
			r.signals++
			r.control(s)
		case *request:
			r.feed(s.input)
			s.answer()
		}
	}
	if r.canceled && !r.state.Done() {
		r.feed(journey.Stopped{Reason: "workflow cancelled"})
	}
}

func (r *run) control(s contract.ControlSignal) {
	switch s.Kind {
	case contract.ControlStop:
		r.feed(journey.Stopped{Reason: "stopped"})
	case contract.ControlResume:
		r.resume()
	case contract.ControlSkipWait:
		r.feed(journey.WaitSkipped{ID: s.ID, Step: s.Step})
	case contract.ControlHold:
		r.feed(journey.Held{ID: s.ID})
	case contract.ControlRelease:
		r.feed(journey.Released{ID: s.ID})
	case contract.ControlRetry:
		r.feed(journey.Retried{ID: s.ID, Step: s.Step})
	case contract.ControlMove:
		r.move(s.ID)
	}
}

// endingAhead reports that something in the inbox will end the run.
func (r *run) endingAhead() bool {
	goalEnds := r.program.Doc.Goal != nil && !r.program.Doc.Goal.Continue
	for _, next := range r.inbox {
		switch s := next.(type) {
		case contract.EventSignal:
			if s.Exit > 0 || s.Goal && goalEnds {
				return true
			}
		case contract.ControlSignal:
			if s.Kind == contract.ControlStop {
				return true
			}
		case *request:
			if _, stop := s.input.(journey.Stopped); stop {
				return true
			}
		}
	}
	return r.canceled
}

// request is an update: it asks for an input and waits until the machine has taken it.
type request struct {
	input journey.Input
	taken bool
}

func (q *request) answer() { q.taken = true }

// serve answers the query and the updates that Temporal Web offers.
func (r *run) serve(ctx workflow.Context) {
	must(workflow.SetQueryHandlerWithOptions(ctx, contract.QueryState, func() (contract.RunView, error) { return r.view(), nil },
		workflow.QueryHandlerOptions{Description: "Where the run is and what it waits for."}))
	ask := func(ctx workflow.Context, in journey.Input) (contract.RunView, error) {
		q := &request{input: in}
		r.requests.Send(ctx, q)
		err := workflow.Await(ctx, func() bool { return q.taken || r.over })
		return r.view(), err
	}
	must(workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateSkipWait,
		func(ctx workflow.Context) (contract.RunView, error) { return ask(ctx, journey.WaitSkipped{}) },
		workflow.UpdateHandlerOptions{Description: "Ends the present wait at once.", Validator: func() error {
			if p := r.state.Phase; p != journey.PhaseWait && p != journey.PhaseResolve && p != journey.PhaseMatch {
				return temporal.NewApplicationError("the run is not waiting", "conflict")
			}
			return nil
		}}))
	must(workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateStop,
		func(ctx workflow.Context) (contract.RunView, error) {
			return ask(ctx, journey.Stopped{Reason: "stopped in Temporal"})
		},
		workflow.UpdateHandlerOptions{Description: "Ends the run."}))
}

// must is for handler registrations, which fail only on a name that is taken.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// answerAll lets nobody wait for a run that has ended.
func (r *run) answerAll() {
	r.collect()
	for _, next := range r.inbox {
		if q, ok := next.(*request); ok {
			q.answer()
		}
	}
	r.inbox = nil
}

// view is what may be shown of a run: ids, step names and times.
func (r *run) view() contract.RunView {
	v := contract.RunView{RunID: r.in.RunID, Version: r.in.Version, Step: r.state.Step, Applied: len(r.state.Applied), Outcome: r.state.Outcome,
		Revision: r.state.Revision, Paused: r.state.Paused, Held: r.state.Held}
	switch due := r.program.Due(r.state); due.Kind {
	case journey.EffectSleep:
		v.Waiting, v.Until = "for the time", due.Deadline
		switch due.Step.Kind {
		case journey.StepWaitFor:
			v.Waiting = "for an event"
		case journey.StepCollect:
			v.Waiting = "and gathering events"
		case journey.StepTask:
			v.Waiting = "for somebody to complete the task"
		}
		if r.state.Armed.Retry {
			v.Waiting = "to try again"
		}
	case journey.EffectHold:
		v.Waiting = "for the end of the pause"
		if r.state.Held {
			v.Waiting = "to be released"
		}
	case journey.EffectAct:
		v.Waiting = fmt.Sprintf("for the %s", due.Step.Kind)
	}
	return v
}

// describe shows in Temporal Web where the run is.
func (r *run) describe() {
	v := r.view()
	text := fmt.Sprintf("Journey **%s**, version %d. ", r.in.JourneyKey, r.in.Version)
	switch {
	case v.Outcome != "":
		text += fmt.Sprintf("Ended: **%s**.", v.Outcome)
	default:
		text += fmt.Sprintf("At step **%s**", v.Step)
		if step := r.program.Find(v.Step); step != nil && step.Name != "" {
			text += " (" + step.Name + ")"
		}
		if v.Waiting != "" {
			text += ", waiting " + v.Waiting
		}
		if !v.Until.IsZero() {
			text += ", until " + v.Until.Format(time.RFC3339)
		}
		text += "."
	}
	workflow.SetCurrentDetails(r.ctx, text)
}
