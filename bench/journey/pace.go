package main

import (
	"fmt"
	"time"

	"sojourn/bench/measure"
	"sojourn/chaos/smtpsink"
)

// pace sends events at 5 per second, whatever happens to the ones before, and takes the time to each mail's arrival.
func (b *bench) pace(f *figures, wait time.Duration, send func(i int) (to string, err error)) error {
	n := 5 * b.o.paced
	at := make(chan sent, n)
	for i := range n {
		go func() {
			time.Sleep(time.Duration(i) * 200 * time.Millisecond)
			to, err := send(i)
			at <- sent{to, time.Now(), err}
		}()
	}
	acked := map[string]time.Time{}
	for range n {
		s := <-at
		if s.err != nil {
			return s.err
		}
		acked[s.to] = s.at
	}
	if !b.sink.Await(2*time.Minute, func(m []smtpsink.Message) bool { return len(among(m, acked)) >= n }) {
		return fmt.Errorf("%s %s paced: %d of %d mails arrived", f.Side, f.Shape, len(among(b.sink.Messages(), acked)), n)
	}
	var d []time.Duration
	for _, m := range among(b.sink.Messages(), acked) {
		d = append(d, m.At.Sub(acked[m.To[0]])-wait)
	}
	f.P50, f.P95, f.P99 = quantiles(d)
	return nil
}

// quantiles are p50, p95 and p99 in milliseconds.
func quantiles(d []time.Duration) (p50, p95, p99 float64) {
	ms := func(q float64) float64 { return float64(measure.Quantile(d, q).Microseconds()) / 1000 }
	return ms(.5), ms(.95), ms(.99)
}

// bystander is another journey whose events come at 5 per second whatever else goes on.
type bystander struct {
	o     *ours
	name  string
	next  int
	limit int
}

// bystander publishes it and makes people for at most so many events.
func (o *ours) bystander(name string, limit int) (*bystander, error) {
	name = "other-" + name
	if err := o.publish(name, name, []any{map[string]any{"id": "mail", "kind": "send", "send": map[string]any{"template": "welcome-1", "channel": "email"}}}); err != nil {
		return nil, err
	}
	return &bystander{o: o, name: name, limit: limit}, o.people(name, limit)
}

// during measures for a while.
func (y *bystander) during(d time.Duration) (p50, p95, p99 float64, err error) {
	stop := y.begin()
	time.Sleep(d)
	return stop()
}

// begin lets the events come until stop is called, which waits for their mails.
func (y *bystander) begin() (stop func() (p50, p95, p99 float64, err error)) {
	end, acked := make(chan struct{}), make(chan map[string]time.Time)
	go func() {
		at := map[string]time.Time{}
		tick := time.NewTicker(time.Second / 5)
		defer tick.Stop()
		results := make(chan sent, y.limit)
		begun := 0
	events:
		for ; y.next < y.limit; y.next++ {
			select {
			case <-end:
				break events
			case <-tick.C:
			}
			user := fmt.Sprintf("%s-%d", y.name, y.next)
			begun++
			go func() { // whatever happens to the ones before
				err := y.o.track(map[string]any{"type": "track", "userId": user, "event": y.name, "messageId": "at-" + user})
				results <- sent{user + "@example.com", time.Now(), err}
			}()
		}
		for range begun {
			if s := <-results; s.err == nil {
				at[s.to] = s.at
			}
		}
		<-end
		acked <- at
	}()
	return func() (p50, p95, p99 float64, err error) {
		close(end)
		at := <-acked
		sink := y.o.b.sink
		if !sink.Await(5*time.Minute, func(m []smtpsink.Message) bool { return len(among(m, at)) >= len(at) }) {
			return 0, 0, 0, fmt.Errorf("%s: %d of %d mails arrived", y.name, len(among(sink.Messages(), at)), len(at))
		}
		var d []time.Duration
		for _, m := range among(sink.Messages(), at) {
			d = append(d, m.At.Sub(at[m.To[0]]))
		}
		p50, p95, p99 = quantiles(d)
		return p50, p95, p99, nil
	}
}
