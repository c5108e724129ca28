package content

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Limits bounds one render of one part. The zero value of a field takes its default.
type Limits struct {
	Steps  int           // loop rounds and filter calls, default 100,000
	Time   time.Duration // default 200 ms; needs Engine.Now
	Output int           // bytes written, default 1 MiB
	Alloc  int           // bytes made by filters and captures, default 16 MiB
}

// The defaults.
const (
	DefaultSteps  = 100_000
	DefaultTime   = 200 * time.Millisecond
	DefaultOutput = 1 << 20
	DefaultAlloc  = 16 << 20
	maxSource     = 512 << 10 // bytes of one template
	maxDepth      = 32        // nested tags
	maxText       = 256 << 10 // bytes of one text that a filter makes
	maxItems      = 10_000    // items of a list that a filter looks at
)

func (l Limits) withDefaults() Limits {
	if l.Steps == 0 {
		l.Steps = DefaultSteps
	}
	if l.Time == 0 {
		l.Time = DefaultTime
	}
	if l.Output == 0 {
		l.Output = DefaultOutput
	}
	if l.Alloc == 0 {
		l.Alloc = DefaultAlloc
	}
	return l
}

var errBudget = errors.New("over budget")

// budget is what is left of one render.
type budget struct {
	limits   Limits
	steps    int
	alloc    int
	output   int
	now      func() time.Time
	deadline time.Time
}

func newBudget(l Limits, now func() time.Time) *budget {
	b := &budget{limits: l.withDefaults(), now: now}
	if now != nil {
		b.deadline = now().Add(b.limits.Time)
	}
	return b
}

// step counts a filter, a capture or an assignment, and looks at the clock now and then.
func (b *budget) step() error {
	b.steps++
	if b.steps > b.limits.Steps {
		return fmt.Errorf("%w: more than %d steps", errBudget, b.limits.Steps)
	}
	if b.steps%64 == 0 {
		return b.late()
	}
	return nil
}

// round counts one round of a loop. Its body may be long, so the clock is looked at each time.
func (b *budget) round() error {
	if err := b.step(); err != nil {
		return err
	}
	return b.late()
}

func (b *budget) late() error {
	if b.now != nil && b.now().After(b.deadline) {
		return fmt.Errorf("%w: longer than %v", errBudget, b.limits.Time)
	}
	return nil
}

// grow counts bytes before they are made.
func (b *budget) grow(n int) error {
	if n > maxText {
		return fmt.Errorf("%w: a text or list of more than %d bytes", errBudget, maxText)
	}
	b.alloc += n
	if b.alloc > b.limits.Alloc {
		return fmt.Errorf("%w: more than %d bytes made by filters", errBudget, b.limits.Alloc)
	}
	return nil
}

// writer counts the output.
type writer struct {
	w io.Writer
	b *budget
}

func (w writer) Write(p []byte) (int, error) {
	w.b.output += len(p)
	if w.b.output > w.b.limits.Output {
		return 0, fmt.Errorf("%w: more than %d bytes of output", errBudget, w.b.limits.Output)
	}
	return w.w.Write(p)
}
