package activities

import (
	"cmp"
	"context"
	"slices"
	"time"

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

// ResolveWait finds the end of a wait without persisting anything.
func (r *Runs) ResolveWait(ctx context.Context, in contract.ResolveWaitInput) (contract.WaitAnswer, error) {
	run, err := ids.Parse(in.RunID)
	if err != nil {
		return contract.WaitAnswer{}, failure(ctx, contract.ActivityResolveWait, badID(err))
	}
	answer, err := r.resolve(ctx, in.WorkspaceID, run, in.DocHash, in.Wait)
	return answer, failure(ctx, contract.ActivityResolveWait, err)
}

// resolve finds the end of a wait in the zone of the document and, for a wait_for, an event that came already.
func (r *Runs) resolve(ctx context.Context, workspace int64, run ids.ID, docHash string, q contract.WaitQuestion) (contract.WaitAnswer, error) {
	var none contract.WaitAnswer
	step, doc, err := r.step(ctx, workspace, docHash, q.StepID)
	if err != nil {
		return none, err
	}
	who, err := r.Store.RunPerson(ctx, workspace, run)
	if err != nil {
		return none, err
	}
	loc, reached := zoneOf(doc.Timezone, who), time.UnixMicro(q.ReachedAt)
	switch {
	case step.Wait != nil:
		at, err := journey.WaitUntil(*step.Wait, reached, q.Visit, loc)
		if err != nil {
			return none, fault.Wrap(fault.Invalid, err, "the wait of step %s can't be read", step.ID)
		}
		return contract.WaitAnswer{Deadline: at.UnixMicro()}, nil
	case step.WaitFor != nil:
		d, err := journey.ParseDuration(step.WaitFor.Timeout)
		if err != nil {
			return none, fault.Wrap(fault.Invalid, err, "the timeout of step %s can't be read", step.ID)
		}
		answer := contract.WaitAnswer{Deadline: d.AddTo(reached, loc).UnixMicro()}
		answer.Exit, answer.EventID, err = r.lookBack(ctx, workspace, run, who, step, q)
		return answer, err
	}
	return none, fault.New(fault.Invalid, "step %s does not wait", step.ID)
}

// zoneOf is the zone in which the days of a document are counted. A name that nobody knows falls back to the workspace's,
// then to UTC: a wrong profile must not stop a run.
func zoneOf(setting string, who storage.RunPerson) *time.Location {
	names := []string{who.CustomerZone, who.WorkspaceZone}
	switch setting {
	case "", journey.ZoneCustomer:
	case journey.ZoneWorkspace:
		names = names[1:]
	default:
		names = append([]string{setting}, who.WorkspaceZone)
	}
	for _, n := range names {
		if loc, err := journey.Zone(n); err == nil {
			return loc
		}
	}
	return time.UTC
}

// lookBack finds the first event since the horizon that the step waits for and that this run has not applied.
func (r *Runs) lookBack(ctx context.Context, workspace int64, run ids.ID, who storage.RunPerson, step journey.Step, q contract.WaitQuestion) (exit, eventID string, err error) {
	var names []string
	for _, a := range step.WaitFor.Events {
		names = append(names, a.Event)
	}
	rows, err := r.Store.RunEvents(ctx, workspace, run, names, time.UnixMicro(q.Horizon), lookBackLimit)
	if err != nil {
		return "", "", err
	}
	for i := range rows {
		if slices.Contains(q.Applied, rows[i].ID.String()) {
			continue
		}
		exit, err := r.fulfils(ctx, workspace, run, who, step, &rows[i], q.Revision, q.Results)
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

// fulfils names the exit of a wait_for that an event takes; "" when no condition holds.
func (r *Runs) fulfils(ctx context.Context, workspace int64, run ids.ID, who storage.RunPerson, step journey.Step, event *models.Event, revision int, results map[string]string) (string, error) {
	for _, a := range step.WaitFor.Events {
		if a.Event != event.Name {
			continue
		}
		if a.Where == nil {
			return a.ExitName(), nil
		}
		prepared, err := match.Prepare(*a.Where)
		if err != nil {
			return "", err
		}
		subject, err := r.load(ctx, workspace, run, who, prepared.Expr().Needs(), revision, results)
		if err != nil || subject == nil {
			return "", err
		}
		at, err := storage.EventOf(event)
		if err != nil {
			return "", err
		}
		subject.Event = &at
		if prepared.Holds(subject, r.local(who)) {
			return a.ExitName(), nil
		}
	}
	return "", nil
}

// local is now as conditions want it: it carries the workspace's zone.
func (r *Runs) local(who storage.RunPerson) time.Time {
	loc, err := journey.Zone(cmp.Or(who.WorkspaceZone, "UTC"))
	if err != nil {
		loc = time.UTC
	}
	return r.now().In(loc)
}
