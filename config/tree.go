package config

import (
	"reflect"
	"strings"
)

// Setting is one leaf of the tree.
type Setting struct {
	Path    string // in the file: temporal.web_url
	Env     string // SOJOURN_TEMPORAL_WEB_URL
	Flag    string // temporal-web-url
	Default string
	Help    string
	Secret  string // "", "true", or "url": only its password
	index   []int
}

// Settings lists the tree in its order.
func Settings() []Setting { return walk(reflect.TypeFor[Config](), "", nil) }

func walk(t reflect.Type, path string, index []int) []Setting {
	var out []Setting
	for f := range t.Fields() {
		p, at := f.Tag.Get("yaml"), append(append([]int(nil), index...), f.Index...)
		if path != "" {
			p = path + "." + p
		}
		if f.Type.Kind() == reflect.Struct {
			out = append(out, walk(f.Type, p, at)...)
			continue
		}
		out = append(out, Setting{
			Path: p, Env: "SOJOURN_" + strings.ToUpper(strings.ReplaceAll(p, ".", "_")), Flag: strings.NewReplacer(".", "-", "_", "-").Replace(p),
			Default: f.Tag.Get("default"), Help: f.Tag.Get("help"), Secret: f.Tag.Get("secret"), index: at,
		})
	}
	return out
}
