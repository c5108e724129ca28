package content

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/render"
	"github.com/osteele/liquid/values"
)

// budgetKey is where a render keeps its budget among the bindings. No template can name it.
const budgetKey = "\x00budget"

var (
	errBreak    = errors.New("break outside of a loop")
	errContinue = errors.New("continue outside of a loop")
)

// addTags registers the allow-list. The library's own set would bring include and render (files), and a for that
// nothing stops; its compilers cannot be taken one by one, so these are ours.
func addTags(c *render.Config) {
	c.AddTag("assign", compileAssign)
	c.AddTag("break", func(string) (func(io.Writer, render.Context) error, error) {
		return func(_ io.Writer, ctx render.Context) error { return ctx.WrapError(errBreak) }, nil
	})
	c.AddTag("continue", func(string) (func(io.Writer, render.Context) error, error) {
		return func(_ io.Writer, ctx render.Context) error { return ctx.WrapError(errContinue) }, nil
	})
	c.AddBlock("comment")
	c.AddBlock("raw")
	c.AddBlock("capture").Compiler(compileCapture)
	c.AddBlock("case").Clause("when").Clause("else").Compiler(compileCase)
	c.AddBlock("for").Clause("else").Compiler(compileFor)
	c.AddBlock("if").Clause("else").Clause("elsif").Compiler(compileIf(false))
	c.AddBlock("unless").Clause("else").Clause("elsif").Compiler(compileIf(true))
}

func budgetOf(ctx render.Context) *budget {
	b, ok := ctx.Get(budgetKey).(*budget)
	if !ok {
		return newBudget(Limits{}, nil)
	}
	return b
}

func compileAssign(args string) (func(io.Writer, render.Context) error, error) {
	st, err := expressions.ParseStatement(expressions.AssignStatementSelector, args)
	if err != nil {
		return nil, err
	}
	if len(st.Path) > 1 {
		return nil, errors.New("assign takes a plain name")
	}
	return func(_ io.Writer, ctx render.Context) error {
		if err := budgetOf(ctx).step(); err != nil {
			return err
		}
		v, err := ctx.Evaluate(st.ValueFn)
		if err == nil {
			ctx.Set(st.Assignment.Variable, v)
		}
		return err
	}, nil
}

// compileCapture keeps what a block rendered. It was escaped on the way in, so it is not escaped again on the way out.
func compileCapture(node render.BlockNode) (func(io.Writer, render.Context) error, error) {
	name := strings.TrimSpace(node.Args)
	if name == "" || strings.ContainsAny(name, " \t.") {
		return nil, fmt.Errorf("capture takes one name, not %q", node.Args)
	}
	return func(_ io.Writer, ctx render.Context) error {
		b := budgetOf(ctx)
		if err := b.step(); err != nil {
			return err
		}
		var text bytes.Buffer
		if err := ctx.RenderChildren(writer{&text, b}); err != nil {
			return err
		}
		b.output -= text.Len() // it counts when it is printed; until then it is memory
		if err := b.grow(text.Len()); err != nil {
			return err
		}
		ctx.Set(name, values.SafeValue{Value: text.String()})
		return nil
	}, nil
}

func compileIf(negate bool) render.BlockCompiler {
	return func(node render.BlockNode) (func(io.Writer, render.Context) error, error) {
		type branch struct {
			test expressions.Expression // nil = else
			body *render.BlockNode
		}
		first, err := expressions.Parse(node.Args)
		if err != nil {
			return nil, err
		}
		branches := []branch{{first, &node}}
		for _, clause := range node.Clauses {
			b := branch{body: clause}
			if clause.Name == "elsif" {
				if b.test, err = expressions.Parse(clause.Args); err != nil {
					return nil, err
				}
			}
			branches = append(branches, b)
		}
		return func(w io.Writer, ctx render.Context) error {
			for i, b := range branches {
				holds := b.test == nil
				if !holds {
					v, err := ctx.Evaluate(b.test)
					if err != nil {
						return err
					}
					v = unsafe(v)
					holds = (v != nil && v != false) != (negate && i == 0)
				}
				if holds {
					return ctx.RenderBlock(w, b.body)
				}
			}
			return nil
		}, nil
	}
}

