package adminapi

import (
	"context"
	"fmt"
	"slices"

	"sojourn/audience"
	"sojourn/fault"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// Finished is a blueprint: a journey with the messages it sends, and what the gallery tells of it.
type Finished struct {
	Document  journey.Document
	Templates []storage.TemplateInput
	Goal      string            // what it is for: start, sell, keep, serve or return
	Name      map[string]string // by locale
	What      map[string]string // one sentence, by locale
	Needs     []Need
	// In is the document with its names, description and tasks in a language; nil: it is written in one only.
	In func(locale string) journey.Document
	// Show writes a message for an invented customer; nil: there is nothing to look at.
	Show func(template, channel, locale string) (Shown, error)
}

// Shown is a message as an invented customer would read it.
type Shown struct{ Subject, Preheader, HTML, Text string }

// condition is who in the workspace has what a blueprint needs; nil for objects, which are counted by themselves.
func (n Need) condition() *audience.Condition {
	switch n.Kind {
	case "event":
		return &audience.Condition{Event: n.Name, Agg: audience.Count, Within: "P30D", Op: audience.Gte, Value: 1.0}
	case "attribute":
		return &audience.Condition{Attribute: n.Name, Op: audience.Exists}
	case "orders":
		return &audience.Condition{Metric: "order_days", Op: audience.Gte, Value: float64(n.Orders)}
	case "scores":
		return &audience.Condition{Metric: n.Name, Op: audience.Exists}
	case "permission":
		return &audience.Condition{Consent: "marketing", Channel: n.Name, Op: audience.Eq, Value: "granted"}
	}
	return nil
}

// said is the document in a language, for those who work with it; without one, that of the workspace.
func (f Finished) said(ctx context.Context, language string) journey.Document {
	if f.In == nil {
		return f.Document
	}
	return f.In(or(language, caller(ctx).Workspace.Locale))
}

func (a *API) listBlueprints(ctx context.Context, in *BlueprintsIn) (*Out[Page[Blueprint]], error) {
	out := &Out[Page[Blueprint]]{Page[Blueprint]{Items: []Blueprint{}}}
	for _, b := range a.deps.Blueprints {
		out.Body.Items = append(out.Body.Items, blueprintOf(b, b.said(ctx, in.Language)))
	}
	return out, nil
}

func blueprintOf(f Finished, d journey.Document) Blueprint {
	b := Blueprint{Key: d.Key, Name: d.Name, Description: d.Description, Goal: f.Goal, Names: f.Name, What: f.What, Code: d.Code != nil, EntryKind: string(d.Entry.Kind),
		Needs: append([]Need{}, f.Needs...), Channels: []string{}, Locales: []string{}, Document: d}
	for _, t := range f.Templates {
		for _, body := range t.Bodies {
			if !slices.Contains(b.Channels, body.Channel) {
				b.Channels = append(b.Channels, body.Channel)
			}
			if !slices.Contains(b.Locales, body.Locale) {
				b.Locales = append(b.Locales, body.Locale)
			}
		}
	}
	return b
}

func (a *API) blueprint(key string) (Finished, error) {
	for _, f := range a.deps.Blueprints {
		if f.Document.Key == key {
			return f, nil
		}
	}
	return Finished{}, fault.New(fault.NotFound, "there is no such blueprint")
}

func (a *API) getBlueprint(ctx context.Context, in *BlueprintIn) (*Out[BlueprintDetail], error) {
	f, err := a.blueprint(in.Key)
	if err != nil {
		return nil, err
	}
	d := BlueprintDetail{Blueprint: blueprintOf(f, f.said(ctx, in.Language)), Messages: []BlueprintMessage{}}
	for _, t := range f.Templates {
		for _, body := range t.Bodies {
			m := BlueprintMessage{Template: t.Key, Name: t.Name, Class: t.Class, Channel: body.Channel, Locale: body.Locale, Subject: body.Subject, Preheader: body.Preheader}
			if f.Show != nil {
				s, err := f.Show(t.Key, body.Channel, body.Locale)
				if err != nil {
					return nil, fmt.Errorf("blueprint %s, template %s: %w", in.Key, t.Key, err)
				}
				m.Subject, m.Preheader, m.Text = s.Subject, s.Preheader, s.Text
				if s.HTML != "" {
					m.HTMLURL = fmt.Sprintf("%s/blueprints/%s/messages/%s/html?channel=%s&locale=%s", Prefix, in.Key, t.Key, body.Channel, body.Locale)
				}
			}
			d.Messages = append(d.Messages, m)
		}
	}
	return &Out[BlueprintDetail]{d}, nil
}

func (a *API) getBlueprintHTML(_ context.Context, in *BlueprintMessageIn) (*HTMLOut, error) {
	f, err := a.blueprint(in.Key)
	if err != nil {
		return nil, err
	}
	if f.Show != nil {
		for _, t := range f.Templates {
			for _, body := range t.Bodies {
				if t.Key != in.Template || body.Channel != in.Channel || body.Locale != in.Locale {
					continue
				}
				if s, err := f.Show(t.Key, body.Channel, body.Locale); err != nil || s.HTML != "" {
					return &HTMLOut{ContentType: "text/html; charset=utf-8", CSP: inboxPolicy, Body: []byte(inNewTabs(s.HTML))}, err
				}
			}
		}
	}
	return nil, fault.New(fault.NotFound, "this blueprint has no such message")
}

// listNeeds counts what the workspace has of all that the blueprints need, each need once.
func (a *API) listNeeds(ctx context.Context, _ *Nothing) (*Out[Page[NeedMet]], error) {
	ws := caller(ctx).Workspace.ID
	types, err := a.deps.Store.ObjectTypes(ctx, ws)
	if err != nil {
		return nil, err
	}
	out := &Out[Page[NeedMet]]{Page[NeedMet]{Items: []NeedMet{}}}
	seen := map[Need]bool{}
	for _, f := range a.deps.Blueprints {
		for _, n := range f.Needs {
			if seen[n] {
				continue
			}
			seen[n] = true
			met := NeedMet{Need: n}
			if c := n.condition(); c != nil {
				if met.Count, err = a.deps.Store.CountAudience(ctx, ws, *c, a.now()); err != nil {
					return nil, err
				}
			}
			for _, t := range types {
				if n.Kind == "object" && t.Type == n.Name && (n.Date == "" || slices.Contains(t.Dates, n.Date)) {
					met.Count = t.Objects
				}
			}
			out.Body.Items = append(out.Body.Items, met)
		}
	}
	return out, nil
}

// chosen are the messages of a blueprint as somebody wants them: in these languages (none = all), from this sender.
func (a *API) chosen(ctx context.Context, ws int64, f Finished, locales []string, sender string) ([]storage.TemplateInput, error) {
	if sender != "" {
		known, err := a.deps.Store.Senders(ctx, ws)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(known, func(s models.Sender) bool { return s.SenderKey == sender }) {
			return nil, fault.New(fault.Invalid, "there is no such sender").WithFields(fault.Field{Path: "body.sender", Message: "unknown"})
		}
	}
	out := make([]storage.TemplateInput, 0, len(f.Templates))
	for _, t := range f.Templates {
		t.SenderKey = sender
		bodies := t.Bodies
		t.Bodies = nil
		for _, b := range bodies {
			if len(locales) == 0 || slices.Contains(locales, b.Locale) {
				t.Bodies = append(t.Bodies, b)
			}
		}
		if len(t.Bodies) == 0 {
			return nil, fault.New(fault.Invalid, "the texts are not written in these languages").WithFields(fault.Field{Path: "body.locales", Message: "choose at least one that the blueprint has"})
		}
		out = append(out, t)
	}
	return out, nil
}
