package journey

import "slices"

type (
	// KnowsSettings checks the settings of a registered code step or code journey (kind "step" or "journey") against its
	// schema. ok is false when no such type is registered.
	KnowsSettings interface {
		CheckSettings(kind, codeType string, settings map[string]any) (problems []SettingProblem, ok bool)
	}
	// SettingProblem is one setting that is wrong. Path is dotted, for example limits.points.
	SettingProblem struct{ Path, Message string }
)

// Kinds of registered code.
const (
	CodeKindStep    = "step"
	CodeKindJourney = "journey"
)

// codeJourney checks what a code journey has in place of a flow: a type that is registered, and settings that fit it.
func (v *validator) codeJourney(c CodeRef) {
	switch {
	case c.Type == "":
		v.add("code.type", CodeRequired, "say which code walks this journey")
	case !keyPattern.MatchString(c.Type):
		v.add("code.type", CodeInvalid, "%q is not a type of journey", c.Type)
	default:
		v.settings("code", CodeKindJourney, c.Type, c.Settings)
	}
	if i := slices.IndexFunc(v.doc.Steps, func(s Step) bool { return s.Next != "" }); i >= 0 {
		v.step = v.doc.Steps[i].ID
		v.add("steps", CodeForeignBody, "in a code journey the code says what comes next")
		v.step = ""
	}
}

// settings asks the catalogue, if it knows, about the settings of code. A type of step that nobody knows is told elsewhere.
func (v *validator) settings(path, kind, codeType string, settings map[string]any) {
	known, asks := v.known.(KnowsSettings)
	if !asks {
		return
	}
	problems, ok := known.CheckSettings(kind, codeType, settings)
	if !ok && kind == CodeKindJourney {
		v.add(path+".type", CodeUnknownThing, "no worker has registered a journey of type %q", codeType)
	}
	for _, p := range problems {
		v.add(joinPath(path+".settings", p.Path), CodeInvalid, "%s: %s", p.Path, p.Message)
	}
}
