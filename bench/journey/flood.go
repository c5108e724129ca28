package main

import (
	"context"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"sojourn/bench/measure"
	"sojourn/chaos/smtpsink"
)

// entered is an audience entry with many people present.
type entered struct {
	Runs      int     `json:"runs"`
	Limit     string  `json:"limit"`
	PerSecond float64 `json:"startsPerSecond"` // from the publication until the last one sleeps at the first step
	Process   float64 `json:"processCpuSecondsPer1000"`
	Temporal  float64 `json:"temporalCpuSecondsPer1000"`
	Before50  float64 `json:"otherJourneyP50MsBefore"`
	Before95  float64 `json:"otherJourneyP95MsBefore"`
	Other50   float64 `json:"otherJourneyP50Ms"` // event to mail at 5/s meanwhile
	Other95   float64 `json:"otherJourneyP95Ms"`
}

// audienceEntry publishes a journey over n people who are there already, first with the limit of starts, then without.
func (b *bench) audienceEntry(ctx context.Context, n int) ([]entered, error) {
	var out []entered
	for i, limit := range []string{"limited to 50/s", "not limited"} {
		args := []string{"--bulk-starts-per-second=50"}
		if i > 0 {
			args = []string{"--bulk-starts-per-second=-1"}
		}
		e, err := b.enterAll(n, i, limit, args)
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (b *bench) enterAll(n, round int, limit string, args []string) (entered, error) {
	e := entered{Runs: n, Limit: limit}
	o, stop, err := b.open("entry", args...)
	if err != nil {
		return e, err
	}
	defer stop()
	if round == 0 {
		if err := o.people("present", n); err != nil {
			return e, err
		}
	}
	other, err := o.bystander(fmt.Sprintf("entry%d", round), 300+n/5)
	if err != nil {
		return e, err
	}
	if e.Before50, e.Before95, _, err = other.during(20 * time.Second); err != nil {
		return e, err
	}
	p0, _ := measure.CPU(o.pid)
	t0, _ := measure.CPU(b.child.Pid())
	key, began := fmt.Sprintf("bench-entry-%d", round), time.Now()
	if err := o.publishEntry(key, map[string]any{"kind": "audience", "include_present": true, "condition": map[string]any{"attribute": "attributes.plan", "op": "eq", "value": "present"}},
		[]any{map[string]any{"id": "pause", "kind": "wait", "wait": map[string]any{"for": "P30D"}}}); err != nil {
		return e, err
	}
	stopOther := other.begin()
	if err := o.waiting(key, n); err != nil {
		return e, err
	}
	e.PerSecond = float64(n) / time.Since(began).Seconds()
	if e.Other50, e.Other95, _, err = stopOther(); err != nil {
		return e, err
	}
	p1, _ := measure.CPU(o.pid)
	t1, _ := measure.CPU(b.child.Pid())
	e.Process, e.Temporal = (p1-p0).Seconds()*1000/float64(n), (t1-t0).Seconds()*1000/float64(n)
	return e, o.everybodyOnce(key, n)
}

// everybodyOnce reads all runs of the journey: n of them, of n customers.
func (o *ours) everybodyOnce(key string, n int) error {
	seen, runs, token := map[string]bool{}, 0, ""
	for {
		var page struct {
			Items []struct {
				Customer struct{ ID string } `json:"customer"`
			} `json:"items"`
			Next string `json:"next_page_token"`
		}
		if err := o.call("GET", "/api/admin/v1/runs?page_size=100&journey="+url.QueryEscape(key)+"&page_token="+url.QueryEscape(token), nil, &page); err != nil {
			return err
		}
		for _, r := range page.Items {
			runs++
			seen[r.Customer.ID] = true
		}
		if token = page.Next; token == "" {
			break
		}
	}
	if runs != n || len(seen) != n {
		return fmt.Errorf("%s: %d runs of %d customers, want %d", key, runs, len(seen), n)
	}
	return nil
}

// burst is P11.
type burst struct {
	Events     int     `json:"events"`
	Taken      float64 `json:"takenSeconds"` // until the last event was acknowledged
	SlowestAck float64 `json:"slowestAckMs"` // of one request of 100 events
	Mailed     float64 `json:"mailedSeconds"`
	RSS        int64   `json:"processRssBytes"`
	Before50   float64 `json:"otherJourneyP50MsBefore"`
	Before95   float64 `json:"otherJourneyP95MsBefore"`
	Other50    float64 `json:"otherJourneyP50Ms"`
	Other95    float64 `json:"otherJourneyP95Ms"`
}

// flood hands in n events of one journey at once while another journey goes on at 5 per second.
func (b *bench) flood(n int) (*burst, error) {
	u := &burst{Events: n}
	o, stop, err := b.open("burst")
	if err != nil {
		return nil, err
	}
	defer stop()
	if err := o.publish("bench-burst", "bench-burst", []any{map[string]any{"id": "mail", "kind": "send", "send": map[string]any{"template": "welcome-1", "channel": "email"}}}); err != nil {
		return nil, err
	}
	if err := o.people("burst", n); err != nil {
		return nil, err
	}
	other, err := o.bystander("flood", 300+n/5)
	if err != nil {
		return nil, err
	}
	if u.Before50, u.Before95, _, err = other.during(20 * time.Second); err != nil {
		return nil, err
	}
	stopOther := other.begin()
	people, began := map[string]time.Time{}, time.Now()
	var parts [][]any
	for from := 0; from < n; from += 100 {
		var part []any
		for i := from; i < min(n, from+100); i++ {
			user := fmt.Sprintf("burst-%d", i)
			people[user+"@example.com"] = began
			part = append(part, map[string]any{"type": "track", "userId": user, "event": "bench-burst", "messageId": "now-" + user})
		}
		parts = append(parts, part)
	}
	var slowest atomic.Int64
	if err := concurrently(len(parts), 16, func(i int) error {
		at := time.Now()
		err := o.post("/v1/batch", map[string]any{"batch": parts[i]})
		for took := time.Since(at).Milliseconds(); ; {
			if was := slowest.Load(); took <= was || slowest.CompareAndSwap(was, took) {
				return err
			}
		}
	}); err != nil {
		return nil, err
	}
	u.Taken, u.SlowestAck = time.Since(began).Seconds(), float64(slowest.Load())
	var all []smtpsink.Message
	for deadline := time.Now().Add(20 * time.Minute); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		if rss, err := measure.RSS(o.pid); err == nil {
			u.RSS = max(u.RSS, rss)
		}
		if all = among(b.sink.Messages(), people); len(all) >= n {
			break
		}
	}
	u.Mailed = time.Since(began).Seconds()
	if u.Other50, u.Other95, _, err = stopOther(); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, m := range among(b.sink.Messages(), people) {
		seen[m.To[0]] = true
	}
	if all = among(b.sink.Messages(), people); len(all) != n || len(seen) != n {
		return nil, fmt.Errorf("burst: %d mails to %d people, want %d", len(all), len(seen), n)
	}
	return u, nil
}
