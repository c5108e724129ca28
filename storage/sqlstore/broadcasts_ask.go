package sqlstore

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"sojourn/broadcast"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// askedMost is how many recipients the gate is asked about one by one; of more than that a sample is asked where people
// can't be put into groups. 2,500 give a share to within two in a hundred.
const askedMost = 2500

// askedPage is how many of them are read together.
const askedPage = 250

// verdictOf asks the rules about one recipient at his own time.
func (e *estimate) verdictOf(k *known) pressure.Verdict {
	at := e.d.Schedule.Due(e.planned, k.customer.Timezone, e.zone)
	if at.Before(e.now) {
		at = e.now
	}
	return pressure.Decide(k.facts(e.base), at)
}

// ask gives the verdicts on recipients, in their order. Somebody whose address another recipient has already is a
// duplicate, as the gate would find him.
func (e *estimate) ask(who []ids.ID, each func(id ids.ID, v pressure.Verdict)) error {
	since := models.At(e.now.Add(-e.base.Policy.Longest()))
	taken := map[ids.ID]bool{}
	for page := range slices.Chunk(who, askedPage) {
		all, err := e.s.gateFacts(e.ctx, e.workspace, e.d.Channel, len(e.base.Policy.Caps) > 0, since, page)
		if err != nil {
			return err
		}
		for _, id := range page {
			k := all[id]
			if k == nil {
				continue // gone since
			}
			v := e.verdictOf(k)
			if v.Action == pressure.Send && !k.point.ID.IsZero() {
				if taken[k.point.ID] {
					v = pressure.Verdict{Action: pressure.Skip, Reason: pressure.ReasonDuplicate}
				}
				taken[k.point.ID] = true
			}
			each(id, v)
		}
	}
	return nil
}

// countOneByOne asks about everybody, or about a sample that is drawn by the random end of the ids.
func (e *estimate) countOneByOne(p people, left int64, tally map[storage.GroupCount]int64) (asked int64, margin float64, err error) {
	order := " ORDER BY x.id"
	if left > askedMost {
		order = " ORDER BY SUBSTR(x.id, 11), x.id LIMIT " + fmt.Sprint(askedMost)
	}
	text, args := p.query("x.id", order)
	who, err := e.s.ids(e.ctx, text, args)
	if err != nil || len(who) == 0 {
		return 0, 0, err
	}
	counted := map[storage.GroupCount]int64{}
	if err := e.ask(who, func(_ ids.ID, v pressure.Verdict) {
		counted[storage.GroupCount{State: string(v.Action), Reason: string(v.Reason)}]++
		asked++
	}); err != nil || asked == 0 {
		return asked, 0, err
	}
	if left > int64(len(who)) {
		// The widest interval of a share, for a sample without putting back (finite population).
		margin = 1.96 * math.Sqrt(.25/float64(asked)*(1-float64(asked)/float64(left)))
	}
	share(counted, asked, left, tally)
	return asked, margin, nil
}

// share spreads a whole over what was counted, so that the parts are its sum.
func share(counted map[storage.GroupCount]int64, asked, whole int64, into map[storage.GroupCount]int64) {
	var biggest storage.GroupCount
	sum := int64(0)
	for k, n := range counted {
		into[k] = n * whole / asked
		sum += into[k]
		if n > counted[biggest] {
			biggest = k
		}
	}
	into[biggest] += whole - sum
}

// capped reports that a cap covers this broadcast: then people with equal facts can't be put into one group exactly.
func (e *estimate) underCaps() bool {
	return slices.ContainsFunc(e.base.Policy.Caps, func(c pressure.Cap) bool { return c.Covers(e.d.Channel, e.d.Purpose) })
}

// newEstimate reads the surroundings of a definition.
func (s *Store) newEstimate(ctx context.Context, workspace int64, d broadcast.Definition, at, now time.Time) (*estimate, error) {
	e := &estimate{s: s, ctx: ctx, workspace: workspace, d: d.Filled(), now: now, planned: at}
	return e, e.surroundings()
}

// sampleLook is how many recipients are looked at to find some whom the gate lets it go to.
const sampleLook = 1000

// SampleBroadcast implements storage.Broadcasts.
func (s *Store) SampleBroadcast(ctx context.Context, workspace int64, d broadcast.Definition, limit int, at, now time.Time) ([]ids.ID, error) {
	e, err := s.newEstimate(ctx, workspace, d, at, now)
	if err != nil {
		return nil, translate(err)
	}
	p, err := s.broadcastPeople(s.read(ctx), workspace, e.d, now, "")
	if err != nil {
		return nil, translate(err)
	}
	text, args := p.query("x.id", " ORDER BY x.id DESC LIMIT ?", sampleLook)
	who, err := s.ids(ctx, text, args)
	if err != nil {
		return nil, err
	}
	var out []ids.ID
	for page := range slices.Chunk(who, askedPage) {
		if err := e.ask(page, func(id ids.ID, v pressure.Verdict) {
			if v.Action == pressure.Send && len(out) < limit {
				out = append(out, id)
			}
		}); err != nil || len(out) == limit {
			return out, translate(err)
		}
	}
	return out, nil
}

// ExplainRecipient implements storage.Broadcasts.
func (s *Store) ExplainRecipient(ctx context.Context, workspace int64, d broadcast.Definition, customer ids.ID, at, now time.Time) (storage.RecipientVerdict, error) {
	var out storage.RecipientVerdict
	e, err := s.newEstimate(ctx, workspace, d, at, now)
	if err != nil {
		return out, translate(err)
	}
	is := func(change func(d *broadcast.Definition)) (bool, error) {
		narrow := e.d
		narrow.Exclude = broadcast.Exclude{}
		change(&narrow)
		p, err := s.broadcastPeople(s.read(ctx), workspace, narrow, now, " AND c.id = ?", customer[:])
		if err != nil {
			return false, err
		}
		text, args := p.query("x.id", "")
		found, err := s.ids(ctx, text, args)
		return len(found) == 1, err
	}
	if out.Matched, err = is(func(*broadcast.Definition) {}); err != nil {
		return out, translate(err)
	}
	x := e.d.Exclude
	for _, one := range []struct {
		path   string
		change broadcast.Exclude
	}{{"exclude.conditions", broadcast.Exclude{Conditions: x.Conditions}}, {"exclude.journeys", broadcast.Exclude{Journeys: x.Journeys}},
		{"exclude.broadcasts", broadcast.Exclude{Broadcasts: x.Broadcasts}}, {"exclude.mailed_within", broadcast.Exclude{MailedWithin: x.MailedWithin}}} {
		if !out.Matched || out.Excluded != "" || one.change.Empty() {
			continue
		}
		in, err := is(func(d *broadcast.Definition) { d.Exclude = one.change })
		if err != nil {
			return out, translate(err)
		}
		if !in {
			out.Excluded = one.path
		}
	}
	err = e.ask([]ids.ID{customer}, func(_ ids.ID, v pressure.Verdict) { out.Verdict = v })
	return out, translate(err)
}
