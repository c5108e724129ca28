package auditor

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// World is everything that is known from outside.
type World struct {
	Workspace int64
	Said      map[string]Event // every event that was ever sent, by message id
	Acked     map[string]Event // those that were acknowledged
	People    map[string]string
	Mails     []Mail
	Withdrawn map[string]time.Time // address -> when its withdrawal was acknowledged
	Workflows []Workflow
	Journeys  []Journey
	Letters   map[string]Letter // by the key of the template
	Price     int64             // worth of every order, minor units
	Lease     time.Duration
}

// Event is what a source said.
type Event struct {
	Type, Name, User string
}

// Mail is one message that the mail server read to its end and did not refuse.
type Mail struct {
	To, Subject, MessageID string
	Body                   string
	At                     time.Time // when the server agreed to read it
}

// Workflow is one execution of a run's workflow, by Temporal's word.
type Workflow struct {
	Run    string // our run id in its workflow id, lower case with hyphens
	Open   bool
	Status string
}

// Journey says what a journey does, as far as it is due to everybody who begins it and is free to go on.
type Journey struct {
	Key   string
	Entry string              // event that lets in, once per customer
	Sends map[string]string   // step -> template
	Due   []string            // steps that everybody gets to
	After map[string][]string // event -> steps that who said it gets to as well
}

// Letter says how a template's messages look from outside.
type Letter struct {
	Subject   string
	Marketing bool
}

// audit collects findings.
type audit struct {
	ctx      context.Context
	db       *sql.DB
	w        World
	findings []string

	events map[string]storedEvent // by message id
	runs   map[string]*run        // by id
	sends  []*send
	copies map[letterTo][]Mail
}

type letterTo struct{ to, subject string }

func (a *audit) say(invariant, format string, args ...any) {
	a.findings = append(a.findings, invariant+": "+fmt.Sprintf(format, args...))
}

// Check reads the database and returns everything that is not as promised, sorted; nothing is good news. The world must
// have come to rest. An error means that the audit could not be done.
func Check(ctx context.Context, db *sql.DB, w World) ([]string, error) {
	a := &audit{ctx: ctx, db: db, w: w, copies: map[letterTo][]Mail{}}
	for _, m := range w.Mails {
		k := letterTo{m.To, m.Subject}
		a.copies[k] = append(a.copies[k], m)
	}
	if err := a.read(); err != nil {
		return nil, err
	}
	for _, check := range []func() error{
		a.acknowledged, a.appliedOnce, a.entries, a.workflows, a.conservation, a.stuck, a.copiesPerLetter, a.ledgerAgainstMail, a.withdrawals, a.permissions, a.drained,
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	slices.Sort(a.findings)
	return a.findings, nil
}
