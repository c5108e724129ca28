// Package blueprints holds the journeys that ship with Sojourn: YAML as a marketer would write it, with finished
// templates in English, Dutch and French, and what the gallery tells about each. Load gives all of it:
//
//	b, err := blueprints.Load("win-back")
//	// b.In(language) and b.Templates go to storage.Journeys in one transaction, b.Card is shown before
//
// A message is written as headings, paragraphs and lists; texts.go puts the frame (layout.html, frame.yaml) around it.
package blueprints

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"sojourn/fault"
	"sojourn/journey"
)

//go:embed *.yaml layout.html templates/*.yaml
var files embed.FS

// Locales are the languages in which every message is written.
var Locales = []string{"en", "nl", "fr"}

// notJourneys are the other files beside the blueprints.
var notJourneys = []string{"frame", "gallery", "words"}

// Blueprint is a journey with the messages it sends.
type Blueprint struct {
	Document  journey.Document
	Card      Card
	Templates []Template // in the order of their keys

	words words
}

// Card is what the gallery tells.
type Card struct {
	Goal  string            `yaml:"goal"` // start, sell, keep, serve or return
	Name  map[string]string `yaml:"name"` // by locale
	What  map[string]string `yaml:"what"` // one sentence, by locale
	Needs []Need            `yaml:"needs"`
}

// Need is data without which a blueprint has nothing to do. One of Event, Object, Attribute, Orders, Scores and
// Permission is set.
type Need struct {
	Event      string `yaml:"event,omitempty"`      // events of this name
	Object     string `yaml:"object,omitempty"`     // objects of this type
	Date       string `yaml:"date,omitempty"`       // with Object: the date they must have
	Attribute  string `yaml:"attribute,omitempty"`  // customers who have it
	Orders     int    `yaml:"orders,omitempty"`     // customers with orders on at least so many days
	Scores     string `yaml:"scores,omitempty"`     // customers with this score of the night
	Permission string `yaml:"permission,omitempty"` // customers who allow marketing on this channel
}

// Template is a message in all its locales.
type Template struct {
	Key, Name, Class string
	Bodies           []Body
}

// Body is one locale of a message over one channel: complete HTML over e-mail, else plain text. Both are Liquid.
type Body struct {
	Channel, Locale, Subject, Preheader, Text string
}

// Names lists the keys of the blueprints, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // embedded: it can't fail
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok && !slices.Contains(notJourneys, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Load reads a blueprint. NotFound when there is none of that key.
func Load(key string) (Blueprint, error) {
	var b Blueprint
	if !slices.Contains(Names(), key) {
		return b, fault.New(fault.NotFound, "there is no blueprint %q", key)
	}
	text, err := files.ReadFile(key + ".yaml")
	if err != nil {
		return b, err
	}
	if b.Document, err = journey.Parse(text); err != nil {
		return b, fmt.Errorf("blueprint %s: %w", key, err)
	}
	return Complete(b.Document)
}

// Complete adds card and messages to a document that is not one of the files: that of a journey in Go that ships with us.
func Complete(d journey.Document) (Blueprint, error) {
	b, key := Blueprint{Document: d}, d.Key
	cards := map[string]Card{}
	if err := read("gallery.yaml", &cards); err != nil {
		return b, err
	}
	var told bool
	if b.Card, told = cards[key]; !told {
		return b, fmt.Errorf("blueprint %s: gallery.yaml does not tell of it", key)
	}
	said := map[string]words{}
	if err := read("words.yaml", &said); err != nil {
		return b, err
	}
	b.words = said[key]
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
			return b, fmt.Errorf("blueprint %s, template %s: %w", key, k, err)
		}
		b.Templates = append(b.Templates, t)
	}
	return b, nil
}
