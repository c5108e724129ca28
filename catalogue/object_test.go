package catalogue_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sojourn/catalogue"
)

func parse(t testing.TB, body string) (catalogue.Change, []string, error) {
	t.Helper()
	var data map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &data); err != nil {
		t.Fatal(err)
	}
	return catalogue.ParseChange(data)
}

func change(t testing.TB, body string) catalogue.Change {
	t.Helper()
	c, unusable, err := parse(t, body)
	if err != nil || len(unusable) > 0 {
		t.Fatalf("%s: %v, unusable %v", body, err, unusable)
	}
	return c
}

// What can't be read is named and left out; the rest counts. Without a type or a key nothing does.
func TestParseChange(t *testing.T) {
	t.Parallel()
	c, unusable, err := parse(t, `{"object_type":"booking","object_key":4711,"status":"Canceled","product":{"a":1},
"dates":{"start":"2026-05-03T15:00","end":"2026-02-30","paid":"2026-04-01T10:00:00+02:00","gone":null},"properties":{"nights":2,"":1}}`)
	if err != nil {
		t.Fatal(err)
	}
	if c.Key != "4711" || *c.Status != catalogue.Cancelled || c.Product != nil || *c.Dates["start"] != "2026-05-03T15:00:00" || *c.Dates["paid"] != "2026-04-01T08:00:00Z" {
		t.Errorf("%+v", c)
	}
	if gone, there := c.Dates["gone"]; !there || gone != nil || len(c.Properties) != 1 {
		t.Errorf("dates %v, properties %v", c.Dates, c.Properties)
	}
	if want := []string{"product", "dates.end", "properties"}; !slices.Equal(unusable, want) {
		t.Errorf("unusable %v, want %v", unusable, want)
	}
	for _, body := range []string{`{}`, `{"object_type":"booking"}`, `{"object_type":"Booking","object_key":"1"}`, `{"object_type":"booking","object_key":" "}`, `{"object_type":"booking","object_key":null}`} {
		if _, _, err := parse(t, body); err == nil {
			t.Errorf("%s was taken for an object", body)
		}
	}
}

// A booking is made, moved and cancelled, and an old fact comes late.
func TestMerge(t *testing.T) {
	t.Parallel()
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	var s catalogue.State
	for i, step := range []struct {
		at      int64
		body    string
		changed []string
		facts   []string
	}{
		{10, `{"object_type":"booking","object_key":"b1","status":"booked","dates":{"start":"2026-05-03","paid":"2026-04-01T22:30:00Z"},"properties":{"nights":2}}`,
			[]string{"status", "dates.paid", "dates.start", "properties.nights"}, []string{"Object Created"}},
		{20, `{"object_type":"booking","object_key":"b1","dates":{"start":"2026-05-03"},"properties":{"nights":2.0}}`, nil, nil},
		{30, `{"object_type":"booking","object_key":"b1","dates":{"start":"2026-04-24"}}`, []string{"dates.start"}, []string{"Object Changed"}},
		{25, `{"object_type":"booking","object_key":"b1","dates":{"start":"2026-06-01"},"properties":{"breakfast":true}}`, []string{"properties.breakfast"}, []string{"Object Changed"}},
		{40, `{"object_type":"booking","object_key":"b1","status":"CANCELLED"}`, []string{"status"}, []string{"Object Changed", "Object Cancelled"}},
		{35, `{"object_type":"booking","object_key":"b1","status":"booked"}`, nil, nil},
		{50, `{"object_type":"booking","object_key":"b1","dates":{"paid":null},"properties":{"breakfast":null}}`, []string{"dates.paid", "properties.breakfast"}, []string{"Object Changed"}},
	} {
		next, changed, left := s.Merge(change(t, step.body), step.at, amsterdam)
		if !slices.Equal(changed, step.changed) || len(left) > 0 {
			t.Errorf("step %d changed %v, left %v; want %v", i, changed, left, step.changed)
		}
		if facts := catalogue.Facts(s.Object, next.Object, i > 0, changed); !slices.Equal(facts, step.facts) {
			t.Errorf("step %d makes %v, want %v", i, facts, step.facts)
		}
		s = next
		if i == 0 && s.Days["paid"] != "2026-04-02" {
			t.Errorf("days %v: half past ten in the evening in London is the next day in Amsterdam", s.Days)
		}
	}
	want := catalogue.Object{Type: "booking", Key: "b1", Status: "cancelled", Dates: map[string]string{"start": "2026-04-24"}, Days: map[string]string{"start": "2026-04-24"},
		Properties: map[string]json.RawMessage{"nights": json.RawMessage("2")}}
	if !reflect.DeepEqual(s.Object, want) {
		t.Errorf("%+v, want %+v", s.Object, want)
	}
}

// Facts at different moments end in the same object, in whatever order they come and however often.
func TestMergeOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "facts")
		facts := make([]catalogue.Change, n)
		for i := range facts {
			c := catalogue.Change{Type: "booking", Key: "b", Dates: map[string]*string{}, Properties: map[string]json.RawMessage{}}
			if v := rapid.SampledFrom([]string{"", "booked", "cancelled"}).Draw(t, "status"); rapid.Bool().Draw(t, "says status") {
				c.Status = &v
			}
			for _, name := range []string{"start", "end"} {
				switch rapid.IntRange(0, 2).Draw(t, name) {
				case 1:
					c.Dates[name] = nil
				case 2:
					v := fmt.Sprintf("2026-05-%02d", rapid.IntRange(1, 4).Draw(t, "day"))
					c.Dates[name] = &v
				}
			}
			if rapid.Bool().Draw(t, "property") {
				c.Properties["n"] = json.RawMessage(rapid.SampledFrom([]string{"1", "2", "null"}).Draw(t, "n"))
			}
			facts[i] = c
		}
		order := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range n {
				if !yield(i) {
					return
				}
			}
		})).Draw(t, "order")
		var inOrder, shuffled catalogue.State
		for i := range facts {
			inOrder, _, _ = inOrder.Merge(facts[i], int64(i+1), time.UTC)
		}
		for _, i := range append(order, order...) {
			shuffled, _, _ = shuffled.Merge(facts[i], int64(i+1), time.UTC)
		}
		if !reflect.DeepEqual(inOrder, shuffled) {
			t.Fatalf("in order %+v, shuffled %+v", inOrder, shuffled)
		}
	})
}

// More than there is room for is refused field by field, and what there is stays.
func TestMergeLimits(t *testing.T) {
	t.Parallel()
	c := catalogue.Change{Type: "device", Key: "d", Dates: map[string]*string{}, Properties: map[string]json.RawMessage{}}
	day := "2026-05-03"
	for i := range catalogue.MaxDates + 3 {
		c.Dates[fmt.Sprintf("d%03d", i)] = &day
	}
	big, _ := json.Marshal(make([]int, catalogue.MaxBytes/4))
	for i := range 4 {
		c.Properties[fmt.Sprintf("p%d", i)] = big
	}
	s, _, left := catalogue.State{}.Merge(c, 1, time.UTC)
	if len(s.Dates) != catalogue.MaxDates || len(s.Properties) != 1 || len(left) != 6 {
		t.Errorf("%d dates, %d properties, left %v", len(s.Dates), len(s.Properties), left)
	}
}
