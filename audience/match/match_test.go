package match_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"sojourn/audience"
	"sojourn/audience/match"
	"sojourn/fault"
)

func subject() *match.Subject {
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	s := &match.Subject{
		Customer:   match.Customer{Email: "ann@example.com", Locale: "nl", Country: "NL", Birthday: "1990-03-22", CreatedAt: now.AddDate(-2, 0, 0)},
		Attributes: map[string]any{"plan": "gold", "score": 41.0, "address": map[string]any{"city": "Gent"}},
	}
	s.Metrics.Set(audience.MetricOrdersCount, 5)
	s.Metrics.Set(audience.MetricOrdersValue, 12050)
	s.Metrics.SetInstant(audience.MetricLastOrderAt, now.AddDate(0, -8, 0))
	for i := range 40 {
		s.Events = append(s.Events, match.Event{Name: "Product Viewed", At: now.AddDate(0, 0, i-45), Data: map[string]any{"seconds": float64(i)}})
	}
	return s
}

var five = audience.Condition{And: []audience.Condition{
	{Attribute: "country", Op: audience.In, Value: []string{"BE", "NL"}},
	{Attribute: "attributes.plan", Op: audience.Eq, Value: "gold"},
	{Metric: "orders_count", Op: audience.Gte, Value: 2},
	{Metric: "last_order_at", Op: audience.Lt, Value: map[string]any{"now": "-P6M"}},
	{Or: []audience.Condition{{Attribute: "attributes.score", Op: audience.Gt, Value: 100}, {Attribute: "attributes.address.city", Op: audience.Starts, Value: "Ge"}}},
}}

func TestEvalRefusesAnUnsoundCondition(t *testing.T) {
	t.Parallel()
	holds, err := match.Eval(audience.Condition{Metric: "no_such", Op: audience.Exists}, *subject(), time.Now())
	if holds || !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, %v", holds, err)
	}
}

func TestNoConditionHoldsForEverybody(t *testing.T) {
	t.Parallel()
	if !(match.Prepared{}).Holds(&match.Subject{}, time.Now()) {
		t.Error("the empty condition keeps somebody out")
	}
}

func TestExplainShowsWhatItSaw(t *testing.T) {
	t.Parallel()
	c := audience.Condition{And: []audience.Condition{five, {Not: &audience.Condition{Audience: "vip"}}, {Event: "Product Viewed", Op: audience.Gt, Value: 100}}}
	p, err := match.Prepare(c)
	if err != nil {
		t.Fatal(err)
	}
	x := p.Explain(subject(), time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC))
	if x.Holds || x.Join != "and" || len(x.Parts) != 3 {
		t.Fatalf("%+v", x)
	}
	failing := x.Failing()
	if len(failing) != 1 || failing[0].Path != "and[2]" || failing[0].Seen != "40" {
		t.Errorf("failing: %+v", failing)
	}
	if got := x.Parts[0].Parts[3]; !got.Holds || got.Seen != "2025-07-15 12:00:00 UTC" || got.Sentence != "last order is before 6 months ago" {
		t.Errorf("last order: %+v", got)
	}
	if got := x.Parts[1].Parts[0]; got.Holds || got.Seen != "not a member" {
		t.Errorf("membership: %+v", got)
	}
	if _, err := json.Marshal(x); err != nil {
		t.Error(err)
	}
}

func TestNoAllocationPerQuestion(t *testing.T) {
	s, now := subject(), time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	event := audience.Condition{Event: "Product Viewed", Within: "P30D", Where: &audience.Condition{Property: "seconds", Op: audience.Gt, Value: 20}, Op: audience.Gte, Value: 3}
	for _, c := range []audience.Condition{five, event} {
		p, err := match.Prepare(c)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Holds(s, now) {
			t.Fatalf("%s does not hold", audience.Sentence(c))
		}
		if n := testing.AllocsPerRun(100, func() { p.Holds(s, now) }); n > 0 {
			t.Errorf("%s: %v allocations", audience.Sentence(c), n)
		}
	}
}

func BenchmarkFiveClauses(b *testing.B) {
	s, now := subject(), time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	p, err := match.Prepare(five)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Holds(s, now)
	}
}

// One event against 500 audiences that ask its properties and the customer.
func Benchmark500Audiences(b *testing.B) {
	s, now := subject(), time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	s.Event = &match.Event{Name: "Order Completed", At: now, Data: map[string]any{"total": 60.0, "category": "shoes"}}
	var all []match.Prepared
	for i := range 500 {
		p, err := match.Prepare(audience.Condition{And: []audience.Condition{
			{Property: "category", Op: audience.Eq, Value: fmt.Sprintf("shoes%d", i%50)},
			{Property: "total", Op: audience.Gte, Value: float64(i)},
			{Attribute: "attributes.plan", Op: audience.Eq, Value: "gold"},
		}})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		for i := range all {
			all[i].Holds(s, now)
		}
	}
}

func BenchmarkEventAggregateOf40(b *testing.B) {
	s, now := subject(), time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	p, err := match.Prepare(audience.Condition{Event: "Product Viewed", Within: "P30D", Where: &audience.Condition{Property: "seconds", Op: audience.Gt, Value: 20}, Op: audience.Gte, Value: 3})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Holds(s, now)
	}
}
