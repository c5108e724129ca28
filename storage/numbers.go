package storage

// A Measure is one of the numbers that steps and journeys show. Every measure counts runs, each once, and never runs that
// are held out for comparison; RunFilter lists exactly the runs that it counts.
type Measure string

// The measures. Those of a step need RunFilter.Step, except converted, which has both meanings.
const (
	// MeasureEntered: began in the version, or was moved into it; it stays counted when it is moved on.
	MeasureEntered Measure = "entered"
	// MeasureWaiting: open, and at the step now. MeasureHeld: of these, held by an operator.
	MeasureWaiting Measure = "waiting"
	MeasureHeld    Measure = "held"
	// MeasureReached: has come to the step, whether or not it has left it.
	MeasureReached Measure = "reached"
	// MeasurePassed: has left the step by one of its ways, or by the named one; neither the end of the run in its midst nor
	// a move away from it is a way.
	MeasurePassed Measure = "passed"
	// MeasureLeft: the run ended at the step, or by a way that leads out of the journey, and has not reached the goal.
	MeasureLeft Measure = "left"
	// MeasureSent: a message of the step was accepted by its provider. MeasureOpened, MeasureClicked: of these, a person
	// opened it, or followed one of its links; what machines fetch does not count.
	MeasureSent    Measure = "sent"
	MeasureOpened  Measure = "opened"
	MeasureClicked Measure = "clicked"
	// MeasureConverted: reached the goal; with a step: after it had come there.
	MeasureConverted Measure = "converted"
)

// StepNumbers are the measures of one step.
type StepNumbers struct {
	Waiting, Held, Reached, Passed, Left, Sent, Opened, Clicked, Converted int64
}

// VersionNumbers are the numbers of one version, or of all versions of a journey: then a run that was in several is
// counted once for each step. Control and ControlConversions are those held out; nothing else counts them.
type VersionNumbers struct {
	Entered, Open, Conversions  int64
	Control, ControlConversions int64
	Outcomes                    []GroupCount // ended runs of the version as they stand, by outcome (in Reason)
	Steps                       map[string]StepNumbers
	Exits                       []ExitCount
	Sends                       []StepSends // messages, not runs
	Values                      []ValueSum  // of Conversions
}

// ExitCount counts who left a step by an exit: runs, and how often, which differs in loops. ByExit are the runs that took
// the exit wherever it led: with several versions it may have led elsewhere, too.
type ExitCount struct {
	StepID, ExitName, NextStepID string
	Runs, ByExit, Times          int64
}

// StepSends counts the sends of a step.
type StepSends struct {
	StepID string
	GroupCount
}
