package content

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLiquid(t *testing.T) {
	t.Parallel()
	data := map[string]any{
		"customer": map[string]any{"first_name": "Zoë", "tags": []any{"b", "a", "b"}, "n": float64(3), "empty": "", "since": "2026-03-04T10:00:00Z", "no": false,
			"orders": []any{map[string]any{"sku": "x", "price": float64(1995)}, map[string]any{"sku": "y", "price": float64(500)}}},
		"when": time.Date(2026, 3, 4, 9, 5, 0, 0, time.UTC),
	}
	for in, want := range map[string]string{
		`{{ customer.first_name }}`:                                                           "Zoë",
		`{{ customer.missing | default: "friend" }}`:                                          "friend",
		`{{ customer.empty | default: "friend" }}`:                                            "friend",
		`{{ customer.n | plus: 1 }}`:                                                          "4",
		`{{ customer.n | times: 1.5 }}`:                                                       "4.5",
		`{{ 7 | divided_by: 2 }}`:                                                             "3",
		`{{ 7 | divided_by: 2.0 }}`:                                                           "3.5",
		`{{ 2.567 | round: 1 }} {{ 2.5 | round }}`:                                            "2.6 3",
		`{{ 1995 | money }} {{ 1995 | money: 0 }}`:                                            "19.95 1995",
		`{{ customer.tags | sort | uniq | join: ", " }}`:                                      "a, b",
		`{{ customer.tags | reverse | first }}{{ customer.tags.size }}`:                       "b3",
		`{{ customer.orders | map: "sku" | join: "+" }}`:                                      "x+y",
		`{{ customer.orders | where: "sku", "y" | map: "price" }}`:                            "500",
		`{{ customer.orders | sort: "price" | map: "sku" | join: "" }}`:                       "yx",
		`{{ "hello world" | capitalize | truncate: 8 }}`:                                      "Hello...",
		`{{ "one two three" | truncatewords: 2, "…" }}`:                                       "one two…",
		`{{ "a-b" | replace: "-", "+" | append: "!" | upcase }}`:                              "A+B!",
		`{{ "Zoë" | slice: 1, 2 }}{{ "Zoë" | size }}`:                                         "oë3",
		`{{ "a,b" | split: "," | last }}`:                                                     "b",
		`{{ when | date: "%-d %B %Y, %H:%M %% %q" }}`:                                         "4 March 2026, 09:05 % %q",
		`{{ customer.since | date: "%d.%m." }}`:                                               "04.03.",
		`{{ "soon" | date: "%d" }}`:                                                           "soon",
		`{% if customer.n > 2 and customer.first_name %}y{% else %}n{% endif %}`:              "y",
		`{% unless customer.no %}y{% endunless %}`:                                            "y",
		`{% unless customer.n == 3 %}a{% elsif customer.n == 3 %}b{% else %}c{% endunless %}`: "b",
		`{% case customer.n %}{% when 1, 2 %}low{% when 3 %}three{% else %}high{% endcase %}`: "three",
		`{% for o in customer.orders %}{{ forloop.index }}/{{ forloop.length }}{{ o.sku }}{% unless forloop.last %},{% endunless %}{% endfor %}`: "1/2x,2/2y",
		`{% for i in (1..9) limit:3 offset:2 %}{{ i }}{% endfor %}`:                                                                              "345",
		`{% for i in (1..3) reversed %}{{ i }}{% endfor %}`:                                                                                      "321",
		`{% for i in (1..9) %}{% if i == 3 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}`:                  "124",
		`{% for i in customer.none %}x{% else %}none{% endfor %}`:                                                                                "none",
		`{% for i in (1..2) %}{% for j in (1..2) %}{{ i }}{{ j }} {% endfor %}{% endfor %}`:                                                      "11 12 21 22",
		`{% capture x %}a{{ customer.n }}{% endcapture %}{{ x }}{{ x | size }}`:                                                                  "a32",
		`{% assign x = customer.n | plus: 2 %}{{ x }}`:                                                                                           "5",
		`{% comment %}{{ nothing | nofilter }}{% endcomment %}{% raw %}{{ x }}{% endraw %}`:                                                      "{{ x }}",
		`  a  {%- if true -%}  b  {%- endif -%}  c`:                                                                                              "abc",
	} {
		tpl := mustCompile(t, Source{Channel: "sms", Body: in})
		if got := rendered(t, tpl, data).Text; got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if _, ok := data[budgetKey]; ok {
		t.Error("the render wrote into the caller's data")
	}
}

// In HTML every output is escaped exactly once, also through the escaping filters and captures.
func TestEscapedOnce(t *testing.T) {
	t.Parallel()
	data := map[string]any{"x": `<b>"A" & 'B'</b>`, "lines": "a<\nb"}
	once := `&lt;b&gt;&#34;A&#34; &amp; &#39;B&#39;&lt;/b&gt;`
	for in, want := range map[string]string{
		`{{ x }}`: once, `{{ x | escape }}`: once, `{{ x | escape_once }}`: once, `{{ x | escape | escape }}`: strings.ReplaceAll(once, "&", "&amp;"),
		`{% capture c %}{{ x }}{% endcapture %}{{ c }}`: once, `{% assign a = x | escape %}{{ a }}`: once,
		`{{ lines | newline_to_br }}`: "a&lt;<br>\nb", `{{ lines | escape | newline_to_br }}`: "a&lt;<br>\nb",
	} {
		m, err := (&Engine{}).Message(mustCompile(t, Source{Channel: "email", Subject: "s", Body: in}), data, false)
		if err != nil || m.HTML != want {
			t.Errorf("%s: %q, %v, want %q", in, m.HTML, err, want)
		}
	}
	m, _ := (&Engine{}).Message(mustCompile(t, Source{Channel: "email", Subject: "{{ x }}", Body: "b", Text: "{{ x }}"}), data, false)
	if m.Subject != data["x"] || m.Text != data["x"] {
		t.Errorf("subject and plain text are not HTML: %q, %q", m.Subject, m.Text)
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	source := Source{Channel: "email", Subject: "Hi {{ customer.first_name }}", Preheader: "Only\ntoday & {{ customer.first_name }}",
		Body: `<html><body class="x"><h1>Hello</h1><p>We miss you, <a href="https://shop.example/?a=1&amp;b=2">come back</a></p><a href="{{ unsubscribe_url }}">Unsubscribe</a></body></html>`}
	data := map[string]any{"customer": map[string]any{"first_name": "Zoë"}, "unsubscribe_url": "https://mail.example/p/u/abc?x=1&y=2"}
	m, err := (&Engine{}).Message(mustCompile(t, source), data, true)
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "Hi Zoë" || !strings.Contains(m.HTML, `<body class="x"><div style="display:none;max-height:0;overflow:hidden;mso-hide:all">Only today & Zoë</div><h1>`) {
		t.Errorf("%q\n%s", m.Subject, m.HTML)
	}
	for _, want := range []string{"Hello", "come back ( https://shop.example/?a=1&b=2 )", "https://mail.example/p/u/abc?x=1&y=2"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the plain part lacks %q:\n%s", want, m.Text)
		}
	}
	if strings.Contains(m.Text, "Only today") {
		t.Errorf("the preheader is in the plain part:\n%s", m.Text)
	}
	for name, spoil := range map[string]func(*Source){
		"no link":                  func(s *Source) { s.Body = "<p>Hello</p>" },
		"no subject":               func(s *Source) { s.Subject = "{{ nothing }}" },
		"no body":                  func(s *Source) { s.Body = "  " },
		"a link that is only text": func(s *Source) { s.Body = "{{ unsubscribe_url }}" },
	} {
		bad := source
		spoil(&bad)
		var failed *Error
		if _, err := (&Engine{}).Message(mustCompile(t, bad), data, true); !errors.As(err, &failed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	own := source
	own.Text = "Hello {{ customer.first_name }}"
	if m, err := (&Engine{}).Message(mustCompile(t, own), data, true); err != nil || m.Text != "Hello Zoë\n\nhttps://mail.example/p/u/abc?x=1&y=2" {
		t.Errorf("%q, %v", m.Text, err)
	}
	if _, err := (&Engine{}).Message(mustCompile(t, Source{Channel: "sms", Body: "{{ nothing }}"}), nil, false); err == nil {
		t.Error("an empty text message")
	}
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	_, err := Compile(Source{Channel: "email", Subject: "s", Body: "a\nb\n{% if %}"})
	var failed *Error
	if !errors.As(err, &failed) || failed.Part != "body" || failed.Line != 3 {
		t.Errorf("%v", err)
	}
	_, err = (&Engine{}).Message(mustCompile(t, Source{Channel: "sms", Body: "a\n{{ customer.secret | nofilter }}"}), map[string]any{"customer": map[string]any{"secret": "canary"}}, false)
	if !errors.As(err, &failed) || failed.Line != 2 || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}

func TestLocales(t *testing.T) {
	t.Parallel()
	for in, want := range map[[2]string]string{
		{"fr-BE", "nl"}: "fr-BE fr nl en", {"", "nl-NL"}: "nl-NL nl en", {"en", "en"}: "en", {"de_AT", ""}: "de_AT de en",
	} {
		if got := strings.Join(Locales(in[0], in[1]), " "); got != want {
			t.Errorf("%v: %s, want %s", in, got, want)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	body := `<html><body>` + strings.Repeat(`<p title="{{ customer.first_name }}">Hello {{ customer.first_name | default: "you" }}, <a href="https://shop.example/p">a product</a> for {{ 1995 | money }}</p>`+"\n", 150) + `<a href="{{ unsubscribe_url }}">x</a></body></html>`
	tpl := mustCompile(b, Source{Channel: "email", Subject: "Hi {{ customer.first_name }}", Body: body})
	data := map[string]any{"customer": map[string]any{"first_name": "Zoë"}, "unsubscribe_url": "https://mail.example/p/u/abc"}
	e := &Engine{Now: time.Now}
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := e.Message(tpl, data, true); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTheTextPartHasNoRules(t *testing.T) {
	t.Parallel()
	got := withoutRules("***\nHello\n***\n\n-----\nsmall\n-----\n- a point\n**bold**\n")
	if want := "Hello\n\nsmall\n- a point\n**bold**\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
