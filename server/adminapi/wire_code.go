package adminapi

import (
	"time"

	"sojourn/journey"
)

// CodeType is a journey or a step that developers wrote in Go.
type CodeType struct {
	Kind        string                  `json:"kind" enum:"journey,step"`
	Type        string                  `json:"type"`
	Name        string                  `json:"name" doc:"Empty when its developers gave none"`
	Description string                  `json:"description"`
	Exits       []string                `json:"exits" doc:"Of a step: the ways on beside next and failed"`
	Settings    *journey.SettingsSchema `json:"settings" doc:"JSON Schema of the settings, with their defaults"`
	Release     string                  `json:"release" doc:"Of the worker that announced it last"`
	SeenAt      time.Time               `json:"seen_at" doc:"When a worker announced it last"`
	Alive       bool                    `json:"alive" doc:"A worker does its work at present"`
	Waiting     int64                   `json:"waiting" doc:"Runs of this workspace that wait for a worker"`
}

// CodeTypeList is everything that was announced.
type CodeTypeList struct {
	CodeTypes []CodeType `json:"code_types"`
}

// CodeDocumentRequest asks for the document that a journey in Go has with certain settings.
type CodeDocumentRequest struct {
	Settings map[string]any    `json:"settings,omitempty" doc:"Over the defaults"`
	Document *journey.Document `json:"document,omitempty" doc:"The draft so far: its key, name, description, control group and time zone stay"`
}

// CodeDocumentResult is the document with all its issues.
type CodeDocumentResult struct {
	Document journey.Document `json:"document"`
	Issues   []Issue          `json:"issues"`
}
