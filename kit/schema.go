package kit

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"sojourn/fault"
	"sojourn/journey"
)

// schemaOf describes settings by their Go type and their defaults. Tags of a field: json (its name), title and doc (label
// and explanation in the form), enum (words with commas between), format (journey.Formats), minimum and maximum.
func schemaOf(defaults any) (*journey.SettingsSchema, error) {
	s, err := schemaFor(reflect.TypeOf(defaults), map[reflect.Type]bool{})
	if err != nil {
		return nil, err
	}
	if s.Type != "object" {
		return nil, fault.New(fault.Invalid, "they are no struct")
	}
	text, err := json.Marshal(defaults)
	if err != nil {
		return nil, err
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, err
	}
	for name, v := range values {
		if p := s.Properties[name]; p != nil {
			p.Default = v
		}
	}
	if problems := s.Check(values, nil); len(problems) > 0 {
		return nil, fault.New(fault.Invalid, "the default of %s %s", problems[0].Path, problems[0].Message)
	}
	return s, nil
}

func schemaFor(t reflect.Type, above map[reflect.Type]bool) (*journey.SettingsSchema, error) {
	if t == nil {
		return nil, fault.New(fault.Invalid, "they have no type")
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaFor(t.Elem(), above)
	case reflect.String:
		return &journey.SettingsSchema{Type: "string"}, nil
	case reflect.Bool:
		return &journey.SettingsSchema{Type: "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &journey.SettingsSchema{Type: "integer"}, nil
	case reflect.Float32, reflect.Float64:
		return &journey.SettingsSchema{Type: "number"}, nil
	case reflect.Slice, reflect.Array:
		of, err := schemaFor(t.Elem(), above)
		return &journey.SettingsSchema{Type: "array", Items: of}, err
	case reflect.Map:
		of, err := schemaFor(t.Elem(), above)
		return &journey.SettingsSchema{Type: "object", Additional: of}, err
	case reflect.Interface:
		return &journey.SettingsSchema{}, nil
	case reflect.Struct:
		return structSchema(t, above)
	}
	return nil, fault.New(fault.Invalid, "a %s can't be a setting", t)
}

func structSchema(t reflect.Type, above map[reflect.Type]bool) (*journey.SettingsSchema, error) {
	if t.Implements(reflect.TypeFor[json.Marshaler]()) {
		return &journey.SettingsSchema{}, nil // it has a form of its own, such as time.Time
	}
	if above[t] {
		return nil, fault.New(fault.Invalid, "%s holds itself", t)
	}
	above[t] = true
	defer delete(above, t)
	out := &journey.SettingsSchema{Type: "object", Properties: map[string]*journey.SettingsSchema{}}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		p, err := fieldSchema(f, above)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "setting %s", f.Name)
		}
		if f.Anonymous && name == "" && p.Type == "object" {
			for _, k := range p.Order {
				out.Properties[k] = p.Properties[k]
			}
			out.Order = append(out.Order, p.Order...)
			continue
		}
		if name == "" {
			name = f.Name
		}
		out.Properties[name] = p
		out.Order = append(out.Order, name)
	}
	return out, nil
}

func fieldSchema(f reflect.StructField, above map[reflect.Type]bool) (*journey.SettingsSchema, error) {
	p, err := schemaFor(f.Type, above)
	if err != nil {
		return nil, err
	}
	p.Title, p.Description = f.Tag.Get("title"), f.Tag.Get("doc")
	of := p // a list is told by its items
	if p.Type == "array" {
		of = p.Items
	}
	if words := f.Tag.Get("enum"); words != "" {
		of.Enum = strings.Split(words, ",")
	}
	if of.Format = f.Tag.Get("format"); of.Format != "" && !slices.Contains(journey.Formats, of.Format) {
		return nil, fault.New(fault.Invalid, "%q is not a format: %s", of.Format, strings.Join(journey.Formats, ", "))
	}
	if (of.Format != "" || of.Enum != nil) && of.Type != "string" {
		return nil, fault.New(fault.Invalid, "format and enum are for text")
	}
	for tag, into := range map[string]**float64{"minimum": &of.Minimum, "maximum": &of.Maximum} {
		text := f.Tag.Get(tag)
		if text == "" {
			continue
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fault.New(fault.Invalid, "the %s %q is no number", tag, text)
		}
		*into = &n
	}
	return p, nil
}

// CheckSettings implements journey.KnowsSettings for what is registered. Settings that name a template, an offer or an
// audience are not looked up: that is known where they are published.
func (r *Registry) CheckSettings(kind, codeType string, settings map[string]any) ([]journey.SettingProblem, bool) {
	e, ok := r.known[codeType]
	if !ok || e.about.Kind != kind {
		return nil, false
	}
	return e.about.Settings.Check(settings, nil), true
}

// CodeExits implements journey.KnowsCode for what is registered.
func (r *Registry) CodeExits(stepType string) ([]string, bool) {
	e, ok := r.known[stepType]
	if !ok || e.step == nil {
		return nil, false
	}
	return append(slices.Clone(e.step.Exits), journey.ExitFailed), true
}
