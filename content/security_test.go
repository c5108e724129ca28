package content

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	nethtml "golang.org/x/net/html"

	"sojourn/consent"
)

// The rows of the security page that concern content: S10, S11, S12, S15.

var payloads = []string{
	`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, `' onmouseover='alert(1)`, `</style><script>alert(1)</script>`, `<svg/onload=alert(1)>`,
	`{{ 7 | times: 7 }}`, `{% for i in (1..10) %}x{% endfor %}`, `-->`, `]]>`, `&lt;script&gt;`, "\u202Eevil", "a\r\nBcc: victim@example.org", "nul\x00byte", `<!--[if mso]><script>`,
}

// S10: whatever a customer's fields hold, it is text in the HTML.
func TestHostileValuesAreText(t *testing.T) {
	t.Parallel()
	source := Source{Channel: "email", Subject: "For {{ customer.name }}", Preheader: "{{ customer.name }}",
		Body: `<html><body><p title="{{ customer.name }}">Hi {{ customer.name }}, {{ customer.name | upcase | append: "!" }} {{ customer.name | newline_to_br }}</p>
{% capture c %}<b>{{ customer.name }}</b>{% endcapture %}{{ c }}{% assign a = customer.name | prepend: "x" %}{{ a }}<a href='https://x.example/?q={{ customer.name | url_encode }}'>l</a></body></html>`}
	tpl := mustCompile(t, source)
	clean := shape(t, rendered(t, tpl, map[string]any{"customer": map[string]any{"name": "Ann"}}).HTML)
	for _, p := range payloads {
		m := rendered(t, tpl, map[string]any{"customer": map[string]any{"name": p}})
		if got := shape(t, m.HTML); strings.ReplaceAll(got, " br", "") != strings.ReplaceAll(clean, " br", "") {
			t.Errorf("%q changed the elements of the message:\n%s\n%s", p, got, m.HTML)
		}
		if strings.Contains(m.HTML, "49") || strings.Contains(m.HTML, "xxxxxxxxxx") || strings.Contains(m.Subject, "49") {
			t.Errorf("%q was read as a template: %s", p, m.HTML)
		}
		if strings.ContainsAny(m.Subject, "\r\n\x00") {
			t.Errorf("subject %q", m.Subject)
		}
	}
}

// shape lists elements and attribute names in order.
func shape(t *testing.T, source string) string {
	t.Helper()
	var out []string
	z := nethtml.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return strings.Join(out, " ")
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken, nethtml.EndTagToken:
			tok := z.Token()
			if tok.Data == "br" {
				continue
			}
			out = append(out, tok.Data)
			for _, a := range tok.Attr {
				out = append(out, "@"+a.Key)
			}
		case nethtml.CommentToken:
			out = append(out, "comment")
		}
	}
}

// S10: a field may be a whole address; only harmless schemes stay.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	tpl := mustCompile(t, Source{Channel: "email", Subject: "s", Body: `<a href="{{ customer.site }}" class="c">x</a><img src="{{ customer.site }}">`})
	for site, allowed := range map[string]bool{
		"https://x.example/a?b=c&d=e": true, "http://x.example": true, "mailto:a@x.example": true, "tel:+31201234567": true, "/relative": true, "#top": true, "cid:1": true, "//x.example/path:colon": true,
		"javascript:alert(1)": false, "JaVaScRiPt:alert(1)": false, " javascript:alert(1)": false, "java\tscript:alert(1)": false, "java\nscript:alert(1)": false, "\x01javascript:alert(1)": false,
		"vbscript:x": false, "data:text/html;base64,PHNjcmlwdD4=": false, "file:///etc/passwd": false, "javascript&colon;alert(1)": true, "blob:x": false, "java\u200bscript:x": false,
	} {
		m := rendered(t, tpl, map[string]any{"customer": map[string]any{"site": site}})
		if kept := strings.Contains(m.HTML, "href="); kept != allowed {
			t.Errorf("%q: %s", site, m.HTML)
		}
		if !strings.Contains(m.HTML, `class="c"`) {
			t.Errorf("%q took harmless attributes with it: %s", site, m.HTML)
		}
	}
}

// S10: what the template's author wrote passes byte for byte, unless it is active content.
func TestGuard(t *testing.T) {
	t.Parallel()
	same := `<!doctype html><html><head><meta charset=utf-8><meta http-equiv="X-UA-Compatible" content="IE=edge"><style>p{color:red}</style><!--[if mso]><xml><o:x/></xml><![endif]--></head><body style="background:url(https://x.example/a.png)"><p>a &amp; b &lt; c</p><img src=https://x.example/b.png><br/></body></html>`
	if got := guard(same); got != same {
		t.Errorf("changed:\n%s", got)
	}
	for in, want := range map[string]string{
		`<p>a<script>alert(1)</script>b</p>`:                          `<p>ab</p>`,
		`<p onclick="x()" id="i">a</p>`:                               `<p id="i">a</p>`,
		`<iframe src="https://x"><p>in</p></iframe>after`:             `after`,
		`<svg><svg></svg><a href="x">in</a></svg>after`:               `after`,
		`<a href="javascript:x" title="a&quot;b">t</a>`:               `<a title="a&#34;b">t</a>`,
		`<meta http-equiv="refresh" content="0;url=https://x">a`:      `a`,
		`<base href="https://x">a`:                                    `a`,
		`<p style="width: expression(alert(1))">a</p>`:                `<p>a</p>`,
		`<p style="background:url(java\script:x)">a</p>`:              `<p>a</p>`,
		`<img srcset="https://x/a 1x, javascript:x 2x" src="cid:a"/>`: `<img src="cid:a" />`,
		`<script>never closed`:                                        ``,
		`</script>a`:                                                  `a`,
	} {
		if got := guard(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

// S10, S11, S12 when saving: the lint refuses what could only go wrong.
func TestLintRefuses(t *testing.T) {
	t.Parallel()
	e := &Engine{Now: time.Now}
	for body, code := range map[string]string{
		`<a href={{ customer.site }}>x</a>`:                                       "unquoted_output",
		`<p {{ customer.site }}>x</p>`:                                            "output_in_tag",
		`<p style="color:{{ customer.colour }}">x</p>`:                            "output_in_style",
		`<style>p{color:{{ customer.colour }}}</style>`:                           "output_in_style",
		`<script>var x = "{{ customer.name }}"</script>`:                          "output_in_script",
		`<p onclick="x()">x</p>`:                                                  "handler",
		`{{ customer.name | safe }}`:                                              "unknown_filter",
		`{{ customer.name | raw }}`:                                               "unknown_filter",
		`{{ customer.name | env }}`:                                               "unknown_filter",
		`{% include 'x' %}`:                                                       "syntax",
		`{% render 'x' %}`:                                                        "syntax",
		`{% tablerow i in (1..3) %}{% endtablerow %}`:                             "syntax",
		`{% if customer %}`:                                                       "syntax",
		`{{ customer.name | }}`:                                                   "syntax",
		`{% for i in (1..999999999) %}{% endfor %}`:                               "range",
		`{% for i in (1..99999999999999999999) %}{% endfor %}`:                    "syntax",
		strings.Repeat("{% if true %}", 40) + strings.Repeat("{% endif %}", 40):   "syntax",
		strings.Repeat("{% for i in a %}", 4) + strings.Repeat("{% endfor %}", 4): "loops",
		`<p>no link</p>`:                                                          "no_unsubscribe",
		strings.Repeat("x", maxSource+1):                                          "syntax",
	} {
		issues := e.Lint(Source{Channel: "email", Subject: "s", Body: body}, consent.Marketing)
		found := false
		for _, i := range issues {
			found = found || i.Code == code && i.Severity == Wrong
		}
		if !found {
			t.Errorf("%.60s: %+v, want %s", body, issues, code)
		}
	}
	good := Source{Channel: "email", Subject: "Hi {{ customer.first_name }}", Body: `<p title="{{ customer.first_name }}">Hi</p>{% for i in (1..3) %}{{ i }}{% endfor %}<a href="{{ unsubscribe_url }}">Unsubscribe</a>{{ sender.postal_address }}`}
	if issues := e.Lint(good, consent.Marketing); len(issues) != 0 {
		t.Errorf("a good template: %+v", issues)
	}
	if issues := e.Lint(Source{Channel: "email", Subject: "Your order", Body: "<p>Thanks</p>"}, consent.Service); len(issues) != 0 {
		t.Errorf("service mail without a link: %+v", issues)
	}
}

// S11: nothing of the program can be reached: no files, no environment, no Go values, no other names.
func TestSandbox(t *testing.T) {
	t.Setenv("SOJOURN_CANARY", "canary-value")
	type secret struct{ Name string }
	data := map[string]any{"customer": Plain(map[string]any{"name": "Ann", "object": secret{"hidden"}, "err": errors.New("canary-value")})}
	for _, body := range []string{
		`{{ env.SOJOURN_CANARY }}`, `{{ SOJOURN_CANARY }}`, `{{ customer.__proto__ }}`, `{{ customer.constructor.constructor }}`, `{{ customer["\x00budget"] }}`, `{{ budget }}`,
		`{{ customer.err.Error }}`, `{{ customer.name.Len }}`, `{{ forloop }}`, `{{ .cycles }}`, `{{ customer.object.String }}`,
	} {
		tpl, err := Compile(Source{Channel: "sms", Body: "[" + body + "]"})
		if err != nil {
			continue // not even a template
		}
		m, err := (&Engine{}).Message(tpl, data, false)
		if err == nil && m.Text != "[]" {
			t.Errorf("%s: %q", body, m.Text)
		}
	}
	if got := rendered(t, mustCompile(t, Source{Channel: "sms", Body: "{{ customer.object.Name }}"}), data).Text; got != "hidden" {
		t.Errorf("plain data is lost: %q", got) // it went through JSON: a map, not the struct
	}
}

// S12: every way to burn time, memory or output ends within the budget, and the next render works.
func TestBudgets(t *testing.T) {
	t.Parallel()
	e := &Engine{Now: time.Now}
	words := make([]any, 2000)
	for i := range words {
		words[i] = "w"
	}
	data := map[string]any{"a": "x", "list": words, "big": strings.Repeat("x", 100_000)}
	loop := func(n int, body string) string {
		return fmt.Sprintf("{%% for i in (1..%d) %%}%s{%% endfor %%}", n, body)
	}
	for name, body := range map[string]string{
		"a silent loop":              loop(2_000_000_000, ""),
		"a loop that prints":         loop(2_000_000_000, "xxxxxxxxxxxxxxxx"),
		"nested loops":               loop(100_000, loop(100_000, "")),
		"nested loops over data":     "{% for a in list %}{% for b in list %}{% for c in list %}{% endfor %}{% endfor %}{% endfor %}",
		"doubling":                   `{% assign s = "xxxxxxxx" %}` + loop(64, `{% assign s = s | append: s %}`),
		"doubling by capture":        `{% assign s = "xxxxxxxx" %}` + loop(64, `{% capture s %}{{ s }}{{ s }}{% endcapture %}`),
		"replace that grows":         `{% assign s = big | replace: "x", big %}`,
		"escape that grows":          `{% assign s = big | replace: "x", "&&&&&" %}`,
		"a range as a list":          `{{ (1..2000000000) | join: "," }}`,
		"a range reversed":           `{{ (1..2000000000) | reverse | first }}`,
		"a range sorted":             `{% assign r = (1..2000000000) | sort %}`,
		"split into letters":         `{% assign l = big | split: "" %}`,
		"many big filters":           loop(1_000_000, `{% assign s = big | upcase | downcase | upcase %}`),
		"conditions in a long loop":  loop(2_000_000_000, strings.Repeat(`{% if big contains "y" %}{% endif %}`, 200)),
		"outputs that print nothing": loop(2_000_000_000, strings.Repeat(`{{ nothing }}`, 2000)),
		"lots of output":             loop(1000, "{{ big }}"),
		"break never":                loop(2_000_000_000, "{% if false %}{% break %}{% endif %}{% continue %}"),
	} {
		t.Run(name, func(t *testing.T) {
			tpl := mustCompile(t, Source{Channel: "sms", Body: "{{ a }}" + body})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := e.Message(tpl, data, false)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			var failed *Error
			if !errors.As(err, &failed) || !errors.Is(err, errBudget) {
				t.Fatalf("ended with %v", err)
			}
			if took > 4*DefaultTime { // the budget is 200 ms; the rest is for a busy machine
				t.Errorf("took %v", took)
			}
			if made := after.TotalAlloc - before.TotalAlloc; made > 512<<20 {
				t.Errorf("allocated %d MiB", made>>20)
			}
		})
	}
	if got := rendered(t, mustCompile(t, Source{Channel: "sms", Body: "{% for i in (1..500) %}{{ i }}{% endfor %}"}), nil).Text; len(got) != 9+180+401*3 {
		t.Errorf("an honest loop: %d characters", len(got))
	}
	// Without a clock the steps decide, the same way each time.
	_, first := (&Engine{}).Message(mustCompile(t, Source{Channel: "sms", Body: loop(2_000_000_000, "")}), nil, false)
	if first == nil || !strings.Contains(first.Error(), "100000 steps") {
		t.Errorf("without a clock: %v", first)
	}
}

// S15: nothing a person wrote can end a header.
func TestHeaderText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Hello":                   "Hello",
		"a\r\nBcc: x@example.org": "a Bcc: x@example.org",
		"a\nb\rc\x00d\x0be\x85f":  "a b c d e\u0085f",
		"a\u2028b\u2029c\u0085d":  "a b c d",
		"  many   spaces\t ":      "many spaces",
		"Zoë — 🍣":                 "Zoë — 🍣",
		"bad \xff utf-8":          "bad utf-8",
		strings.Repeat("é", 1000): strings.Repeat("é", 450),
	} {
		if in == "a\nb\rc\x00d\x0be\x85f" {
			want = "a b c d ef"
		}
		if got := HeaderText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A panic inside the library is an error of that message only.
func TestPanicsAreErrors(t *testing.T) {
	t.Parallel()
	p := part{name: "body", root: nil}
	if out, err := (&Engine{}).render(p, nil); out != "" || err != nil {
		t.Errorf("an empty part: %q, %v", out, err)
	}
	for _, body := range []string{`{{ (1..3)[5] }}`, `{{ customer[customer] }}`, `{{ "a" | slice: "x" }}`, `{{ 1 | divided_by: 0 }}`, `{{ 1 | modulo: 0 }}`, `{{ (customer..5) | size }}`, `{{ list | sort: 5 | map: 7 }}`} {
		tpl, err := Compile(Source{Channel: "sms", Body: "x" + body})
		if err != nil {
			continue
		}
		_, err = (&Engine{}).Message(tpl, map[string]any{"customer": map[string]any{"a": 1}, "list": []any{1, "b", nil, map[string]any{}}}, false)
		var failed *Error
		if err != nil && !errors.As(err, &failed) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func mustCompile(t testing.TB, s Source) *Template {
	t.Helper()
	tpl, err := Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

func rendered(t testing.TB, tpl *Template, data map[string]any) Message {
	t.Helper()
	m, err := (&Engine{}).Message(tpl, data, false)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
