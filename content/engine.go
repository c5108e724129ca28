package content

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/parser"
	"github.com/osteele/liquid/render"
)

// Engine compiles and renders templates. It is safe for concurrent use. The zero value works, without a time budget.
type Engine struct {
	Now    func() time.Time // for the time budget; nil = steps, output and memory only
	Limits Limits
}

// Error says that a template failed. It is final for this message; Part and Line say where.
type Error struct {
	Part  string // "subject", "preheader", "html", "text"
	Line  int    // 1-based, 0 when unknown
	Cause error
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s, line %d: %v", e.Part, e.Line, e.Cause)
	}
	return fmt.Sprintf("%s: %v", e.Part, e.Cause)
}

// Unwrap gives access to the cause.
func (e *Error) Unwrap() error { return e.Cause }

// part is one compiled piece of a template.
type part struct {
	name string
	root render.Node // nil = empty
	html bool
}

// The two grammars differ in what an output does: HTML escapes it.
var htmlConfig, textConfig = config(true), config(false)

func config(html bool) render.Config {
	c := render.NewConfig()
	c.TemplateStore = nil // no tag of ours reads one
	addTags(&c)
	if html {
		c.SetAutoEscapeReplacer(render.HtmlEscaper)
	}
	return c
}

func compile(name, source string, html bool) (p part, err error) {
	p = part{name: name, html: html}
	if source == "" {
		return p, nil
	}
	if len(source) > maxSource {
		return p, &Error{Part: name, Cause: fmt.Errorf("larger than %d bytes", maxSource)}
	}
	if line, depth := deepest(source); depth > maxDepth {
		return p, &Error{Part: name, Line: line, Cause: fmt.Errorf("tags nested more than %d deep", maxDepth)}
	}
	defer func() {
		if r := recover(); r != nil {
			err = &Error{Part: name, Cause: fmt.Errorf("the template cannot be read: %v", r)}
		}
	}()
	c := textConfig
	if html {
		c = htmlConfig
	}
	root, perr := c.Compile(source, parser.SourceLoc{LineNo: 1})
	if perr != nil {
		return p, &Error{Part: name, Line: perr.LineNumber(), Cause: causeOf(perr)}
	}
	p.root = root
	return p, nil
}

// deepest counts how deep block tags are nested, before a recursive compiler sees them.
func deepest(source string) (line, depth int) {
	open := 0
	for _, t := range parser.Scan(source, parser.SourceLoc{LineNo: 1}, nil) {
		switch {
		case t.Type != parser.TagTokenType:
		case strings.HasPrefix(t.Name, "end"):
			open--
		case blockTags[t.Name]:
			if open++; open > depth {
				line, depth = t.SourceLoc.LineNo, open
			}
		}
	}
	return line, depth
}

var blockTags = map[string]bool{"if": true, "unless": true, "case": true, "for": true, "capture": true, "comment": true, "raw": true}

// render runs a part with its own budget. A panic in the library is an error of this render.
func (e *Engine) render(p part, data map[string]any) (out string, err error) {
	if p.root == nil {
		return "", nil
	}
	defer func() {
		if r := recover(); r != nil {
			out, err = "", &Error{Part: p.name, Cause: fmt.Errorf("the template failed: %v", r)}
		}
	}()
	b := newBudget(e.Limits, e.Now)
	c := textConfig
	if p.html {
		c = htmlConfig
	}
	c.Config.Config = expressions.NewConfig() // fresh filters, tied to this budget
	addFilters(&c.Config.Config, b)
	scope := maps.Clone(data)
	if scope == nil {
		scope = map[string]any{}
	}
	scope[budgetKey] = b
	var buf bytes.Buffer
	if rerr := render.Render(p.root, writer{&buf, b}, scope, c); rerr != nil {
		return "", &Error{Part: p.name, Line: rerr.LineNumber(), Cause: causeOf(rerr)}
	}
	return buf.String(), nil
}

// causeOf peels off the library's wrappers, which repeat the source text of the tag and with it, maybe, customer data.
func causeOf(err error) error {
	for {
		c, ok := err.(interface{ Cause() error })
		if !ok || c.Cause() == nil {
			break
		}
		err = c.Cause()
	}
	var f expressions.FilterError // which does not unwrap
	if errors.As(err, &f) && f.Err != nil {
		return fmt.Errorf("filter %s: %w", f.FilterName, f.Err)
	}
	return err
}
