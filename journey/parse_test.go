package journey_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sojourn/fault"
	"sojourn/journey"
)

const small = `
key: hello
name: Hello
purpose: marketing
entry:
  kind: event
  event: Signed Up
  where: {property: age, op: gte, value: 18}
  reentry: {rule: after, after: P90D}
exit:
  - {event: Consent Withdrawn, label: withdrawn}
goal: {event: Order Completed, window: P30D}
steps:
  - {id: nap, kind: wait, wait: {for: P1D, until: {time: "09:30"}}}
  - id: decide
    kind: branch
    branch:
      cases:
        - {name: big, when: {metric: orders_value, op: gte, value: 5000}, next: bye}
  - {id: mail, kind: send, send: {template: hi, channel: email}}
  - {id: mark, kind: update, update: {set: {greeted: true, level: 3, since: 2026-01-02}}}
  - id: answer
    kind: wait_for
    wait_for: {events: [{event: Clicked}], timeout: P7D}
  - {id: bye, kind: exit, exit: {label: done}}
`

func linked(t *testing.T) journey.Document {
	t.Helper()
	doc, err := journey.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(doc.Steps) - 1 {
		doc.Steps[i].Next = doc.Steps[i+1].ID
	}
	return doc
}

func TestYAMLAndJSONOfTheSameJourneyHaveOneHash(t *testing.T) {
	t.Parallel()
	fromYAML, err := journey.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(fromYAML, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := journey.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if journey.Hash(fromYAML) != journey.Hash(fromJSON) {
		a, _ := journey.Canonical(fromYAML)
		b, _ := journey.Canonical(fromJSON)
		t.Fatalf("hashes differ\n%s\n%s", a, b)
	}
	fromJSON.Name += "!"
	if journey.Hash(fromYAML) == journey.Hash(fromJSON) {
		t.Fatal("another name, the same hash")
	}
}

func TestHashIsStable(t *testing.T) {
	t.Parallel()
	doc, err := journey.Parse([]byte("{key: a, name: A, purpose: p, entry: {kind: event, event: E}, steps: [{id: x, kind: exit, exit: {label: l}}]}"))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := journey.Canonical(doc)
	const want = `{"key":"a","name":"A","purpose":"p","entry":{"kind":"event","event":"E"},"steps":[{"id":"x","kind":"exit","exit":{"label":"l"}}]}`
	if string(text) != want {
		t.Fatalf("canonical form changed; published versions would no longer load\n got %s\nwant %s", text, want)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, path, message string }{
		"an unknown field in YAML": {"key: a\nnmae: A\n", "line 2", "unknown field nmae in document"},
		"an unknown field in JSON": {"{\n \"key\": \"a\",\n \"steps\": [{\"id\": \"x\",\n  \"nxt\": \"y\"}]\n}", "line 4", "unknown field nxt in step"},
		"a wrong type":             {"key: a\npriority: high\n", "line 2", "cannot unmarshal"},
		"broken YAML":              {"key: [a\n", "", "did not find"},
		"broken JSON":              {"{\"key\": ", "", ""},
		"JSON that is not YAML":    {"{\n\t\"key\": \"\\ud83d\\ude00\", \"nmae\": 1}", "", ""},
		"nothing":                  {"  \n", "", ""},
		"two documents":            {"key: a\n---\nkey: b\n", "", "more than one"},
		"a repeated field":         {"key: a\nkey: b\n", "line 2", "already defined"},
		"something after the JSON": {`{"key":"a"} {"key":"b"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := journey.Parse([]byte(c.text))
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("error %v, want an invalid input", err)
			}
			if c.message == "" {
				return
			}
			f := err.(*fault.Error)
			if len(f.Fields) == 0 || !strings.Contains(f.Fields[0].Path, c.path) || !strings.Contains(f.Fields[0].Message, c.message) {
				t.Fatalf("fields %+v, want %q at %q", f.Fields, c.message, c.path)
			}
		})
	}
}

func TestListensNamesWhatARunReactsTo(t *testing.T) {
	t.Parallel()
	got := strings.Join(linked(t).Listens(), ", ")
	if want := "Clicked, Consent Withdrawn, Order Completed"; got != want {
		t.Fatalf("listens to %q, want %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"key":"a"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := journey.Parse(text)
		if err != nil {
			return
		}
		canonical, err := journey.Canonical(doc)
		if err != nil {
			t.Fatalf("a parsed document has no canonical form: %v", err)
		}
		again, err := journey.Parse(canonical)
		if err != nil {
			t.Fatalf("the canonical form can't be read: %v\n%s", err, canonical)
		}
		if journey.Hash(doc) != journey.Hash(again) {
			t.Fatalf("the canonical form has another hash\n%s", canonical)
		}
		journey.Validate(doc, nil)
	})
}
