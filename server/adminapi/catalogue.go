package adminapi

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"sojourn/audience"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/storage"
)

// How many of the latest rows are looked at for the names of attributes and properties: enough for a list to choose
// from, few enough to be read while a form opens. A name may always be written by hand.
const (
	sampledCustomers = 100
	sampledEvents    = 400
)

func (a *API) getCatalogue(ctx context.Context, _ *Nothing) (*Out[Catalogue], error) {
	ws := caller(ctx).Workspace.ID
	known, err := a.deps.Store.JourneyCatalogue(ctx, ws)
	if err != nil {
		return nil, err
	}
	language := audience.NewCatalogue()
	c := Catalogue{Fields: fieldsOf(language.Fields), Metrics: fieldsOf(language.Metrics), States: language.States, Ops: map[string][]string{},
		Audiences: sorted(known.Audiences), Channels: append([]string{}, a.deps.Channels...), Templates: []CatalogueTemplate{}, Journeys: []CatalogueJourney{}}
	for t, ops := range language.Ops {
		for _, o := range ops {
			c.Ops[string(t)] = append(c.Ops[string(t)], string(o))
		}
	}
	if c.Events, err = a.catalogueEvents(ctx, ws, known.Events); err != nil {
		return nil, err
	}
	if c.Attributes, err = a.catalogueAttributes(ctx, ws); err != nil {
		return nil, err
	}
	if err := a.catalogueTemplates(ctx, ws, known, &c); err != nil {
		return nil, err
	}
	types, err := a.deps.Store.ObjectTypes(ctx, ws)
	if err != nil {
		return nil, err
	}
	c.Objects = []CatalogueObject{}
	for _, o := range types {
		c.Objects = append(c.Objects, CatalogueObject{Type: o.Type, Dates: append([]string{}, o.Dates...)})
	}
	return &Out[Catalogue]{c}, a.catalogueJourneys(ctx, ws, &c)
}

func (a *API) catalogueEvents(ctx context.Context, ws int64, seen map[string]bool) ([]CatalogueEvent, error) {
	rows, err := a.deps.Store.ListEvents(ctx, ws, "", ids.ID{}, storage.PageAsk{Limit: sampledEvents})
	if err != nil {
		return nil, err
	}
	properties := map[string]map[string]bool{}
	for name := range seen {
		properties[name] = map[string]bool{}
	}
	for name, own := range journey.OwnEvents {
		properties[name] = map[string]bool{}
		for _, p := range own {
			properties[name][p] = true
		}
	}
	for _, r := range rows {
		of := properties[r.Name]
		var data map[string]any
		if of == nil || r.Data.Into(&data) != nil {
			continue
		}
		for p := range data {
			of[p] = true
		}
	}
	out := make([]CatalogueEvent, 0, len(properties))
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if name != "" {
			out = append(out, CatalogueEvent{name, sorted(properties[name])})
		}
	}
	return out, nil
}

func (a *API) catalogueAttributes(ctx context.Context, ws int64) ([]string, error) {
	rows, err := a.deps.Store.ListCustomers(ctx, ws, "", storage.PageAsk{Limit: sampledCustomers})
	names := map[string]bool{}
	for _, r := range rows {
		var attributes map[string]any
		if r.Attributes.Into(&attributes) == nil {
			for n := range attributes {
				names[n] = true
			}
		}
	}
	return sorted(names), err
}

func (a *API) catalogueTemplates(ctx context.Context, ws int64, known storage.JourneyCatalogue, c *Catalogue) error {
	rows, err := a.deps.Store.ListTemplates(ctx, ws)
	for _, t := range rows {
		c.Templates = append(c.Templates, CatalogueTemplate{t.TemplateKey, t.Name, t.Class, append([]string{}, known.Templates[t.TemplateKey]...)})
	}
	return err
}

// catalogueJourneys lists the other journeys, and the purposes that any of them sends for.
func (a *API) catalogueJourneys(ctx context.Context, ws int64, c *Catalogue) error {
	all, err := a.deps.Store.ListJourneys(ctx, ws)
	if err != nil {
		return err
	}
	purposes := map[string]bool{"marketing": true, "service": true}
	for _, j := range all {
		if j.State == storage.JourneyArchived {
			continue
		}
		kind := ""
		if !j.LiveVersionID.IsZero() {
			p, err := a.deps.Store.DocumentByVersion(ctx, ws, j.LiveVersionID)
			if err != nil {
				return err
			}
			kind = string(p.Document.Entry.Kind)
			purposes[p.Document.Purpose] = true
		}
		c.Journeys = append(c.Journeys, CatalogueJourney{j.JourneyKey, j.Name, kind})
	}
	delete(purposes, "")
	c.Purposes = sorted(purposes)
	return nil
}

func fieldsOf(in []audience.Field) []CatalogueField {
	out := make([]CatalogueField, len(in))
	for i, f := range in {
		out[i] = CatalogueField{f.Name, f.Label, string(f.Type), string(f.Unit)}
	}
	return out
}

// sorted lists the names of a set; never nil, so that a list is never null.
func sorted(set map[string]bool) []string {
	return append([]string{}, slices.Sorted(maps.Keys(set))...)
}

// journeySource turns YAML (or JSON) into a document and a document into YAML, with the parser that publishing and git
// use. Nothing is saved. A text that can't be read is Invalid, with a field per line that is wrong.
func (a *API) journeySource(ctx context.Context, in *In[SourceRequest]) (*Out[SourceResult], error) {
	b := in.Body
	if (b.Text == "") == (b.Document == nil) {
		return nil, fault.New(fault.Invalid, "give either a text or a document").WithFields(fault.Field{Path: "body", Message: "exactly one of text and document"})
	}
	var doc journey.Document
	if b.Document != nil {
		doc = *b.Document
	} else {
		var err error
		if doc, err = journey.Parse([]byte(b.Text)); err != nil {
			return nil, err
		}
	}
	if doc.Steps == nil {
		doc.Steps = []journey.Step{} // a list is never null
	}
	var text bytes.Buffer
	enc := yaml.NewEncoder(&text)
	enc.SetIndent(2)
	if err := enc.Encode(doc); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the journey holds a value that YAML can't")
	}
	issues, err := a.issues(ctx, caller(ctx).Workspace.ID, doc)
	return &Out[SourceResult]{SourceResult{doc, text.String(), issues}}, err
}
