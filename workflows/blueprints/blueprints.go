// Package blueprints holds the journeys that ship with Sojourn: YAML as a marketer would write it, with finished
// templates in English, Dutch and French. Load gives the document and its messages, ready to be put into a workspace:
//
//	b, err := blueprints.Load("win-back")
//	// b.Document goes to storage.Journeys, each of b.Templates to storage.Templates
//
// A message is written as content and footer; layout.html is the frame that all of them share.
package blueprints

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"sojourn/fault"
	"sojourn/journey"
)

//go:embed *.yaml layout.html templates/*.yaml
var files embed.FS

// Blueprint is a journey with the messages it sends.
type Blueprint struct {
	Document  journey.Document
	Templates []Template // in the order of their keys
}

// Template is a message in all its locales.
type Template struct {
	Key, Name, Class string
	Bodies           []Body
}

// Body is one locale of a message over e-mail. HTML is Liquid and complete.
type Body struct {
	Channel, Locale, Subject, Preheader, HTML string
}

// Names lists the keys of the blueprints, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // embedded: it can't fail
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Load reads a blueprint. NotFound when there is none of that key.
func Load(key string) (Blueprint, error) {
	if !slices.Contains(Names(), key) {
		return Blueprint{}, fault.New(fault.NotFound, "there is no blueprint %q", key)
	}
	text, err := files.ReadFile(key + ".yaml")
	if err != nil {
		return Blueprint{}, err
	}
	var b Blueprint
	if b.Document, err = journey.Parse(text); err != nil {
		return Blueprint{}, fmt.Errorf("blueprint %s: %w", key, err)
	}
	var keys []string
	for _, s := range b.Document.Steps {
		if s.Send != nil && !slices.Contains(keys, s.Send.Template) {
			keys = append(keys, s.Send.Template)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		t, err := template(k)
		if err != nil {
			return Blueprint{}, fmt.Errorf("blueprint %s, template %s: %w", key, k, err)
		}
		b.Templates = append(b.Templates, t)
	}
	return b, nil
}

// written is a template as it stands in its file.
type written struct {
	Key    string `yaml:"key"`
	Name   string `yaml:"name"`
	Class  string `yaml:"class"`
	Bodies []struct {
		Locale    string `yaml:"locale"`
		Subject   string `yaml:"subject"`
		Preheader string `yaml:"preheader"`
		Content   string `yaml:"content"`
		Footer    string `yaml:"footer"`
	} `yaml:"bodies"`
}

var liquid = regexp.MustCompile(`\{[{%].*?[%}]\}`)

func template(key string) (Template, error) {
	text, err := files.ReadFile("templates/" + key + ".yaml")
	if err != nil {
		return Template{}, err
	}
	layout, err := files.ReadFile("layout.html")
	if err != nil {
		return Template{}, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	var w written
	if err := dec.Decode(&w); err != nil {
		return Template{}, err
	}
	t := Template{Key: w.Key, Name: w.Name, Class: w.Class}
	for _, b := range w.Bodies {
		// The title of a page is no place for Liquid; mail programs show the subject anyway.
		title := strings.TrimSpace(liquid.ReplaceAllString(b.Preheader, ""))
		page := strings.NewReplacer(
			"[[locale]]", b.Locale, "[[title]]", html.EscapeString(title),
			"[[content]]", strings.TrimSpace(b.Content), "[[footer]]", strings.TrimSpace(b.Footer),
		).Replace(string(layout))
		t.Bodies = append(t.Bodies, Body{Channel: "email", Locale: b.Locale, Subject: b.Subject, Preheader: b.Preheader, HTML: page})
	}
	return t, nil
}
