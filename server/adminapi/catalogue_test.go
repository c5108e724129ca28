package adminapi_test

import (
	"slices"
	"strings"
	"testing"

	"sojourn/journey"
	"sojourn/server/access"
	"sojourn/server/adminapi"
)

// What a form offers to choose from is what the workspace has, and nothing of its twin.
func TestTheCatalogueNamesWhatTheWorkspaceHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *adminapi.Deps) { d.Blueprints = []adminapi.Finished{hello} })
	if got := w.as(access.Marketer).do("POST", "/journeys", map[string]any{"blueprint": "hello"}); got.status != 201 {
		t.Fatal(got.body)
	}
	var c adminapi.Catalogue
	w.as(access.Analyst).do("GET", "/catalogue", nil).into(t, 200, &c)
	names := []string{}
	for _, e := range c.Events {
		names = append(names, e.Name)
	}
	if !slices.IsSorted(names) || !slices.Contains(names, "Message Opened") || !slices.Contains(names, w.acme.Routed.Name) {
		t.Errorf("events: %q, want also %q", names, w.acme.Routed.Name)
	}
	if len(c.Fields) == 0 || len(c.Metrics) == 0 || !slices.Contains(c.Ops["number"], "gte") || !slices.Contains(c.States, "granted") {
		t.Errorf("language: %+v", c)
	}
	if len(c.Templates) != 1 || !slices.Equal(c.Templates[0].Channels, []string{"email"}) || len(c.Journeys) != 2 || c.Objects == nil || c.Journeys[1].Key != "win-back" || !slices.Contains(c.Channels, "email") {
		t.Errorf("things: %+v", c)
	}
}

// A journey as text and back is the same journey; what can't be read names its line.
func TestAJourneyAsTextAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.as(access.Marketer)
	var first, second adminapi.SourceResult
	ann.do("POST", "/journeys/source", map[string]any{"document": hello.Document}).into(t, 200, &first)
	if !strings.Contains(first.YAML, "key: hello\n") || !strings.Contains(first.YAML, "template: hello") {
		t.Fatalf("yaml:\n%s", first.YAML)
	}
	ann.do("POST", "/journeys/source", map[string]any{"text": first.YAML}).into(t, 200, &second)
	if journey.Hash(second.Document) != journey.Hash(hello.Document) || second.YAML != first.YAML {
		t.Errorf("not the same:\n%s\n%s", first.YAML, second.YAML)
	}
	got := ann.do("POST", "/journeys/source", map[string]any{"text": "key: x\nnonsense: true\n"})
	if got.status != 422 || !strings.Contains(got.body, `"location":"line 2"`) {
		t.Errorf("a text with an unknown field: %d %s", got.status, got.body)
	}
	if got := ann.do("POST", "/journeys/source", map[string]any{}); got.status != 422 {
		t.Errorf("nothing at all: %d", got.status)
	}
}
