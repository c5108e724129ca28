package steps

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"sojourn/activities"
	"sojourn/channels"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/loyalty"
	"sojourn/models"
	"sojourn/outbound"
	"sojourn/storage"
)

// ResultControl is the result of every action of a run that is held out.
const ResultControl = "skipped(control)"

// Store is what steps need of the database.
type Store interface {
	storage.Steps
	storage.JourneyEntries
	// Of storage.Runs, Sends, Journeys and Users.
	RunPerson(ctx context.Context, workspace int64, run ids.ID) (storage.RunPerson, error)
	RunEvents(ctx context.Context, workspace int64, run ids.ID, names []string, since time.Time, limit int) ([]models.Event, error)
	Prepare(ctx context.Context, ask storage.SendAsk) (storage.SendSubject, error)
	JourneyByKey(ctx context.Context, workspace int64, key string) (models.Journey, error)
	Members(ctx context.Context, workspace int64) ([]storage.Member, error)
}

// Steps are the activities PerformStep and PerformOutside.
type Steps struct {
	Store    Store
	Runs     *activities.Runs // documents and conditions
	Loyalty  loyalty.Program
	Engine   *content.Engine
	Caller   *outbound.Caller
	Secrets  *outbound.Secrets
	Notices  channels.Sender  // mails to colleagues
	AdminURL string           // where colleagues find the admin UI, without a slash at the end
	Now      func() time.Time // nil = time.Now
}

// Validate refuses an incomplete Steps.
func (s *Steps) Validate() error {
	if s.Store == nil || s.Runs == nil || s.Loyalty == nil || s.Engine == nil || s.Caller == nil || s.Secrets == nil || s.Notices == nil {
		return fault.New(fault.Invalid, "the steps lack a store, the loyalty programme, the template engine or the way out")
	}
	return nil
}

func (s *Steps) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now() //nolint:forbidigo // the edge of the program
}

// PerformStep does what a step does inside our own database.
func (s *Steps) PerformStep(ctx context.Context, in contract.PerformInput) (contract.PerformResult, error) {
	res, err := s.perform(ctx, in)
	return res, activities.Failure(ctx, contract.ActivityPerformStep, err)
}

// PerformOutside does what a step does elsewhere.
func (s *Steps) PerformOutside(ctx context.Context, in contract.PerformInput) (contract.PerformResult, error) {
	res, err := s.perform(ctx, in)
	return res, activities.Failure(ctx, contract.ActivityPerformOutside, err)
}

// action is one action under way.
type action struct {
	in   contract.PerformInput
	run  ids.ID
	step journey.Step
	doc  *journey.Document
	who  storage.RunPerson
	now  time.Time
	d    models.Decision // to be kept; its outcome is the exit
}

// answer is what an action came to.
type answer struct {
	exit, result, reason string
	revision             int
	until                int64     // collect: what occurred before has been looked at
	retry                time.Time // set: not yet, again then
	kept                 bool      // the decision is written
}

func (s *Steps) perform(ctx context.Context, in contract.PerformInput) (contract.PerformResult, error) {
	a, err := s.begin(ctx, in)
	if err != nil {
		return contract.PerformResult{}, err
	}
	if d, found, err := s.Store.RecordedDecision(ctx, in.WorkspaceID, a.d.ID); err != nil || found {
		return resultOf(d), err
	}
	if a.who.Halted() { // a run that is awake does not hear of a pause
		return contract.PerformResult{State: contract.PerformHalted}, nil
	}
	if in.Control && a.step.Kind != journey.StepSplit && a.step.Kind != journey.StepCollect {
		return s.keep(ctx, a, answer{exit: nothingHappened(a.step), result: ResultControl, reason: "control"})
	}
	do, ok := map[journey.StepKind]func(context.Context, *action) (answer, error){
		journey.StepSplit: s.split, journey.StepUpdate: s.update, journey.StepCollect: s.collect, journey.StepEnter: s.enter, journey.StepOffer: s.offer,
		journey.StepReward: s.reward, journey.StepTask: s.task, journey.StepNotify: s.notify, journey.StepWebhook: s.webhook,
	}[a.step.Kind]
	if !ok {
		return contract.PerformResult{}, fault.New(fault.Invalid, "step %s (%s) has no action here", in.StepID, a.step.Kind)
	}
	out, err := do(ctx, a)
	var broken *content.Error
	if errors.As(err, &broken) { // a text that fails for this customer must not hold his run for ever
		slog.WarnContext(ctx, "the text of a step failed", "run", in.RunID, "step", in.StepID, "part", broken.Part, "line", broken.Line)
		out, err = answer{exit: nothingHappened(a.step), result: journey.ExitFailed, reason: "render_error"}, nil
		if a.step.Kind == journey.StepWebhook {
			out.exit = journey.ExitFailed
		}
	}
	switch {
	case err != nil:
		return contract.PerformResult{}, err
	case !out.retry.IsZero():
		return contract.PerformResult{State: contract.PerformRetry, Reason: out.reason, At: out.retry.UnixMicro()}, nil
	case out.kept:
		return contract.PerformResult{State: contract.PerformDone, Exit: out.exit, Result: out.result, Reason: out.reason, Revision: out.revision, Until: out.until}, nil
	}
	return s.keep(ctx, a, out)
}

