package content

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/osteele/liquid/parser"
	nethtml "golang.org/x/net/html"

	"sojourn/consent"
)

// Severity of an issue: an error refuses the template, a warning is shown.
type Severity string

// The severities.
const (
	Wrong   Severity = "error"
	Warning Severity = "warning"
)

// Issue is one thing that Lint found.
type Issue struct {
	Severity Severity `json:"severity"`
	Part     string   `json:"part"`
	Line     int      `json:"line,omitempty"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
}

// gmailClips is where Gmail cuts a message off, in bytes.
const gmailClips = 102 << 10

// maxRange is the longest literal range, and maxLoops how deep loops may be nested.
const maxRange, maxLoops = 1000, 3

// roots are the names that a template may speak of.
var roots = []string{"customer", "metrics", "context", "workspace", "sender", unsubscribeVariable, "forloop", "true", "false", "nil", "null", "blank", "empty"}

// Lint checks a template before it is saved: what cannot work, what could be abused, what the law asks for.
func (e *Engine) Lint(s Source, class consent.Class) []Issue {
	var issues []Issue
	add := func(sev Severity, part string, line int, code, format string, args ...any) {
		issues = append(issues, Issue{sev, part, line, code, fmt.Sprintf(format, args...)})
	}
	t, err := Compile(s)
	if err != nil {
		var failed *Error
		errors.As(err, &failed)
		add(Wrong, failed.Part, failed.Line, "syntax", "%v", failed.Cause)
		return issues
	}
	for name, source := range map[string]string{"subject": s.Subject, "preheader": s.Preheader, "body": s.Body, "text": s.Text} {
		lintLiquid(source, func(sev Severity, line int, code, message string) { add(sev, name, line, code, "%s", message) })
	}
	commercial := class == consent.Marketing || class == consent.SoftOptIn || class == consent.CheckIn
	if s.Channel == "email" {
		lintHTML(s.Body, func(sev Severity, code, message string) { add(sev, "body", 0, code, "%s", message) })
		if commercial && !linksTo(s.Body, unsubscribeVariable) {
			add(Wrong, "body", 0, "no_unsubscribe", `a commercial message needs a visible link: <a href="{{ %s }}">…</a>`, unsubscribeVariable)
		}
		if commercial && !strings.Contains(s.Body, "sender.postal_address") {
			add(Warning, "body", 0, "no_postal_address", "many countries want the sender's postal address in a commercial message: {{ sender.postal_address }}")
		}
		if len(s.Body) > gmailClips {
			add(Warning, "body", 0, "clipped", "Gmail cuts messages off at %d kB; this one has %d kB", gmailClips>>10, len(s.Body)>>10)
		}
		if strings.TrimSpace(s.Subject) == "" {
			add(Wrong, "subject", 0, "empty", "a mail needs a subject")
		}
	}
	if strings.TrimSpace(s.Body) == "" {
		add(Wrong, "body", 0, "empty", "there is nothing to send")
	}
	if len(issues) == 0 || !slices.ContainsFunc(issues, func(i Issue) bool { return i.Severity == Wrong }) {
		if _, err := e.Message(t, Sample(), false); err != nil {
			var failed *Error
			if errors.As(err, &failed) {
				add(Wrong, failed.Part, failed.Line, "render", "with sample data: %v", failed.Cause)
			}
		}
	}
	slices.SortStableFunc(issues, func(a, b Issue) int { return strings.Compare(a.Part, b.Part) })
	return issues
}

// Sample is data to try a template with.
func Sample() map[string]any {
	return map[string]any{
		"customer":  map[string]any{"first_name": "Sample", "email": "sample@example.org", "locale": "en", "attributes": map[string]any{"first_name": "Sample"}},
		"metrics":   map[string]any{"orders_count": 3, "orders_value": 5995},
		"workspace": map[string]any{"name": "Sample shop", "currency": "EUR"},
		"sender":    map[string]any{"name": "Sample shop", "postal_address": "1 Sample Street, Sample Town"},
		"context":   map[string]any{}, unsubscribeVariable: "https://example.org/p/u/sample",
	}
}

var (
	filterName = regexp.MustCompile(`\|\s*([A-Za-z_][A-Za-z0-9_]*)`)
	quoted     = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	ranges     = regexp.MustCompile(`\(\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*\)`)
	firstName  = regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z0-9_]*)`)
	forIn      = regexp.MustCompile(`^\s*(\S+)\s+in\s+`)
)

