// Package journeyschema makes the JSON Schema of the journey document out of the Go types: what an editor needs to
// complete and check a journey that is kept as YAML. The types say fields and forms, their comments become descriptions,
// and the lists below say which words a field may hold. The result is committed as ../journey.schema.json and served.
package journeyschema

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sojourn/journey"
)

// ID names the schema; servers publish it at /journey.schema.json.
const ID = "https://sojourn.example/journey.schema.json"

// words are the values of fields whose type is a plain string in Go.
var words = map[string][]string{
	"Entry.kind": {"event", "audience", "schedule", "date", "api"}, "Entry.edge": {"enter", "leave"}, "Reentry.rule": {"once", "always", "after"},
	"Step.kind":      {"wait", "wait_for", "branch", "split", "send", "offer", "reward", "update", "collect", "notify", "webhook", "task", "enter", "code", "exit"},
	"DateRule.feb29": {journey.Feb28, journey.Mar1}, "DateRule.late": {journey.LateSkip, journey.LateNow, journey.LateNext},
	"WaitForStep.since": {"step", "message", "run"}, "CollectStep.since": {"step", "run"}, "RewardStep.kind": {"points", "voucher", "discount"},
	"NotifyStep.channel": {"email", "webhook"}, "WebhookStep.method": {"POST", "PUT", "GET"}, "TaskStep.type": {"call", "gift", "card", "review", "other"},
}

// Generate returns the schema, indented. Root is the root of the repository, where the comments are read.
func Generate(root string) ([]byte, error) {
	r := huma.NewMapRegistry("#/$defs/", huma.DefaultSchemaNamer)
	r.Schema(reflect.TypeFor[journey.Document](), true, "")
	raw, err := json.Marshal(r.Map())
	if err != nil {
		return nil, err
	}
	defs := map[string]map[string]any{}
	if err := json.Unmarshal(raw, &defs); err != nil {
		return nil, err
	}
	for _, dir := range []string{"journey", "audience"} {
		if err := describe(root+"/"+dir, defs); err != nil {
			return nil, err
		}
	}
	for field, values := range words {
		typ, name, _ := strings.Cut(field, ".")
		p, ok := property(defs[typ], name)
		if !ok {
			return nil, fmt.Errorf("no field %s in the journey's types", field)
		}
		p["enum"] = values
	}
	if v, ok := property(defs["Condition"], "value"); ok {
		delete(v, "type") // a scalar, a list or an object
	}
	top := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ID, "title": "Sojourn journey", "$ref": "#/$defs/Document", "$defs": defs,
	}
	out, err := json.MarshalIndent(top, "", "  ")
	return append(out, '\n'), err
}

func property(def map[string]any, name string) (map[string]any, bool) {
	props, _ := def["properties"].(map[string]any)
	p, ok := props[name].(map[string]any)
	return p, ok
}

// describe puts the comments of a package's types and fields into the definitions.
func describe(dir string, defs map[string]map[string]any) error {
	files := token.NewFileSet()
	pkgs, err := parser.ParseDir(files, dir, nil, parser.ParseComments) //nolint:staticcheck // one directory, no build tags
	if err != nil {
		return err
	}
	for _, pkg := range pkgs {
		if strings.HasSuffix(pkg.Name, "_test") {
			continue
		}
		for _, file := range pkg.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				decl, ok := n.(*ast.GenDecl)
				if !ok || decl.Tok != token.TYPE {
					return true
				}
				for _, spec := range decl.Specs {
					ts := spec.(*ast.TypeSpec)
					st, isStruct := ts.Type.(*ast.StructType)
					def := defs[ts.Name.Name]
					if !isStruct || def == nil {
						continue
					}
					if text := oneLine(decl.Doc.Text()); text != "" {
						def["description"] = text
					}
					for _, f := range st.Fields.List {
						text := oneLine(f.Comment.Text())
						if text == "" || f.Tag == nil {
							continue
						}
						name, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
						if p, ok := property(def, name); ok {
							p["description"] = text
						}
					}
				}
				return true
			})
		}
	}
	return nil
}

func oneLine(text string) string {
	return strings.TrimSpace(strings.Join(strings.Fields(string((&comment.Printer{TextWidth: -1}).Text((&comment.Parser{}).Parse(text)))), " "))
}
