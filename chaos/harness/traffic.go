package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Event is what a source says, in Segment's form.
type Event struct {
	MessageID  string
	Type       string // identify or track
	Name       string // of a track
	User       string
	Properties map[string]any
}

// Ledger is what the generator knows for certain: what it said, and what was acknowledged. It is the outside truth that
// the auditor compares everything with.
type Ledger struct {
	mu        sync.Mutex
	seq       atomic.Int64
	said      map[string]Event
	acked     map[string]time.Time
	attempts  map[string]int
	refused   map[int]int          // answers that were not 2xx, by status; 0 = no answer at all
	withdrawn map[string]time.Time // address -> when its withdrawal was acknowledged
}

func newLedger() *Ledger {
	return &Ledger{said: map[string]Event{}, acked: map[string]time.Time{}, attempts: map[string]int{}, refused: map[int]int{}, withdrawn: map[string]time.Time{}}
}

func (l *Ledger) say(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said[e.MessageID] = e
	l.attempts[e.MessageID]++
}

func (l *Ledger) ack(ids ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if _, known := l.acked[id]; !known {
			l.acked[id] = time.Now()
		}
	}
}

func (l *Ledger) refuse(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused[status]++
}

// Acked returns the events with a 2xx, by message id.
func (l *Ledger) Acked() map[string]Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string]Event, len(l.acked))
	for id := range l.acked {
		out[id] = l.said[id]
	}
	return out
}

// Said returns everything that was ever sent, acknowledged or not.
func (l *Ledger) Said() map[string]Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string]Event, len(l.said))
	for id, e := range l.said {
		out[id] = e
	}
	return out
}

// Refused counts the answers that were no 2xx; status 0 is a connection that broke.
func (l *Ledger) Refused() map[int]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[int]int{}
	for s, n := range l.refused {
		out[s] = n
	}
	return out
}

// message is the wire form.
func (e Event) message() map[string]any {
	m := map[string]any{"messageId": e.MessageID, "type": e.Type, "userId": e.User}
	if e.Type == "identify" {
		m["traits"] = e.Properties
	} else {
		m["event"], m["properties"] = e.Name, e.Properties
	}
	return m
}

// NewMessageID is unique in the world.
func (w *World) NewMessageID() string {
	return fmt.Sprintf("%s-m%d", w.Name, w.Ledger.seq.Add(1))
}

// Once posts one event a single time and reports whether it was acknowledged.
func (w *World) Once(ctx context.Context, e Event) (acknowledged bool, err error) {
	if e.MessageID == "" {
		e.MessageID = w.NewMessageID()
	}
	w.Ledger.say(e)
	var status int
	status, err = w.post(ctx, "/v1/"+e.Type, e.message())
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("an event was answered %d", status)
	}
	if err != nil {
		w.Ledger.refuse(status)
		return false, err
	}
	w.Ledger.ack(e.MessageID)
	return true, nil
}

// Say posts one event as a client that means it: until it is acknowledged, always with the same message id.
func (w *World) Say(ctx context.Context, e Event) error {
	if e.MessageID == "" {
		e.MessageID = w.NewMessageID()
	}
	err := Until(60*time.Second, func() error {
		_, err := w.Once(ctx, e)
		return err
	})
	if err != nil {
		return fmt.Errorf("say %s of %s: %w", e.Name, e.MessageID, err)
	}
	return nil
}

// Batch posts events together, until they are acknowledged.
func (w *World) Batch(ctx context.Context, events []Event) error {
	messages := make([]map[string]any, len(events))
	known := make([]string, len(events))
	for i := range events {
		if events[i].MessageID == "" {
			events[i].MessageID = w.NewMessageID()
		}
		w.Ledger.say(events[i])
		messages[i], known[i] = events[i].message(), events[i].MessageID
	}
	return Until(60*time.Second, func() error {
		status, err := w.post(ctx, "/v1/batch", map[string]any{"batch": messages})
		if err == nil && status/100 == 2 {
			w.Ledger.ack(known...)
			return nil
		}
		w.Ledger.refuse(status)
		if err == nil {
			err = fmt.Errorf("a batch was answered %d", status)
		}
		return err
	})
}

func (w *World) post(ctx context.Context, path string, body any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+path, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(w.WriteKey, "")
	return w.do(req)
}

func (w *World) do(req *http.Request) (int, error) {
	res, err := w.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0, err // an answer that broke off is no acknowledgement
	}
	return res.StatusCode, nil
}