func compileCase(node render.BlockNode) (func(io.Writer, render.Context) error, error) {
	subject, err := expressions.Parse(node.Args)
	if err != nil {
		return nil, err
	}
	when := make([][]expressions.Expression, len(node.Clauses))
	for i, clause := range node.Clauses {
		if clause.Name != "when" {
			continue
		}
		st, err := expressions.ParseStatement(expressions.WhenStatementSelector, clause.Args)
		if err != nil {
			return nil, err
		}
		when[i] = st.When.Exprs
	}
	return func(w io.Writer, ctx render.Context) error {
		got, err := ctx.Evaluate(subject)
		if err != nil {
			return err
		}
		for i, clause := range node.Clauses {
			if clause.Name == "else" {
				return ctx.RenderBlock(w, clause)
			}
			for _, e := range when[i] {
				v, err := ctx.Evaluate(e)
				if err != nil {
					return err
				}
				if values.Equal(unsafe(got), unsafe(v)) {
					return ctx.RenderBlock(w, clause)
				}
			}
		}
		return nil
	}, nil
}

func compileFor(node render.BlockNode) (func(io.Writer, render.Context) error, error) {
	st, err := expressions.ParseStatement(expressions.LoopStatementSelector, node.Args)
	if err != nil {
		return nil, err
	}
	if len(node.Clauses) > 1 {
		return nil, errors.New("for takes at most one else")
	}
	loop := st.Loop
	return func(w io.Writer, ctx render.Context) error {
		v, err := ctx.Evaluate(st.Expr)
		if err != nil {
			return err
		}
		items := iterate(unsafe(v))
		offset, err := whole(ctx, loop.Offset, 0)
		if err != nil {
			return err
		}
		limit, err := whole(ctx, loop.Limit, items.n)
		if err != nil {
			return err
		}
		from := min(max(offset, 0), items.n)
		n := min(max(limit, 0), items.n-from)
		if n == 0 {
			if len(node.Clauses) == 1 {
				return ctx.RenderBlock(w, node.Clauses[0])
			}
			return nil
		}
		return runLoop(w, ctx, loop.Variable, n, func(i int) any {
			if loop.Reversed {
				i = n - 1 - i
			}
			return items.at(from + i)
		})
	}, nil
}

func runLoop(w io.Writer, ctx render.Context, name string, n int, at func(int) any) error {
	b := budgetOf(ctx)
	outerLoop, outerVar := ctx.Get("forloop"), ctx.Get(name)
	defer func() { ctx.Set("forloop", outerLoop); ctx.Set(name, outerVar) }()
	for i := range n {
		if err := b.round(); err != nil {
			return err
		}
		ctx.Set(name, at(i))
		ctx.Set("forloop", map[string]any{"first": i == 0, "last": i == n-1, "index": i + 1, "index0": i, "rindex": n - i, "rindex0": n - i - 1, "length": n})
		switch err := ctx.RenderChildren(w); {
		case err == nil, errors.Is(err.Cause(), errContinue):
		case errors.Is(err.Cause(), errBreak):
			return nil
		default:
			return err
		}
	}
	return nil
}

// items is a list that is looked at one by one; a range of a billion numbers is never built.
type items struct {
	n  int
	at func(int) any
}

func iterate(v any) items {
	switch v := v.(type) {
	case nil:
		return items{}
	case values.Range:
		return items{max(v.Len(), 0), v.Index}
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		return items{len(keys), func(i int) any { return []any{keys[i], v[keys[i]]} }}
	}
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Slice || rv.Kind() == reflect.Array {
		return items{rv.Len(), func(i int) any { return rv.Index(i).Interface() }}
	}
	return items{}
}

func whole(ctx render.Context, e expressions.Expression, absent int) (int, error) {
	if e == nil {
		return absent, nil
	}
	v, err := ctx.Evaluate(e)
	if err != nil || v == nil {
		return absent, err
	}
	n, ok := number(v)
	if !ok {
		return 0, errors.New("limit and offset are whole numbers")
	}
	return int(n), nil
}

// unsafe takes the mark of escaped text off.
func unsafe(v any) any {
	if s, ok := v.(values.SafeValue); ok {
		return s.Value
	}
	return v
}