func lintLiquid(source string, add func(sev Severity, line int, code, message string)) {
	known := slices.Clone(roots)
	loops := 0
	for _, t := range parser.Scan(source, parser.SourceLoc{LineNo: 1}, nil) {
		line := t.SourceLoc.LineNo
		if t.Type != parser.TagTokenType && t.Type != parser.ObjTokenType {
			continue
		}
		bare := quoted.ReplaceAllString(t.Args, `""`)
		for _, m := range filterName.FindAllStringSubmatch(bare, -1) {
			if _, ok := filters[m[1]]; !ok {
				add(Wrong, line, "unknown_filter", fmt.Sprintf("there is no filter %q", m[1]))
			}
		}
		for _, m := range ranges.FindAllStringSubmatch(bare, -1) {
			from, err := strconv.Atoi(m[1])
			to, err2 := strconv.Atoi(m[2])
			if err != nil || err2 != nil || to-from >= maxRange {
				add(Wrong, line, "range", fmt.Sprintf("a range of more than %d numbers", maxRange))
			}
		}
		switch t.Name {
		case "for":
			if loops++; loops > maxLoops {
				add(Wrong, line, "loops", fmt.Sprintf("loops nested more than %d deep", maxLoops))
			}
			if m := forIn.FindStringSubmatch(t.Args); m != nil {
				known = append(known, m[1])
			}
		case "endfor":
			loops--
		case "assign", "capture":
			if m := firstName.FindStringSubmatch(t.Args); m != nil {
				known = append(known, m[1])
			}
		}
		if t.Type == parser.ObjTokenType {
			if m := firstName.FindStringSubmatch(bare); m != nil && !slices.Contains(known, m[1]) {
				add(Warning, line, "unknown_variable", fmt.Sprintf("%q is not known; customer, metrics, context, workspace, sender and %s are", m[1], unsubscribeVariable))
			}
		}
	}
}

// mark stands for an output while the HTML around it is looked at. It is a private-use character.
const mark = "\ue000"

var unquotedValue = regexp.MustCompile(`=\s*[^"'\s>]*` + mark)

// lintHTML finds outputs in places where escaping does not protect: unquoted attributes, styles, scripts, handlers.
func lintHTML(source string, add func(sev Severity, code, message string)) {
	z := nethtml.NewTokenizer(strings.NewReader(withMarks(source)))
	inside := ""
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			return
		}
		raw := string(z.Raw())
		switch kind {
		case nethtml.TextToken:
			if inside != "" && strings.Contains(raw, mark) {
				add(Wrong, "output_in_"+inside, "an output inside <"+inside+"> cannot be made safe")
			}
			inside = ""
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			t := z.Token()
			inside = ""
			if t.Data == "script" || t.Data == "style" {
				inside = t.Data
			}
			if dropped[t.Data] {
				add(Wrong, "element", "<"+t.Data+"> does not belong into a message; it would be removed")
			}
			if unquotedValue.MatchString(quoted.ReplaceAllString(raw, `""`)) {
				add(Wrong, "unquoted_output", "put quotes around attribute values that hold an output")
			}
			for _, a := range t.Attr {
				switch {
				case strings.HasPrefix(a.Key, "on"):
					add(Wrong, "handler", a.Key+" does not belong into a message; it would be removed")
				case strings.Contains(a.Key, mark):
					add(Wrong, "output_in_tag", "an output cannot name an attribute")
				case a.Key == "style" && strings.Contains(a.Val, mark):
					add(Wrong, "output_in_style", "an output inside style cannot be made safe")
				}
			}
		}
	}
}

// withMarks replaces every output by the mark and drops the tags.
func withMarks(source string) string {
	var b strings.Builder
	for _, t := range parser.Scan(source, parser.SourceLoc{}, nil) {
		switch t.Type {
		case parser.TextTokenType:
			b.WriteString(t.Source)
		case parser.ObjTokenType:
			b.WriteString(mark)
		}
	}
	return b.String()
}

func linksTo(source, variable string) bool {
	return regexp.MustCompile(`(?i)<a\s[^>]*href\s*=\s*["']\s*\{\{-?\s*` + regexp.QuoteMeta(variable) + `\b`).MatchString(source)
}
