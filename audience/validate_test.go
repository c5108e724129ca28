package audience_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"sojourn/audience"
	"sojourn/fault"
)

func condition(t *testing.T, text string) audience.Condition {
	t.Helper()
	var c audience.Condition
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestValidateNamesEveryIssue(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, condition, want string // want: "path code" of each issue
	}{
		{"nothing", `{}`, " empty"},
		{"two subjects", `{"attribute":"email","metric":"orders_count","op":"exists"}`, " several_subjects"},
		{"all issues at once", `{"and":[{"metric":"nope","op":"eq","value":1},{"not":{"attribute":"plan","op":"eq","value":"x"}},{"event":"A","within":"3 days"}]}`,
			"and[0].metric unknown_metric, and[1].not.attribute unknown_field, and[2].within bad_period"},
		{"no operator", `{"attribute":"email"}`, "op missing"},
		{"no such operator", `{"attribute":"email","op":"like","value":"x"}`, "op unknown_operator"},
		{"operator of another type", `{"metric":"orders_count","op":"contains","value":1}`, "op wrong_operator"},
		{"value of another type", `{"metric":"orders_count","op":"gt","value":"3"}`, "value wrong_value"},
		{"no value", `{"metric":"orders_count","op":"gt"}`, "value wrong_value"},
		{"null", `{"attribute":"attributes.x","op":"eq","value":null}`, "value wrong_value"},
		{"a value that is not wanted", `{"attribute":"email","op":"exists","value":true}`, "value unexpected"},
		{"list where one is wanted", `{"attribute":"email","op":"eq","value":["a"]}`, "value wrong_value"},
		{"one where a list is wanted", `{"attribute":"email","op":"in","value":"a"}`, "value wrong_value"},
		{"empty list", `{"attribute":"email","op":"in","value":[]}`, "value wrong_value"},
		{"one bad element", `{"attribute":"email","op":"in","value":["a",3]}`, "value[1] wrong_value"},
		{"between the wrong way round", `{"metric":"orders_count","op":"between","value":[5,1]}`, "value wrong_value"},
		{"between three", `{"metric":"orders_count","op":"between","value":[1,2,3]}`, "value wrong_value"},
		{"between types", `{"attribute":"attributes.x","op":"between","value":[1,"2"]}`, "value wrong_value"},
		{"a boolean has no order", `{"attribute":"attributes.x","op":"gt","value":true}`, "value wrong_value"},
		{"an exact microsecond", `{"attribute":"created_at","op":"eq","value":{"now":"P0D"}}`, "value wrong_value"},
		{"a day moved by hours", `{"attribute":"created_at","op":"eq","value":{"today":"PT1H"}}`, "value wrong_value"},
		{"an unknown object", `{"attribute":"created_at","op":"gt","value":{"then":"P1D"}}`, "value wrong_value"},
		{"no such day", `{"attribute":"birthday","op":"eq","value":"2026-02-30"}`, "value wrong_value"},
		{"contains the empty text", `{"attribute":"email","op":"contains","value":""}`, "value wrong_value"},
		{"half a day", `{"attribute":"birthday","op":"anniversary","value":0.5}`, "value wrong_value"},
		{"permission without channel", `{"consent":"news"}`, "channel missing"},
		{"no such state", `{"consent":"news","channel":"email","op":"eq","value":"maybe"}`, "value wrong_value"},
		{"where on the customer", `{"event":"A","where":{"attribute":"email","op":"exists"}}`, "where out_of_scope"},
		{"events within events", `{"event":"A","where":{"event":"B"}}`, "where out_of_scope"},
		{"sum of nothing", `{"event":"A","agg":"sum","op":"gt","value":1}`, "of missing"},
		{"count of something", `{"event":"A","agg":"count","of":"x","op":"gt","value":1}`, "of unexpected"},
		{"no such aggregate", `{"event":"A","agg":"median","of":"x","op":"gt","value":1}`, "agg unknown_aggregate"},
		{"window forwards", `{"event":"A","within":"-P3D"}`, "within bad_period"},
		{"window of no length", `{"event":"A","within":"P0D"}`, "within bad_period"},
		{"a setting in the wrong place", `{"metric":"orders_count","within":"P3D","op":"gt","value":1}`, "within unexpected"},
		{"operator on and", `{"and":[{"audience":"x"}],"op":"eq","value":1}`, "op unexpected"},
		{"injection in a path", `{"attribute":"attributes.a\"') OR 1=1 --","op":"exists"}`, "attribute bad_path"},
		{"empty name in a path", `{"attribute":"attributes.a..b","op":"exists"}`, "attribute bad_path"},
		{"a path that is too deep", `{"attribute":"attributes.a.b.c.d.e.f","op":"exists"}`, "attribute bad_path"},
		{"NUL", `{"attribute":"email","op":"eq","value":"a\u0000b"}`, "value wrong_value"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, i := range audience.Validate(condition(t, tc.condition)) {
				got = append(got, i.Path+" "+i.Code)
				if i.Message == "" {
					t.Errorf("issue at %q has no message", i.Path)
				}
			}
			if s := strings.Join(got, ", "); s != tc.want {
				t.Errorf("%s\n got %s\nwant %s", tc.condition, s, tc.want)
			}
		})
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	customer := condition(t, `{"attribute":"email","op":"exists"}`)
	event := condition(t, `{"property":"total","op":"gt","value":1}`)
	run := condition(t, `{"context":"room","op":"exists"}`)
	result := condition(t, `{"result":"mail","op":"eq","value":"sent"}`)
	for _, tc := range []struct {
		scope audience.Scope
		c     audience.Condition
		sound bool
	}{
		{audience.ScopeAudience, customer, true}, {audience.ScopeAudience, event, false}, {audience.ScopeAudience, run, false}, {audience.ScopeAudience, result, false},
		{audience.ScopeTrigger, customer, true}, {audience.ScopeTrigger, event, true}, {audience.ScopeTrigger, run, false},
		{audience.ScopeBranch, run, true}, {audience.ScopeBranch, result, true}, {audience.ScopeBranch, event, false},
		{audience.ScopeAll, event, true}, {audience.ScopeAll, run, true},
	} {
		if got := len(audience.ValidateIn(tc.c, tc.scope)) == 0; got != tc.sound {
			t.Errorf("%s in scope %d: sound is %v, want %v", audience.Sentence(tc.c), tc.scope, got, tc.sound)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	leaf := audience.Condition{Attribute: "email", Op: audience.Exists}
	deep := leaf
	for range audience.MaxDepth - 1 {
		inner := deep
		deep = audience.Condition{Not: &inner}
	}
	if issues := audience.Validate(deep); len(issues) != 0 {
		t.Errorf("%d deep is allowed: %v", audience.MaxDepth, issues)
	}
	deeper := audience.Condition{Not: &deep}
	if issues := audience.Validate(deeper); len(issues) != 1 || issues[0].Code != "too_deep" {
		t.Errorf("%d deep: %v", audience.MaxDepth+1, issues)
	}
	wide := audience.Condition{}
	for range 10 * audience.MaxNodes {
		wide.Or = append(wide.Or, leaf)
	}
	if issues := audience.Validate(wide); len(issues) != 1 || issues[0].Code != "too_large" {
		t.Errorf("too many parts: %d issues", len(issues))
	}
	long := audience.Condition{Attribute: "email", Op: audience.Eq, Value: strings.Repeat("x", audience.MaxText+1)}
	if issues := audience.Validate(long); len(issues) != 1 {
		t.Errorf("a long text: %v", issues)
	}
	inf := audience.Condition{Metric: "p_order", Op: audience.Gt, Value: math.Inf(1)}
	if issues := audience.Validate(inf); len(issues) != 1 {
		t.Errorf("infinity: %v", issues)
	}
}

// YAML hands out int and uint64, Go code []string: they mean the same as JSON's values.
func TestValuesOfOtherDecoders(t *testing.T) {
	t.Parallel()
	for _, v := range []any{3, int64(3), uint64(3), uint32(3), float32(3), int16(3), json.Number("3")} {
		e, err := audience.Checked(audience.Condition{Metric: "orders_count", Op: audience.Gte, Value: v}, audience.ScopeAll)
		if err != nil || e.Values[0].Number != 3 {
			t.Errorf("%T: %v", v, err)
		}
	}
	for _, v := range []any{[]string{"a", "b"}, []any{"a", "b"}} {
		if issues := audience.Validate(audience.Condition{Attribute: "email", Op: audience.In, Value: v}); issues != nil {
			t.Errorf("%T: %v", v, issues)
		}
	}
}

func TestCheckedListsFields(t *testing.T) {
	t.Parallel()
	_, err := audience.Checked(condition(t, `{"or":[{"metric":"x","op":"eq","value":1},{"metric":"y","op":"eq","value":1}]}`), audience.ScopeAll)
	var f *fault.Error
	if !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	if f, _ = err.(*fault.Error); len(f.Fields) != 2 || f.Fields[1].Path != "or[1].metric" {
		t.Errorf("fields: %+v", f.Fields)
	}
}

func ExampleSentence() {
	var c audience.Condition
	_ = json.Unmarshal([]byte(`{"and":[
		{"not":{"event":"Order Completed","within":"P6M"}},
		{"event":"Product Viewed","within":"P30D","where":{"property":"seconds","op":"gt","value":20}},
		{"or":[{"metric":"orders_value","op":"gte","value":5000},{"attribute":"attributes.plan","op":"in","value":["gold","silver"]}]},
		{"attribute":"birthday","op":"anniversary","value":7},
		{"metric":"last_order_at","op":"lt","value":{"now":"-P2W"}},
		{"consent":"newsletter","channel":"email"}]}`), &c)
	for _, part := range c.And {
		fmt.Println(audience.Sentence(part))
	}
	// Output:
	// not (did “Order Completed” at least once in the last 6 months)
	// did “Product Viewed” at least once in the last 30 days, where seconds is more than 20
	// value of all orders is at least 50.00 or plan is one of “gold”, “silver”
	// birthday returns in 7 days
	// last order is before 14 days ago
	// permission for newsletter by email is granted
}
