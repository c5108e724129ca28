package activities

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
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

// question is one wait while its end is looked for.
type question struct {
	*Runs
	ctx       context.Context //nolint:containedctx // it lives for one call
	workspace int64
	run       ids.ID
	who       storage.RunPerson
	doc       *journey.Document
	step      journey.Step
	q         contract.WaitQuestion
	reached   time.Time
	loc       *time.Location // of the document, for this customer
	note      storage.WaitNote
}

// now is the moment at which a date is judged to have passed.
func (w *question) judged() time.Time {
	if w.q.Now != 0 {
		return time.UnixMicro(w.q.Now)
	}
	return w.reached
}

// zone is the one that a setting of the step means; the note says so.
func (w *question) zone(setting string) *time.Location {
	if setting == "" {
		return w.loc
	}
	loc := zoneOf(setting, w.who)
	w.note.Zone = loc.String()
	return loc
}

// unreadable blocks the run: validation let nothing through that can't be read.
func (w *question) unreadable(err error) error {
	return fault.Wrap(fault.Invalid, err, "the wait of step %s can't be read", w.step.ID)
}

// after is a deadline some time after the step was reached.
func (w *question) after(duration string) (contract.WaitAnswer, error) {
	d, err := journey.ParseDuration(duration)
	if err != nil {
		return contract.WaitAnswer{}, w.unreadable(err)
	}
	return contract.WaitAnswer{Deadline: d.AddTo(w.reached, w.loc).UnixMicro()}, nil
}

