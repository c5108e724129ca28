package kittest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

const (
	sendAccepted = "accepted"
	most         = 200 // rows that an expectation looks at
)

// Message is a message that was sent.
type Message struct {
	Template, Step, Channel string
	Subject, HTML, Text     string
	To                      string
	At                      time.Time
}

// Run is a customer's pass through a journey.
type Run struct {
	Journey string
	Step    string // where it is, or was when it ended
	Open    bool
	Outcome string
	Control bool     // held out
	Way     []string // steps it has left: "ask:sent"
}

// ExpectSend expects a message from a template that no expectation has taken yet, and takes it. Messages are taken in
// their order: an earlier one that was not expected is an error.
func (c *Customer) ExpectSend(template string) Message {
	c.w.t.Helper()
	all := c.sends()
	slices.Reverse(all)
	for _, s := range all {
		if s.State != sendAccepted || c.seen[s.ID] {
			continue
		}
		if s.Template != template {
			c.fail("a message from template %q", fmt.Sprintf("an earlier message from template %q at step %q (%s) that no expectation has taken", s.Template, s.StepID, c.w.stamp(s.ClosedAt.Time())), template)
		}
		c.seen[s.ID] = true
		m := Message{Template: s.Template, Step: s.StepID, Channel: s.Channel, Subject: s.Subject, To: s.Address, At: s.ClosedAt.Time()}
		if row, err := c.w.Store.InboxMessage(c.w.t.Context(), c.w.workspace.ID, s.InboxID); err == nil {
			m.Subject, m.HTML, m.Text, m.To = row.Subject, row.HTML, row.TextBody, row.Recipient
		}
		return m
	}
	got := "no further message"
	for _, s := range slices.Backward(all) {
		if s.Template == template && s.State != sendAccepted {
			got = fmt.Sprintf("the send at step %q is %s", s.StepID, because(s))
			break
		}
	}
	c.fail("a message from template %q", got, template)
	return Message{}
}

// ExpectNoSend expects that every message has been taken by an expectation.
func (c *Customer) ExpectNoSend() {
	c.w.t.Helper()
	for _, s := range slices.Backward(c.sends()) {
		if s.State == sendAccepted && !c.seen[s.ID] {
			c.fail("no further message", fmt.Sprintf("one from template %q at step %q (%s)", s.Template, s.StepID, c.w.stamp(s.ClosedAt.Time())))
		}
	}
}

// ExpectSkipped expects that the latest send of a template did not go out, for a reason such as no_consent, cap,
// suppressed, no_address or control.
func (c *Customer) ExpectSkipped(template, reason string) {
	c.w.t.Helper()
	got := "no send of it"
	for _, s := range c.sends() {
		if s.Template == template {
			if s.State != sendAccepted && s.Reason == reason {
				return
			}
			got = "it is " + because(s)
			break
		}
	}
	c.fail("the send of template %q skipped for %q", got, template, reason)
}

func because(s storage.SendRow) string {
	if s.Reason == "" {
		return s.State
	}
	return s.State + ", " + s.Reason
}

// ExpectReward expects a reward (kind points, voucher or discount) of an amount that was granted and not taken back, and
// that no expectation has taken.
func (c *Customer) ExpectReward(kind string, amount int64) {
	c.w.t.Helper()
	var got []string
	for _, r := range c.rewards() {
		if r.State == storage.RewardGranted && r.Kind == kind && r.Amount == amount && !c.paid[r.ID] {
			c.paid[r.ID] = true
			return
		}
		got = append(got, fmt.Sprintf("%s %d %s", r.Kind, r.Amount, r.State))
	}
	if got == nil {
		got = []string{"no reward"}
	}
	c.fail("a reward of %d %s", strings.Join(got, "; "), amount, kind)
}

// ExpectNoReward expects that every reward that holds has been taken by an expectation.
func (c *Customer) ExpectNoReward() {
	c.w.t.Helper()
	for _, r := range c.rewards() {
		if r.State == storage.RewardGranted && !c.paid[r.ID] {
			c.fail("no further reward", fmt.Sprintf("%d %s", r.Amount, r.Kind))
		}
	}
}

