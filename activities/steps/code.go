package steps

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/journey"
)

// beatEvery is how often an attempt at a developer's step says that its worker lives; the workflow waits for a minute.
const beatEvery = 15 * time.Second

// PerformCode makes the activity of one type of developer's step. Its code runs again when an attempt was lost before its
// answer was recorded; after that the record answers.
func (s *Steps) PerformCode(codeType string, step contract.CodeStep) func(context.Context, contract.PerformInput) (contract.PerformResult, error) {
	return func(ctx context.Context, in contract.PerformInput) (contract.PerformResult, error) {
		ctx, done := context.WithCancel(ctx)
		defer done()
		go beat(ctx)
		res, err := s.code(ctx, codeType, step, in)
		return res, activities.Failure(ctx, contract.CodeActivity(codeType), err)
	}
}

func beat(ctx context.Context) {
	if !activity.IsActivity(ctx) {
		return
	}
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			activity.RecordHeartbeat(ctx)
		}
	}
}

func (s *Steps) code(ctx context.Context, codeType string, step contract.CodeStep, in contract.PerformInput) (contract.PerformResult, error) {
	a, err := s.begin(ctx, in)
	if err != nil {
		return contract.PerformResult{}, err
	}
	if d, found, err := s.Store.RecordedDecision(ctx, in.WorkspaceID, a.d.ID); err != nil || found {
		return resultOf(d), err
	}
	if a.who.Halted() {
		return contract.PerformResult{State: contract.PerformHalted}, nil
	}
	if a.step.Code == nil || a.step.Code.Type != codeType {
		return contract.PerformResult{}, fault.New(fault.Invalid, "step %s is not of type %s", in.StepID, codeType)
	}
	if in.Control {
		return s.keep(ctx, a, answer{exit: journey.ExitSkipped, result: ResultControl, reason: "control"})
	}
	settings, err := json.Marshal(a.step.Code.Settings)
	if err != nil {
		return contract.PerformResult{}, fault.Wrap(fault.Invalid, err, "settings of step %s", in.StepID)
	}
	saved := map[string]any{}
	exit, result, err := step.Do(ctx, contract.CodeAsk{
		Key: a.d.ID.String(), WorkspaceID: in.WorkspaceID, RunID: in.RunID, CustomerID: a.who.CustomerID.String(), StepID: in.StepID, Visit: in.Visit,
		Now: a.now, Results: in.Results, Settings: settings,
		Data: func(ctx context.Context) (map[string]any, error) {
			t, err := s.texts(ctx, a)
			return t.data, err
		},
		Save: func(name string, value any) { saved[name] = value },
	})
	switch {
	case err != nil && fault.Retryable(err):
		return contract.PerformResult{}, err
	case err != nil: // for good: the reader finds the kind in the record, the whole error is in the log
		_ = activities.Failure(ctx, contract.CodeActivity(codeType), err)
		return s.keep(ctx, a, answer{exit: journey.ExitFailed, result: journey.ExitFailed, reason: string(fault.KindOf(err))})
	case exit == "":
		exit = journey.ExitNext
	case exit != journey.ExitNext && exit != journey.ExitFailed && !slices.Contains(step.Exits, exit):
		return contract.PerformResult{}, fault.New(fault.Invalid, "the code of type %s took the exit %q, which it does not declare", codeType, exit)
	}
	if len(saved) == 0 {
		return s.keep(ctx, a, answer{exit: exit, result: result})
	}
	d, revision, err := s.Store.ReviseContext(ctx, a.in.WorkspaceID, a.run, saved, a.record(answer{exit: exit, result: result}, nil))
	if err != nil {
		return contract.PerformResult{}, err
	}
	kept := resultOf(d)
	kept.Revision = revision
	return kept, nil
}
