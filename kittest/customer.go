package kittest

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
)

// Customer is a made-up customer.
type Customer struct {
	Name string // his external id

	w    *World
	id   ids.ID
	seen map[ids.ID]bool // sends that an expectation has taken
	paid map[ids.ID]bool // rewards likewise
	done int             // orders
}

// Customer lets somebody become known, with traits over an address, name@example.com. Asked for again by the same name it
// is the same customer, with new traits.
func (w *World) Customer(name string, traits Props) *Customer {
	w.t.Helper()
	var c *Customer
	for _, known := range w.customers {
		if known.Name == name {
			c = known
		}
	}
	if c == nil {
		c = &Customer{Name: name, w: w, seen: map[ids.ID]bool{}, paid: map[ids.ID]bool{}}
		w.customers = append(w.customers, c)
		all := Props{"email": name + "@example.com"}
		maps.Copy(all, traits)
		traits = all
	}
	c.says(ingest.Identify, "", traits, w.now())
	var err error
	c.id, err = w.Store.CustomerByExternalID(w.t.Context(), w.workspace.ID, name)
	w.must(err)
	return c
}

// ID is the customer's id, as journeys know it.
func (c *Customer) ID() string { return c.id.String() }

// Does lets the customer do something now: an event with its properties.
func (c *Customer) Does(event string, properties Props) {
	c.w.t.Helper()
	c.w.note("%s: %s%s", c.Name, event, compact(properties))
	c.says(ingest.Track, event, properties, c.w.now())
}

// Did is Does for something that happened earlier and is told only now.
func (c *Customer) Did(event string, properties Props, at time.Time) {
	c.w.t.Helper()
	c.w.note("%s: %s%s, which happened %s", c.Name, event, compact(properties), c.w.stamp(at))
	c.says(ingest.Track, event, properties, at)
}

// Orders lets the customer complete an order of so many euros now, and returns its id.
func (c *Customer) Orders(total float64) (order string) {
	c.w.t.Helper()
	c.done++
	order = fmt.Sprintf("%s-%d", c.Name, c.done)
	c.Does("Order Completed", Props{"order_id": order, "total": total, "currency": "EUR"})
	return order
}

// Consents gives permission for a purpose on a channel, as a form would.
func (c *Customer) Consents(channel, purpose string) {
	c.w.t.Helper()
	c.Does("Consent Granted", Props{"channel": channel, "purpose": purpose, "source": "form", "source_kind": "person"})
}

// Withdraws takes it back.
func (c *Customer) Withdraws(channel, purpose string) {
	c.w.t.Helper()
	c.Does("Consent Withdrawn", Props{"channel": channel, "purpose": purpose, "source": "form", "source_kind": "person"})
}

// Opens opens the latest message of a step.
func (c *Customer) Opens(step string) { c.w.t.Helper(); c.engages(storage.EventMessageOpened, step) }

// Clicks follows a link in the latest message of a step.
func (c *Customer) Clicks(step string) { c.w.t.Helper(); c.engages(storage.EventMessageClicked, step) }

func (c *Customer) engages(event, step string) {
	c.w.t.Helper()
	for _, s := range c.sends() { // newest first
		if s.StepID == step && s.State == sendAccepted {
			c.own(storage.RunEvent{Run: s.RunID, Step: step, Send: s.ID, Name: event,
				Properties: map[string]any{"send_id": s.ID.String(), "template": s.Template, "channel": s.Channel}})
			return
		}
	}
	c.w.t.Fatalf("%s has no message of step %q to open\n%s", c.Name, step, c.w.story())
}

// Completes says how the task of a step went: one of its outcomes.
func (c *Customer) Completes(step, outcome string) {
	c.w.t.Helper()
	run := c.latest()
	if run == nil || run.State != models.RunOpen || run.StepID != step {
		c.w.t.Fatalf("%s has no open task at step %q\n%s", c.Name, step, c.w.story())
	}
	c.own(storage.RunEvent{Run: run.ID, Step: step, Name: storage.EventTaskCompleted, Properties: map[string]any{"step": step, "outcome": outcome}})
}

func (c *Customer) own(e storage.RunEvent) {
	c.w.t.Helper()
	c.w.note("%s: %s at step %s", c.Name, e.Name, e.Step)
	e.MessageID = ids.New().String()
	c.w.must(c.w.Store.AcceptRunEvents(c.w.t.Context(), c.w.workspace.ID, []storage.RunEvent{e}, c.w.now()))
	c.w.settle()
}

// Enters lets the customer into a journey as a colleague or a call would, with data for the run. It reports why he may not
// come in; empty when he has.
func (c *Customer) Enters(j *Journey, data Props) (refused string) {
	c.w.t.Helper()
	kind := storage.CauseManual
	if j.Document.Entry.Kind == "api" {
		kind = storage.CauseAPI
	}
	c.w.note("%s is let into journey %s%s", c.Name, j.Document.Key, compact(data))
	res, err := c.w.Store.EnterJourney(c.w.t.Context(), c.w.workspace.ID, j.row.ID, []storage.EntryAsk{{Customer: c.id, Data: data, Cause: storage.Cause{ID: ids.New(), Kind: kind, At: c.w.now()}}}, c.w.now())
	c.w.must(err)
	c.w.settle()
	return res[0].Reason
}

// says goes through the ingestion and the router of the product.
func (c *Customer) says(kind ingest.Type, event string, properties Props, at time.Time) {
	c.w.t.Helper()
	msg := map[string]any{"userId": c.Name, "messageId": ids.New().String(), "timestamp": at.Format(time.RFC3339Nano)}
	if kind == ingest.Identify {
		msg["traits"] = properties
	} else {
		msg["event"], msg["properties"] = event, properties
	}
	body, err := json.Marshal(msg)
	c.w.must(err)
	decoded, err := ingest.Decode(kind, body, ingest.Options{ReceivedAt: c.w.now()})
	c.w.must(err)
	_, err = c.w.Store.AcceptEvents(c.w.t.Context(), []storage.Intake{{Workspace: c.w.workspace.ID, Source: "kittest", Events: decoded.Events, ReceivedAt: c.w.now()}})
	c.w.must(err)
	c.w.settle()
}
