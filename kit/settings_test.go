package kit

import (
	"encoding/json"
	"reflect"
	"testing"
)

type nestedSettings struct {
	Days    []string          `json:"days"`
	Names   map[string]string `json:"names"`
	Prizes  []prize           `json:"prizes"`
	Large   int64             `json:"large"`
	Reward  prize             `json:"reward"`
	Perhaps *int              `json:"perhaps,omitempty"`
}

type prize struct {
	Kind   string `json:"kind"`
	Amount int    `json:"amount"`
}

func nestedDefaults() nestedSettings {
	return nestedSettings{Days: []string{"mon", "tue"}, Names: map[string]string{"en": "Hello"}, Prizes: []prize{{"points", 5}}, Large: 9007199254740993, Reward: prize{"points", 500}}
}

// Settings are laid over the defaults and never into them: they belong to every journey of the type, in every workspace.
func TestSettingsLeaveTheDefaultsAlone(t *testing.T) {
	t.Parallel()
	defaults := nestedDefaults()
	got, err := read("x", defaults, json.RawMessage(`{"days": ["sat"], "names": {"nl": "Hallo"}, "prizes": [{"kind": "voucher"}], "reward": {"amount": 7}, "large": null}`))
	if err != nil {
		t.Fatal(err)
	}
	want := nestedSettings{Days: []string{"sat"}, Names: map[string]string{"en": "Hello", "nl": "Hallo"}, Prizes: []prize{{Kind: "voucher"}}, Large: 9007199254740993, Reward: prize{"points", 7}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, raw := range []string{"", "null", "{}", `{"days": ["wed", "thu"]}`} {
		s, err := read("x", defaults, json.RawMessage(raw))
		if err != nil {
			t.Fatal(err)
		}
		s.Days[0], s.Names["en"] = "changed by a run", "changed by a run"
	}
	if !reflect.DeepEqual(defaults, nestedDefaults()) {
		t.Errorf("the defaults are now %+v", defaults)
	}
	if s, err := read("x", defaults, json.RawMessage(`{"DAYS": ["sun"]}`)); err != nil || s.Days[0] != "sun" {
		t.Errorf("in capitals: %v, %v", s.Days, err)
	}
	for _, raw := range []string{`{"nights": 1}`, `{"reward": {"sort": 1}}`, `[]`, `{"days": 3}`, `{`} {
		if _, err := read("x", defaults, json.RawMessage(raw)); err == nil {
			t.Errorf("%s was taken", raw)
		}
	}
}
