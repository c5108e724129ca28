package kit

import (
	"context"
	"slices"
	"time"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/journey"
)

// Step is a step whose action is Go code. S are its settings, as in Journey. A marketer puts it on the canvas
// as a code step of this type.
type Step[S any] struct {
	Type        string // a-z, 0-9, - and _; it never changes
	Name        string
	Description string
	Defaults    S
	Exits       []string // the ways on beside "next", which an empty exit takes, and "failed"
	// Do does it once, and says by which exit to go on and what conditions of later steps may ask for. It may take minutes;
	// ctx ends when the run no longer wants it. An attempt that was lost is made again: give StepContext.Key to whoever must
	// not do it twice. Refused is an error that trying again does not mend, any other error is tried again.
	Do func(ctx context.Context, about StepContext, settings S) (exit, result string, err error)
}

// StepContext is what Do is told about the run.
type StepContext struct{ ask contract.CodeAsk }

// Key identifies this visit of this run. It is the same at every attempt.
func (c StepContext) Key() string { return c.ask.Key }

// Workspace is the workspace of the run.
func (c StepContext) Workspace() int64 { return c.ask.WorkspaceID }

// Run is the run's id.
func (c StepContext) Run() string { return c.ask.RunID }

// Customer is the customer's id.
func (c StepContext) Customer() string { return c.ask.CustomerID }

// Step is the step's id in the document, and how often the run has come to it.
func (c StepContext) Step() (id string, visit int) { return c.ask.StepID, c.ask.Visit }

// Now is when this attempt began.
func (c StepContext) Now() time.Time { return c.ask.Now }

// Result is the last result of another step of the run; empty when there is none.
func (c StepContext) Result(step string) string { return c.ask.Results[step] }

// Data reads what a template sees: the customer and the run's data. It is personal: keep it out of results and logs.
func (c StepContext) Data(ctx context.Context) (map[string]any, error) { return c.ask.Data(ctx) }

// Refused makes an error that trying again does not mend: the step is left by "failed".
func Refused(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// Attempt makes one attempt at a step as a worker does, for tests. Settings are over the defaults.
func (s Step[S]) Attempt(ctx context.Context, ask contract.CodeAsk) (exit, result string, err error) {
	settings, err := read("step "+s.Type, s.Defaults, ask.Settings)
	if err != nil {
		return "", "", err
	}
	return s.Do(ctx, StepContext{ask}, settings)
}

func (s Step[S]) entry() (entry, error) {
	if !typePattern.MatchString(s.Type) {
		return entry{}, fault.New(fault.Invalid, "%q is not a type of step: 1 to 64 of a-z, 0-9, - and _", s.Type)
	}
	if s.Do == nil {
		return entry{}, fault.New(fault.Invalid, "step %s needs a Do", s.Type)
	}
	for _, e := range s.Exits {
		if !exitPattern.MatchString(e) || e == journey.ExitNext || e == journey.ExitFailed {
			return entry{}, fault.New(fault.Invalid, "%q is not an exit that step %s can declare", e, s.Type)
		}
	}
	schema, err := schemaOf(s.Defaults)
	if err != nil {
		return entry{}, fault.Wrap(fault.Invalid, err, "the settings of step %s", s.Type)
	}
	about := About{Kind: journey.CodeKindStep, Type: s.Type, Name: s.Name, Description: s.Description, Exits: slices.Clone(s.Exits), Settings: schema}
	return entry{codeType: s.Type, about: about, step: &contract.CodeStep{Do: s.Attempt, Exits: slices.Clone(s.Exits)}}, nil
}