// ExpectAt expects that the customer is in a journey, at a step.
func (c *Customer) ExpectAt(step string) {
	c.w.t.Helper()
	run := c.latest()
	switch {
	case run == nil:
		c.fail("a run at step %q", "he is in no journey", step)
	case run.State != models.RunOpen:
		c.fail("a run at step %q", fmt.Sprintf("it has ended: %s", run.Outcome), step)
	case run.StepID != step:
		c.fail("a run at step %q", fmt.Sprintf("it is at %q", run.StepID), step)
	}
}

// ExpectOutcome expects that the customer's latest run has ended so: what Play returned, "completed", the label of an exit,
// "goal", "stopped"…
func (c *Customer) ExpectOutcome(outcome string) {
	c.w.t.Helper()
	run := c.latest()
	switch {
	case run == nil:
		c.fail("the outcome %q", "he was in no journey", outcome)
	case run.State == models.RunOpen:
		c.fail("the outcome %q", fmt.Sprintf("the run goes on, at step %q", run.StepID), outcome)
	case run.Outcome != outcome:
		c.fail("the outcome %q", fmt.Sprintf("%q", run.Outcome), outcome)
	}
}

// ExpectSteps expects the whole way of the customer's latest run so far: "pause:next", "ask:sent".
func (c *Customer) ExpectSteps(way ...string) {
	c.w.t.Helper()
	if got := c.Run().Way; !slices.Equal(got, way) {
		at := 0
		for at < len(got) && at < len(way) && got[at] == way[at] {
			at++
		}
		c.fail("the way %s", fmt.Sprintf("%s (they part at step %d)", strings.Join(got, ", "), at+1), strings.Join(way, ", "))
	}
}

// ExpectNoRun expects that the customer never entered a journey.
func (c *Customer) ExpectNoRun() {
	c.w.t.Helper()
	if run := c.latest(); run != nil {
		c.fail("no run", fmt.Sprintf("one that is %s at step %q", run.State, run.StepID))
	}
}

// Run is the customer's latest run; the zero Run when there is none.
func (c *Customer) Run() Run {
	c.w.t.Helper()
	run := c.latest()
	if run == nil {
		return Run{}
	}
	out := Run{Journey: run.Journey.Key, Step: run.StepID, Open: run.State == models.RunOpen, Outcome: run.Outcome, Control: run.Control}
	for _, v := range c.record(run.ID).Visits {
		out.Way = append(out.Way, v.StepID+":"+v.ExitName)
	}
	return out
}

// fail ends the test: what was expected, what is, and how it came about.
func (c *Customer) fail(expected, got string, args ...any) {
	c.w.t.Helper()
	c.w.t.Fatalf("%s, %s:\n  expected: %s\n  got:      %s\n%s", c.Name, c.w.stamp(c.w.Now()), fmt.Sprintf(expected, args...), got, c.w.story())
}

func (c *Customer) sends() []storage.SendRow {
	c.w.t.Helper()
	rows, err := c.w.Store.ListSends(c.w.t.Context(), c.w.workspace.ID, storage.SendFilter{Customer: c.id}, storage.PageAsk{Limit: most})
	c.w.must(err)
	return rows
}

func (c *Customer) rewards() []models.Reward {
	c.w.t.Helper()
	rows, err := c.w.Store.RewardsOf(c.w.t.Context(), c.w.workspace.ID, c.id, most)
	c.w.must(err)
	return rows
}

func (c *Customer) latest() *storage.RunRow {
	c.w.t.Helper()
	rows, err := c.w.Store.ListRuns(c.w.t.Context(), c.w.workspace.ID, storage.RunFilter{Customer: c.id}, storage.PageAsk{Limit: 1})
	c.w.must(err)
	if len(rows) == 0 {
		return nil
	}
	return &rows[0]
}

func (c *Customer) record(run ids.ID) storage.RunRecord {
	c.w.t.Helper()
	r, err := c.w.Store.RunRecord(c.w.t.Context(), c.w.workspace.ID, run)
	c.w.must(err)
	return r
}
