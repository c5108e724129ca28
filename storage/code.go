package storage

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"sojourn/journey"
	"sojourn/models"
)

// How long an announcement of code holds. A worker repeats it well within CodeAlive; what nobody has announced for so long
// is away, and its runs wait. A type stays known, for publishing, for CodeKnown.
const (
	CodeAlive = 2 * time.Minute
	CodeKnown = 7 * 24 * time.Hour
)

// CodeTypes keep which journeys and steps in Go the workers know.
type CodeTypes interface {
	// AnnounceCode says that a worker that polls for these types lives. The latest announcement describes a type.
	AnnounceCode(ctx context.Context, types []models.CodeType, now time.Time) error
	// CodeTypes lists what was announced since a moment, by kind and type.
	CodeTypes(ctx context.Context, since time.Time) ([]models.CodeType, error)
	// MissingCode lists the types whose runs wait because no worker has announced them since a moment; workspace 0 is all.
	// Runs of a journey count wherever they are, runs of the canvas at a step of the type.
	MissingCode(ctx context.Context, workspace int64, since time.Time) ([]MissingCode, error)
}

// MissingCode is a type that runs wait for.
type MissingCode struct {
	Kind, Type string
	Runs       int64
	Journeys   []string       // names, in order
	Since      models.Instant // when the first of them came to its step
	LastSeen   models.Instant // zero: never
}

// Code is announced code as the checks of publishing and the forms need it.
type Code struct {
	models.CodeType
	Exits    []string // of a step
	Settings *journey.SettingsSchema
}

// DecodeCode reads the JSON of a row.
func DecodeCode(row models.CodeType) (Code, error) {
	c := Code{CodeType: row}
	if len(row.Exits) > 0 {
		if err := json.Unmarshal(row.Exits, &c.Exits); err != nil {
			return c, err
		}
	}
	if len(row.SettingsSchema) > 0 {
		if err := json.Unmarshal(row.SettingsSchema, &c.Settings); err != nil {
			return c, err
		}
	}
	return c, nil
}

// At leaves out what was announced too long ago to be published.
func (c JourneyCatalogue) At(now time.Time) JourneyCatalogue {
	c.Code = slices.DeleteFunc(slices.Clone(c.Code), func(k Code) bool { return k.SeenAt.Time().Before(now.Add(-CodeKnown)) })
	return c
}

// code finds announced code of a kind.
func (c JourneyCatalogue) code(kind, codeType string) *Code {
	i := slices.IndexFunc(c.Code, func(k Code) bool { return k.Kind == kind && k.CodeType.CodeType == codeType })
	if i < 0 {
		return nil
	}
	return &c.Code[i]
}

// CodeExits implements journey.KnowsCode.
func (c JourneyCatalogue) CodeExits(stepType string) ([]string, bool) {
	k := c.code(journey.CodeKindStep, stepType)
	if k == nil {
		return nil, false
	}
	return append(slices.Clone(k.Exits), journey.ExitFailed), true
}

// CheckSettings implements journey.KnowsSettings.
func (c JourneyCatalogue) CheckSettings(kind, codeType string, settings map[string]any) ([]journey.SettingProblem, bool) {
	k := c.code(kind, codeType)
	if k == nil {
		return nil, false
	}
	return k.Settings.Check(settings, c.has), true
}

func (c JourneyCatalogue) has(format, key string) bool {
	switch format {
	case journey.FormatTemplate:
		_, ok := c.Templates[key]
		return ok
	case journey.FormatOffer:
		return c.Offers[key]
	case journey.FormatAudience:
		return c.Audiences[key]
	}
	return true
}
