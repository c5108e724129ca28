package kit

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/journey"
)

// Journey is a journey whose order of steps is said by Go code. S are its settings: a struct that JSON can hold. Marketers
// see them as a form; tags of the fields say what it shows: json (the name), title and doc (label and explanation), enum
// (words with commas between), minimum and maximum, and format for text that is more than text: duration, date, time, uri, or the
// key of a template, offer or audience.
type Journey[S any] struct {
	Type        string // a-z, 0-9, - and _; it names the workflow type and never changes
	Name        string
	Description string
	Defaults    S
	// Document gives entry, goal, exits and the steps that Play may ask for. Type and settings are filled in.
	Document func(settings S) journey.Document
	// Play says what comes next and returns the outcome of the run; empty is "completed".
	Play func(r *Run, settings S) (outcome string)
}

// Definition is what a Registry takes: a Journey or a Step of any settings.
type Definition interface{ entry() (entry, error) }

type entry struct {
	codeType string
	about    About
	step     *contract.CodeStep // of a step; a journey has the two below
	play     contract.CodePlay
	document func(settings json.RawMessage) (journey.Document, error)
}

var (
	typePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	exitPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

func (j Journey[S]) entry() (entry, error) {
	if !typePattern.MatchString(j.Type) {
		return entry{}, fault.New(fault.Invalid, "%q is not a type of journey: 1 to 64 of a-z, 0-9, - and _", j.Type)
	}
	if j.Document == nil || j.Play == nil {
		return entry{}, fault.New(fault.Invalid, "journey %s needs a Document and a Play", j.Type)
	}
	schema, err := schemaOf(j.Defaults)
	if err != nil {
		return entry{}, fault.Wrap(fault.Invalid, err, "the settings of journey %s", j.Type)
	}
	e := entry{codeType: j.Type, about: About{Kind: journey.CodeKindJourney, Type: j.Type, Name: j.Name, Description: j.Description, Settings: schema}}
	e.document = func(raw json.RawMessage) (journey.Document, error) {
		s, err := j.settings(raw)
		if err != nil {
			return journey.Document{}, err
		}
		d := j.Document(s)
		d.Code = &journey.CodeRef{Type: j.Type}
		text, err := json.Marshal(s)
		if err == nil {
			err = json.Unmarshal(text, &d.Code.Settings)
		}
		if err != nil {
			return d, fault.Wrap(fault.Invalid, err, "the settings of journey %s are not a JSON object", j.Type)
		}
		if d.Key == "" {
			d.Key = j.Type
		}
		if d.Name == "" {
			d.Name = j.Name
		}
		if d.Description == "" {
			d.Description = j.Description
		}
		return d, nil
	}
	e.play = func(engine contract.CodeEngine, raw json.RawMessage) string {
		s, err := j.settings(raw)
		if err != nil {
			panic(fmt.Sprintf("journey %s: %v", j.Type, err)) // the run waits for code that can read its settings
		}
		return j.Play(&Run{engine}, s)
	}
	return e, nil
}

func (j Journey[S]) settings(raw json.RawMessage) (S, error) {
	return read("journey "+j.Type, j.Defaults, raw)
}

// About tells what a type is, for those who choose it.
type About struct {
	Kind        string // journey.CodeKindStep or journey.CodeKindJourney
	Type        string
	Name        string
	Description string
	Exits       []string // of a step
	Settings    *journey.SettingsSchema
}

// Registry holds what a binary knows. The zero value is empty and ready.
type Registry struct{ known map[string]entry }

// Add registers. It panics on a definition that can't work and on a type that is taken: both are mistakes of the program.
func (r *Registry) Add(all ...Definition) {
	for _, d := range all {
		e, err := d.entry()
		if err != nil {
			panic(err)
		}
		if _, taken := r.known[e.codeType]; taken {
			panic(fmt.Sprintf("two journeys or steps of type %q", e.codeType))
		}
		if r.known == nil {
			r.known = map[string]entry{}
		}
		r.known[e.codeType] = e
	}
}

// Types lists the registered types of journeys in order.
func (r *Registry) Types() []string { return slices.Sorted(maps.Keys(r.Plays())) }

// Plays are the codes of journeys by type, for a worker.
func (r *Registry) Plays() map[string]contract.CodePlay {
	out := map[string]contract.CodePlay{}
	for t, e := range r.known {
		if e.step == nil {
			out[t] = e.play
		}
	}
	return out
}

// Steps are the registered steps by type, for a worker.
func (r *Registry) Steps() map[string]contract.CodeStep {
	out := map[string]contract.CodeStep{}
	for t, e := range r.known {
		if e.step != nil {
			out[t] = *e.step
		}
	}
	return out
}

// About describes everything that is registered, by type.
func (r *Registry) About() []About {
	out := make([]About, 0, len(r.known))
	for _, t := range slices.Sorted(maps.Keys(r.known)) {
		out = append(out, r.known[t].about)
	}
	return out
}

// Document makes the document of a type with these settings; none are the defaults. NotFound for a type that is not
// registered, Invalid for settings that do not fit.
func (r *Registry) Document(codeType string, settings json.RawMessage) (journey.Document, error) {
	e, ok := r.known[codeType]
	if !ok || e.document == nil {
		return journey.Document{}, fault.New(fault.NotFound, "this program has no journey of type %q", codeType)
	}
	return e.document(settings)
}

// Run is one customer's pass, in the hands of Play.
type Run struct{ engine contract.CodeEngine }

// Answer is how a step ended: the name of its exit, its result if it has one, and when.
type Answer = contract.CodeAnswer

// Do does a step of the document, however long it takes, and answers how it ended. The name of the step and how often it
// was asked for identify the call: asked for again after a restart, it is not done again.
func (r *Run) Do(step string) Answer { return r.engine.Call(step, time.Time{}) }

// WaitUntil does a wait step that ends at a moment of the code's own choice.
func (r *Run) WaitUntil(step string, at time.Time) Answer { return r.engine.Call(step, at) }

// Now is when the last step ended, or the run began.
func (r *Run) Now() time.Time { return r.engine.Now() }

// ID is the run's id.
func (r *Run) ID() string { return r.engine.RunID() }

// Changed reports whether this run takes the new way of a change: runs that had passed the place before the change was
// deployed go on in the old way. The id names the change and is never used again.
func (r *Run) Changed(id string) bool { return r.engine.Changed(id) }

// Checkpoint keeps a value and forgets the answers so far. Code that begins again finds it by Restore and must then not
// ask again for the steps that it did before.
func (r *Run) Checkpoint(value any) {
	data, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("checkpoint: %v", err))
	}
	r.engine.Keep(data)
}

// Restore reads the value of the last checkpoint; false when there is none.
func (r *Run) Restore(into any) bool {
	data := r.engine.Kept()
	if len(data) == 0 {
		return false
	}
	if err := json.Unmarshal(data, into); err != nil {
		panic(fmt.Sprintf("restore a checkpoint: %v", err))
	}
	return true
}