// wait finds the end of a wait step.
func (w *question) wait(s journey.WaitStep) (contract.WaitAnswer, error) {
	if s.Date != nil {
		return w.date(*s.Date)
	}
	var (
		at    time.Time
		err   error
		fixed = true
		check bool
	)
	switch {
	case s.NextPurchase != nil:
		var expected time.Time
		if expected, err = w.expectedPurchase(); err == nil {
			if !expected.IsZero() {
				w.note.Expected = models.At(expected)
			}
			at, err = s.NextPurchase.Until(expected, w.reached, w.loc)
		}
		check = true
	case s.Window != nil:
		// Judged now, and once more when it comes: after a pause, an outage or a move to another zone the window may be shut.
		if at, err = w.begins(s); err == nil {
			at, err = s.Window.NextInside(latest(at, w.judged()), w.zone(s.Window.Timezone))
		}
		check = at.After(w.judged())
	case s.BestHour != nil:
		if at, err = w.begins(s); err != nil {
			break
		}
		var hour int
		if hour, err = w.bestHour(); err == nil {
			if hour >= 0 {
				w.note.Hour = fmt.Sprintf("%02d:00", hour)
			}
			visit := w.q.Visit
			if s.For != "" {
				visit = 1 // the duration has passed already
			}
			from := at
			if at, err = s.BestHour.NextBest(hour, from, visit, w.loc); err == nil && w.judged().Sub(at) >= time.Hour {
				at, err = s.BestHour.NextBest(hour, w.judged(), 1, w.loc) // that hour is over
			}
		}
	default:
		fixed = false
		at, err = journey.WaitUntil(s, w.reached, w.q.Visit, w.loc, w.zone)
	}
	if err != nil {
		return contract.WaitAnswer{}, w.unreadable(err)
	}
	return contract.WaitAnswer{Deadline: at.UnixMicro(), Fixed: fixed, Check: check}, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// begins is when the part of a wait begins that follows its duration. Time of a pause that does not count is added here,
// so that the end still lies where the clock wants it.
func (w *question) begins(s journey.WaitStep) (time.Time, error) {
	at := w.reached
	if s.For != "" {
		d, err := journey.ParseDuration(s.For)
		if err != nil {
			return at, err
		}
		at = d.AddTo(at, w.loc)
	}
	return at.Add(time.Duration(w.q.Frozen) * time.Microsecond), nil
}

// date finds the end of a wait for a date. A deadline that has been armed before and is found again stands, even if it has
// come meanwhile; any other that lies in the past follows the rule's late.
func (w *question) date(rule journey.DateRule) (contract.WaitAnswer, error) {
	missing := func(why string) (contract.WaitAnswer, error) {
		now := w.judged()
		d := w.decided(w.workspace, w.run, w.who, w.step.ID, w.q.Visit, storage.DecisionWait, "")
		d.Outcome, d.Detail = why, models.ToJSON(map[string]any{"late": cmp.Or(rule.Late, journey.LateSkip)})
		return contract.WaitAnswer{Deadline: now.UnixMicro(), Fixed: true, Late: why}, w.Store.KeepDecision(w.ctx, d)
	}
	value, err := w.dateOf(rule.DateRef)
	if err != nil {
		return contract.WaitAnswer{}, err
	}
	w.note.Date = value.String()
	loc, check := w.zone(rule.Timezone), rule.Attribute != "" // an attribute changes without an event to the run
	waited, ok, err := journey.WaitDate(rule, value, loc, w.reached, w.q.Visit)
	if err == nil && ok && (w.q.Was == 0 || waited.At.UnixMicro() != w.q.Was || waited.Skip) {
		waited, ok, err = journey.WaitDate(rule, value, loc, w.judged(), w.q.Visit)
	}
	switch {
	case err != nil:
		return contract.WaitAnswer{}, w.unreadable(err)
	case !ok:
		return missing(journey.LateNoDate)
	case waited.Skip:
		return missing(journey.LateMissed)
	}
	if named, known, err := journey.WaitDate(rule, value, loc, time.Unix(0, 0), 1); err == nil && known && !rule.Anniversary && named.At.Before(waited.At) {
		w.note.Passed = models.At(named.At)
	}
	return contract.WaitAnswer{Deadline: waited.At.UnixMicro(), Fixed: true, Check: check}, nil
}

// dateOf reads the date that a rule names; the zero value when there is none, or none that can be read: what somebody
// wrote into a profile must not stop a run.
func (w *question) dateOf(ref journey.DateRef) (journey.DateValue, error) {
	var value any
	switch {
	case ref.Attribute != "":
		subject, err := w.load(w.ctx, w.workspace, w.run, w.who, audience.Needs{}, w.q.Revision, nil)
		if err != nil || subject == nil {
			return journey.DateValue{}, err
		}
		value = attributeOf(subject, ref.Attribute)
	default:
		data, err := w.Store.RunContext(w.ctx, w.workspace, w.run, max(w.q.Revision, 1))
		if err != nil {
			return journey.DateValue{}, err
		}
		value = contextOf(data, ref)
	}
	date, err := journey.DateOf(value)
	if err != nil {
		return journey.DateValue{}, nil //nolint:nilerr // no date: see above
	}
	return date, nil
}

// attributeOf is a field or an attribute of the customer by the name that conditions use: birthday, attributes.plan; a
// plain name that is no field is an attribute.
func attributeOf(s *match.Subject, name string) any {
	switch name {
	case "birthday":
		return s.Customer.Birthday
	case "created_at":
		return s.Customer.CreatedAt
	}
	return valueAt(s.Attributes, strings.TrimPrefix(name, "attributes."))
}

// contextOf is a value of the run's context, or a date of the object that the run is about.
func contextOf(data map[string]any, ref journey.DateRef) any {
	if ref.Object == "" {
		return valueAt(data, ref.Context)
	}
	object, _ := data["object"].(map[string]any)
	if kind, _ := object["type"].(string); kind != ref.Object {
		return nil
	}
	dates, _ := object["dates"].(map[string]any)
	return dates[ref.Field]
}

// valueAt follows a path such as room.check_in; a name that is there as it stands goes first.
func valueAt(data map[string]any, path string) any {
	if v, ok := data[path]; ok {
		return v
	}
	first, rest, found := strings.Cut(path, ".")
	if inner, ok := data[first].(map[string]any); found && ok {
		return valueAt(inner, rest)
	}
	return nil
}

// expectedPurchase is when the customer is expected to buy again: what scoring has found, else his last order and his own
// mean gap. Zero when neither is known.
func (w *question) expectedPurchase() (time.Time, error) {
	subject, err := w.load(w.ctx, w.workspace, w.run, w.who, audience.Needs{Metrics: true}, w.q.Revision, nil)
	if err != nil || subject == nil {
		return time.Time{}, err
	}
	if at := subject.Metrics.Instant(audience.MetricNextOrderAt); !at.IsZero() {
		return at, nil
	}
	last := subject.Metrics.Instant(audience.MetricLastOrderAt)
	gap, known := subject.Metrics.Number(audience.MetricMeanGapDays)
	if last.IsZero() || !known || gap <= 0 {
		return time.Time{}, nil
	}
	return last.Add(time.Duration(gap * float64(24*time.Hour))), nil
}

// Habits of the last half year count, and a few of them are none yet.
const (
	habitDays  = 180
	habitLeast = 5
)

// habits are the events by which a customer shows when he has time, those that answer a message first.
var habits = [][]string{
	{storage.EventMessageClicked, storage.EventMessageOpened},
	{"Page Viewed", "Product Viewed", "Product Added", "Order Completed"},
}

// bestHour is the hour (0-23, where he lives) at which the customer answers messages most often, else that at which he is
// about most often; -1 when too little is known. Neighbouring hours count half, so that one stray answer decides nothing.
func (w *question) bestHour() (int, error) {
	var needs audience.Needs
	for _, names := range habits {
		for _, n := range names {
			needs.Events = append(needs.Events, audience.EventNeed{Name: n, Within: audience.Period{Days: habitDays}})
		}
	}
	subject, err := w.load(w.ctx, w.workspace, w.run, w.who, needs, w.q.Revision, nil)
	if err != nil || subject == nil {
		return -1, err
	}
	loc := zoneOf(journey.ZoneCustomer, w.who)
	for _, names := range habits {
		var hours [24]int
		seen := 0
		for _, e := range subject.Events {
			if slices.Contains(names, e.Name) {
				hours[e.At.In(loc).Hour()]++
				seen++
			}
		}
		if seen >= habitLeast {
			return busiest(hours), nil
		}
	}
	return -1, nil
}

// busiest is the hour with the most in it and beside it; of equals the earliest.
func busiest(hours [24]int) int {
	best, most := 0, -1
	for h := range hours {
		if n := 2*hours[h] + hours[(h+23)%24] + hours[(h+1)%24]; n > most {
			best, most = h, n
		}
	}
	return best
}

// collect counts what a collect step has gathered, up to what it needs to go on.
func (w *question) collect(c journey.CollectStep) (contract.WaitAnswer, error) {
	at, err := journey.WaitUntil(journey.WaitStep{For: c.For, Until: c.Until}, w.reached, w.q.Visit, w.loc, w.zone)
	if err != nil {
		return contract.WaitAnswer{}, w.unreadable(err)
	}
	answer := contract.WaitAnswer{Deadline: at.UnixMicro()}
	most := cmp.Or(c.Max, journey.DefaultCollect)
	rows, err := w.gather(w.ctx, w.workspace, w.run, c, time.UnixMicro(w.q.Horizon), time.Time{}, w.q.Revision, w.q.Results, most)
	answer.Count = len(rows)
	return answer, err
}

// GatherLimit bounds the events that are held against the conditions of a collect step: while it waits for its number,
// and when it gathers them.
const GatherLimit = 5000

// gather lists, in the order in which they occurred, the events that a collect step gathers: those of its names that
// concern the run, occurred between since and until (zero: no end) and fulfil their condition; at most limit.
func (r *Runs) gather(ctx context.Context, workspace int64, run ids.ID, c journey.CollectStep, since, until time.Time, revision int, results map[string]string, limit int) ([]models.Event, error) {
	who, err := r.Store.RunPerson(ctx, workspace, run)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range c.Events {
		names = append(names, t.Event)
	}
	rows, err := r.Store.RunEvents(ctx, workspace, run, names, since, GatherLimit)
	if err != nil {
		return nil, err
	}
	var gathered []models.Event
	for i := range rows {
		if len(gathered) == limit || !until.IsZero() && rows[i].OccurredAt.Time().After(until) {
			break
		}
		fits, err := r.gathers(ctx, workspace, run, who, c, &rows[i], revision, results)
		if err != nil {
			return nil, err
		}
		if fits {
			gathered = append(gathered, rows[i])
		}
	}
	return gathered, nil
}

// gathers says whether one of the triggers of a collect step takes the event.
func (r *Runs) gathers(ctx context.Context, workspace int64, run ids.ID, who storage.RunPerson, c journey.CollectStep, event *models.Event, revision int, results map[string]string) (bool, error) {
	for _, t := range c.Events {
		if t.Event != event.Name {
			continue
		}
		if t.Where == nil {
			return true, nil
		}
		if holds, err := r.holds(ctx, workspace, run, who, *t.Where, event, revision, results); err != nil || holds {
			return holds, err
		}
	}
	return false, nil
}