func (s *Steps) begin(ctx context.Context, in contract.PerformInput) (*action, error) {
	a := &action{in: in, now: s.now()}
	var err error
	if a.run, err = ids.Parse(in.RunID); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "not an id")
	}
	if a.step, a.doc, err = activities.StepOf(ctx, s.Runs, in.WorkspaceID, in.DocHash, in.StepID); err != nil {
		return nil, err
	}
	if a.who, err = s.Store.RunPerson(ctx, in.WorkspaceID, a.run); err != nil {
		return nil, err
	}
	kind := string(a.step.Kind)
	a.d = models.Decision{ID: activities.DecisionID(a.run, in.StepID, in.Visit, kind), WorkspaceID: in.WorkspaceID, CustomerID: a.who.CustomerID, RunID: a.run, JourneyID: a.who.JourneyID,
		StepID: in.StepID, Kind: kind, Detail: models.JSON("{}"), At: models.At(a.now)}
	return a, nil
}

// nothingHappened is the way on of a step that did nothing. A task that nobody is given waits like any other.
func nothingHappened(step journey.Step) string {
	switch step.Kind {
	case journey.StepOffer, journey.StepReward, journey.StepWebhook:
		return journey.ExitOK
	case journey.StepTask:
		return journey.ExitPending
	}
	return journey.ExitNext
}

// detail is what a record keeps so that it can be answered again.
type detail struct {
	Exit     string `json:"exit,omitempty"`
	Result   string `json:"result,omitempty"`
	Revision int    `json:"revision,omitempty"`
	Until    int64  `json:"until,omitempty"`
}

// record fills the decision with an answer, beside further facts for the reader.
func (a *action) record(out answer, facts map[string]any) models.Decision {
	d := a.d
	d.Outcome, d.Reason = out.exit, out.reason
	if out.result == ResultControl {
		d.Outcome = journey.ExitSkipped
	}
	all := map[string]any{"exit": out.exit, "result": out.result}
	if out.until != 0 {
		all["until"] = out.until
	}
	for k, v := range facts {
		all[k] = v
	}
	d.Detail = models.ToJSON(all)
	return d
}

func (s *Steps) keep(ctx context.Context, a *action, out answer) (contract.PerformResult, error) {
	d := a.record(out, nil)
	return resultOf(d), s.Store.KeepDecision(ctx, d)
}

// resultOf answers from a record.
func resultOf(d models.Decision) contract.PerformResult {
	var kept detail
	_ = d.Detail.Into(&kept) // our own column: an object
	res := contract.PerformResult{State: contract.PerformDone, Exit: cmp.Or(kept.Exit, d.Outcome), Result: cmp.Or(kept.Result, d.Outcome), Reason: d.Reason, Revision: kept.Revision, Until: kept.Until}
	switch {
	case d.Kind == storage.DecisionOffer && d.Outcome == journey.ExitNoneLeft:
		res.Exit, res.Result = d.Outcome, d.Outcome
	case d.Kind == storage.DecisionUpdate:
		res.Exit = journey.ExitNext
		if d.Reason != "control" {
			res.Result = d.Outcome
		}
	}
	return res
}

// from answers with a record that the store has written.
func from(d models.Decision) answer {
	r := resultOf(d)
	return answer{exit: r.Exit, result: r.Result, reason: r.Reason, revision: r.Revision, until: r.Until, kept: true}
}

// texts renders Liquid over the customer and the run's context: one line, or many. One engine, one budget: content's.
type texts struct {
	engine *content.Engine
	data   map[string]any
}

func (s *Steps) texts(ctx context.Context, a *action) (texts, error) {
	subject, err := s.Store.Prepare(ctx, storage.SendAsk{Workspace: a.in.WorkspaceID, Customer: a.who.CustomerID, Run: a.run})
	return texts{s.Engine, activities.Bindings(subject, "", a.now)}, err
}

func (t texts) line(source string) (string, error) {
	if source == "" {
		return "", nil
	}
	tpl, err := content.Compile(content.Source{Channel: "text", Subject: source, Body: "-"})
	if err != nil {
		return "", err
	}
	m, err := t.engine.Message(tpl, t.data, false)
	return m.Subject, err
}

// block renders a text of many lines. The stop at its end lets it be empty.
func (t texts) block(source string) (string, error) {
	tpl, err := content.Compile(content.Source{Channel: "text", Body: source + stop})
	if err != nil {
		return "", err
	}
	m, err := t.engine.Message(tpl, t.data, false)
	return strings.TrimSpace(strings.TrimSuffix(m.Text, stop)), err
}

const stop = "\n\u2063"
