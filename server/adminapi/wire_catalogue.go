package adminapi

import "sojourn/journey"

// Catalogue is what the documents of a workspace may refer to: what a form offers to choose from. Names that are open
// (events, attributes, properties) are those that have been seen lately; others may be written by hand.
type Catalogue struct {
	Fields     []CatalogueField    `json:"fields" doc:"The customer's own fields"`
	Metrics    []CatalogueField    `json:"metrics"`
	Ops        map[string][]string `json:"ops" doc:"Operators by type of what is compared"`
	States     []string            `json:"states" doc:"States of a permission"`
	Attributes []string            `json:"attributes" doc:"Names of customers' attributes, without the prefix attributes."`
	Events     []CatalogueEvent    `json:"events"`
	Templates  []CatalogueTemplate `json:"templates"`
	Audiences  []string            `json:"audiences"`
	Channels   []string            `json:"channels" doc:"What this installation can send on"`
	Purposes   []string            `json:"purposes" doc:"Purposes that journeys and templates of the workspace use"`
	Journeys   []CatalogueJourney  `json:"journeys"`
	Objects    []CatalogueObject   `json:"objects" doc:"Types of object the workspace has: bookings, contracts, devices…"`
}

// CatalogueObject is a type of object with the names of its dates.
type CatalogueObject struct {
	Type  string   `json:"type"`
	Dates []string `json:"dates"`
}

// CatalogueField is a field of the customer or a metric.
type CatalogueField struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Type  string `json:"type" enum:"text,number,boolean,date,instant,any,choice"`
	Unit  string `json:"unit" doc:"Empty, count, money (minor units), days, probability or score"`
}

// CatalogueEvent is an event with the names of its properties.
type CatalogueEvent struct {
	Name       string   `json:"name"`
	Properties []string `json:"properties"`
}

// CatalogueTemplate is a template with the channels it has a body for.
type CatalogueTemplate struct {
	Key      string   `json:"key"`
	Name     string   `json:"name"`
	Class    string   `json:"class"`
	Channels []string `json:"channels"`
}

// CatalogueJourney is another journey; those of entry kind api can be entered by a step.
type CatalogueJourney struct {
	Key       string `json:"key"`
	Name      string `json:"name"`
	EntryKind string `json:"entry_kind"`
}

// SourceRequest asks for the other form of a journey; exactly one of text and document is given.
type SourceRequest struct {
	Text     string            `json:"text,omitempty" maxLength:"1048576" doc:"YAML or JSON"`
	Document *journey.Document `json:"document,omitempty"`
}

// SourceResult is a journey in both forms, with its issues.
type SourceResult struct {
	Document journey.Document `json:"document"`
	YAML     string           `json:"yaml"`
	Issues   []Issue          `json:"issues"`
}
