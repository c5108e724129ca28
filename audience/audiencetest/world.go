package audiencetest

import (
	"bytes"
	_ "embed" // cases.yaml
	"encoding/json"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"sojourn/audience"
	"sojourn/audience/match"
	"sojourn/ids"
)

// World is a set of customers at a moment.
type World struct {
	Name   string    `json:"world"`
	Now    time.Time `json:"now"`
	Zone   string    `json:"zone"` // default UTC
	People []*Person `json:"people"`
	Cases  []Case    `json:"cases"`
}

// Case is one line of the truth table.
type Case struct {
	That  string             `json:"that"`
	If    audience.Condition `json:"if"`
	Holds []string           `json:"holds"`
	Hand  bool               `json:"hand"` // about the event or run at hand: SQL must refuse it
}

// Person is a customer with everything a condition may ask.
type Person struct {
	Name        string             `json:"name"`
	Fields      Fields             `json:"fields"`
	Attributes  json.RawMessage    `json:"attributes"`
	Raw         string             `json:"raw"`     // attributes as JSON text, for what YAML can't write
	Metrics     map[string]float64 `json:"metrics"` // nil = no metrics row; instants in microseconds
	Times       map[string]string  `json:"times"`   // metrics that are instants, RFC 3339
	Permissions []match.Permission `json:"permissions"`
	Members     []string           `json:"members"`
	Events      []Event            `json:"events"`
	Objects     []Object           `json:"objects"`
	Hand        *Event             `json:"hand"`
	Context     map[string]any     `json:"context"`
	Results     map[string]string  `json:"results"`

	ID ids.ID `json:"-"`
}

// Fields are the customer's own.
type Fields struct {
	ExternalID  string    `json:"external_id"`
	Email       string    `json:"email"`
	Phone       string    `json:"phone"`
	Locale      string    `json:"locale"`
	Timezone    string    `json:"timezone"`
	Country     string    `json:"country"`
	Birthday    string    `json:"birthday"`
	CreatedAt   time.Time `json:"created_at"`
	PausedUntil time.Time `json:"paused_until"`
	NoProfiling bool      `json:"no_profiling"`
	Restricted  bool      `json:"restricted"`
}

// Event is one routed event.
type Event struct {
	Name string          `json:"name"`
	At   time.Time       `json:"at"`
	Data json.RawMessage `json:"data"`

	ID ids.ID `json:"-"`
}

// Object is one object of a person's.
type Object struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

//go:embed cases.yaml
var casesYAML []byte

// Worlds reads the truth table.
func Worlds() ([]*World, error) {
	var tree any
	if err := yaml.Unmarshal(casesYAML, &tree); err != nil {
		return nil, err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	var worlds []*World
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&worlds); err != nil {
		return nil, fmt.Errorf("cases.yaml: %w", err)
	}
	for _, w := range worlds {
		w.number()
	}
	return worlds, nil
}

// number gives everybody an id; events get theirs in the order they are written, which decides ties.
func (w *World) number() {
	for _, p := range w.People {
		p.ID = ids.New()
		if p.Raw != "" {
			p.Attributes = json.RawMessage(p.Raw)
		}
		if len(p.Attributes) == 0 {
			p.Attributes = json.RawMessage("{}")
		}
		if p.Fields.CreatedAt.IsZero() {
			p.Fields.CreatedAt = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		for i := range p.Events {
			p.Events[i].ID = ids.New()
			if len(p.Events[i].Data) == 0 {
				p.Events[i].Data = json.RawMessage("{}")
			}
		}
	}
}

// Moment is now in the world's zone.
func (w *World) Moment() (time.Time, error) {
	zone, err := time.LoadLocation(w.Zone)
	return w.Now.In(zone), err
}

// Subject is the person as match sees it.
func (p *Person) Subject() (*match.Subject, error) {
	f := p.Fields
	s := &match.Subject{
		Customer: match.Customer{
			ExternalID: f.ExternalID, Email: f.Email, Phone: f.Phone, Locale: f.Locale, Timezone: f.Timezone, Country: f.Country,
			Birthday: f.Birthday, CreatedAt: f.CreatedAt, PausedUntil: f.PausedUntil, NoProfiling: f.NoProfiling, Restricted: f.Restricted,
		},
		Permissions: p.Permissions, Audiences: p.Members, Context: p.Context, Results: p.Results,
	}
	if err := json.Unmarshal(p.Attributes, &s.Attributes); err != nil {
		return nil, err
	}
	for _, m := range audience.NewCatalogue().Metrics {
		if text, ok := p.Times[m.Name]; ok {
			at, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				return nil, err
			}
			s.Metrics.SetInstant(m.ID, at)
		}
		if v, ok := p.Metrics[m.Name]; ok {
			s.Metrics.Set(m.ID, v)
		}
	}
	for _, e := range p.Events {
		ev, err := e.match()
		if err != nil {
			return nil, err
		}
		s.Events = append(s.Events, ev)
	}
	match.SortEvents(s.Events)
	for _, o := range p.Objects {
		m := match.Object{Type: o.Type}
		if err := json.Unmarshal(o.Data, &m.Data); err != nil {
			return nil, err
		}
		s.Objects = append(s.Objects, m)
	}
	if p.Hand != nil {
		ev, err := p.Hand.match()
		if err != nil {
			return nil, err
		}
		s.Event = &ev
	}
	return s, nil
}

func (e Event) match() (match.Event, error) {
	m := match.Event{ID: e.ID, Name: e.Name, At: e.At}
	if len(e.Data) == 0 {
		return m, nil
	}
	return m, json.Unmarshal(e.Data, &m.Data)
}
