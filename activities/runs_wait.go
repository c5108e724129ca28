package activities

import (
	"cmp"
	"context"
	"slices"
	"time"

	"sojourn/audience"
	"sojourn/audience/match"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// lookBackLimit bounds the events that a wait_for looks at when it is armed.
const lookBackLimit = 500

// defaultDue is how long a task stays open that names no time.
const defaultDue = "P3D"

// ResolveWait finds the end of a wait without persisting anything.
func (r *Runs) ResolveWait(ctx context.Context, in contract.ResolveWaitInput) (contract.WaitAnswer, error) {
	run, err := ids.Parse(in.RunID)
	if err != nil {
		return contract.WaitAnswer{}, failure(ctx, contract.ActivityResolveWait, badID(err))
	}
	answer, _, err := r.resolve(ctx, in.WorkspaceID, run, in.DocHash, in.Wait)
	return answer, failure(ctx, contract.ActivityResolveWait, err)
}

// resolve finds the end of a wait in the zone of the document and, where a step waits for events, those that came already.
// The note says what was seen on the way.
func (r *Runs) resolve(ctx context.Context, workspace int64, run ids.ID, docHash string, q contract.WaitQuestion) (contract.WaitAnswer, storage.WaitNote, error) {
	step, doc, err := r.step(ctx, workspace, docHash, q.StepID)
	if err != nil {
		return contract.WaitAnswer{}, storage.WaitNote{}, err
	}
	who, err := r.Store.RunPerson(ctx, workspace, run)
	if err != nil {
		return contract.WaitAnswer{}, storage.WaitNote{}, err
	}
	w := &question{Runs: r, ctx: ctx, workspace: workspace, run: run, who: who, doc: doc, step: step, q: q,
		reached: time.UnixMicro(q.ReachedAt), loc: zoneOf(doc.Timezone, who)}
	w.note = storage.WaitNote{StepID: q.StepID, Visit: q.Visit, Zone: w.loc.String()}
	answer, err := w.answer()
	return answer, w.note, err
}

// answer finds the end of the wait by the kind of its step.
func (w *question) answer() (contract.WaitAnswer, error) {
	var none contract.WaitAnswer
	r, ctx, workspace, run, who, step, q := w.Runs, w.ctx, w.workspace, w.run, w.who, w.step, w.q
	switch {
	case step.Wait != nil:
		return w.wait(*step.Wait)
	case step.WaitFor != nil:
		answer, err := w.after(step.WaitFor.Timeout)
		if err != nil {
			return none, err
		}
		answer.Exit, answer.EventID, err = r.lookBack(ctx, workspace, run, who, step, q)
		return answer, err
	case step.Collect != nil:
		return w.collect(*step.Collect)
	case step.Task != nil:
		answer, err := w.after(cmp.Or(step.Task.Due, defaultDue))
		if err != nil {
			return none, err
		}
		answer.Exit, answer.EventID, err = r.lookBack(ctx, workspace, run, who, step, q)
		return answer, err
	}
	return none, fault.New(fault.Invalid, "step %s does not wait", step.ID)
}

// zoneOf is the zone in which the days of a document are counted.
func zoneOf(setting string, who storage.RunPerson) *time.Location {
	return journey.ResolveZone(setting, who.CustomerZone, who.WorkspaceZone)
}

// lookBack finds the first event since the horizon that a wait_for or task step waits for and that this run has not applied.
func (r *Runs) lookBack(ctx context.Context, workspace int64, run ids.ID, who storage.RunPerson, step journey.Step, q contract.WaitQuestion) (exit, eventID string, err error) {
	names := []string{journey.EventTaskCompleted}
	if step.WaitFor != nil {
		names = nil
		for _, a := range step.WaitFor.Events {
			names = append(names, a.Event)
		}
	}
	rows, err := r.unapplied(ctx, workspace, run, names, q)
	if err != nil {
		return "", "", err
	}
	for i := range rows {
		if slices.Contains(q.Applied, rows[i].ID.String()) {
			continue
		}
		exit, err := r.fulfils(ctx, workspace, run, who, step, q.Visit, &rows[i], q.Revision, q.Results)
		if err != nil {
			return "", "", err
		}
		if exit != "" {
			d := r.decided(workspace, run, who, step.ID, q.Visit, storage.DecisionEvent, rows[i].ID.String())
			d.Outcome, d.Reason = exit, "came before the wait"
			return exit, rows[i].ID.String(), r.Store.KeepDecision(ctx, d)
		}
	}
	return "", "", nil
}

// unapplied lists the events that a wait looks back at. A run remembers only the last events that it has applied, so in a
// loop that looks back for long the ones before the earliest of them are taken as applied, too: an event that comes to be
// known that late may go by, but none counts twice.
func (r *Runs) unapplied(ctx context.Context, workspace int64, run ids.ID, names []string, q contract.WaitQuestion) ([]models.Event, error) {
	if len(q.Applied) >= journey.AppliedLimit {
		var remembered []ids.ID
		for _, text := range q.Applied {
			if id, err := ids.Parse(text); err == nil { // an operator may have sent any id by hand
				remembered = append(remembered, id)
			}
		}
		first, err := r.Store.EarliestEvent(ctx, workspace, remembered)
		switch {
		case fault.Is(err, fault.NotFound): // all were controls
		case err != nil:
			return nil, err
		case int64(first.OccurredAt) >= q.Horizon:
			return r.Store.RunEventsAfter(ctx, workspace, run, names, first, lookBackLimit)
		}
	}
	return r.Store.RunEvents(ctx, workspace, run, names, time.UnixMicro(q.Horizon), lookBackLimit)
}

// fulfils names the exit of a wait_for or task that an event takes; "" when it takes none.
func (r *Runs) fulfils(ctx context.Context, workspace int64, run ids.ID, who storage.RunPerson, step journey.Step, visit int, event *models.Event, revision int, results map[string]string) (string, error) {
	if step.Task != nil {
		return completed(run, step, visit, event)
	}
	for _, a := range step.WaitFor.Events {
		if a.Event != event.Name {
			continue
		}
		if a.Message != "" {
			if about, err := aboutMessage(event); err != nil || about == "" || a.Message != journey.AnyMessage && a.Message != about {
				if err != nil {
					return "", err
				}
				continue
			}
		}
		if a.Where == nil {
			return a.ExitName(), nil
		}
		holds, err := r.holds(ctx, workspace, run, who, *a.Where, event, revision, results)
		if err != nil {
			return "", err
		}
		if holds {
			return a.ExitName(), nil
		}
	}
	return "", nil
}

// holds holds an event against a condition over it, the customer and the run.
func (r *Runs) holds(ctx context.Context, workspace int64, run ids.ID, who storage.RunPerson, where audience.Condition, event *models.Event, revision int, results map[string]string) (bool, error) {
	prepared, err := match.Prepare(where)
	if err != nil {
		return false, err
	}
	subject, err := r.load(ctx, workspace, run, who, prepared.Expr().Needs(), revision, results)
	if err != nil || subject == nil {
		return false, err
	}
	at, err := storage.EventOf(event)
	if err != nil {
		return false, err
	}
	subject.Event = &at
	return prepared.Holds(subject, r.local(who)), nil
}

// origin is what an event of our own says about the run it is about.
type origin struct {
	Sojourn struct {
		Run  string `json:"run"`
		Step string `json:"step"`
		Send string `json:"send"`
	} `json:"sojourn"`
}

// aboutMessage is the send step of this run whose message the event is about; "" when it is about none. Only our own events
// are believed, and the router brings those to their run alone.
func aboutMessage(event *models.Event) (string, error) {
	if event.SourceID != storage.SourceInternal || len(event.Context) == 0 {
		return "", nil
	}
	var o origin
	if err := event.Context.Into(&o); err != nil {
		return "", err
	}
	if o.Sojourn.Send == "" {
		return "", nil
	}
	return o.Sojourn.Step, nil
}

// completed is the exit of a task step that an event about its completion takes: the outcome, or "done" for one that the
// document does not name. In a loop each visit has a task of its own: what is done late for an earlier one counts no more.
func completed(run ids.ID, step journey.Step, visit int, event *models.Event) (string, error) {
	if event.Name != journey.EventTaskCompleted || event.SourceID != storage.SourceInternal {
		return "", nil
	}
	var done struct {
		Step    string `json:"step"`
		Task    string `json:"task_id"`
		Outcome string `json:"outcome"`
	}
	if err := event.Data.Into(&done); err != nil {
		return "", err
	}
	if done.Step != step.ID || done.Task != "" && done.Task != TaskID(run, step.ID, visit).String() {
		return "", nil
	}
	for _, e := range step.Exits() {
		if e.Name == done.Outcome && e.Name != journey.ExitTimeout {
			return e.Name, nil
		}
	}
	return journey.ExitDone, nil
}

// local is now as conditions want it: it carries the workspace's zone.
func (r *Runs) local(who storage.RunPerson) time.Time {
	loc, err := journey.Zone(cmp.Or(who.WorkspaceZone, "UTC"))
	if err != nil {
		loc = time.UTC
	}
	return r.now().In(loc)
}
