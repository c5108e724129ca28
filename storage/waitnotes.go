package storage

import "sojourn/models"

// WaitNote tells why a wait ends when it does: what was seen when its end was worked out. The rule itself is not in it: it
// stands in the step of the version.
type WaitNote struct {
	StepID   string         `json:"step"`
	Visit    int            `json:"visit"`
	At       models.Instant `json:"at"`                 // when it was worked out, last
	Until    models.Instant `json:"until"`              // its end; a pause that does not count moves it on
	Zone     string         `json:"zone"`               // IANA: where its days and times of day were counted
	Date     string         `json:"date,omitempty"`     // the date it was counted from, as it was then
	Expected models.Instant `json:"expected,omitempty"` // next purchase: when it was expected; zero: nobody knows, the default was taken
	Hour     string         `json:"hour,omitempty"`     // best hour: the one that was found, for example 14:00; empty: none is known, the default was taken
	Passed   models.Instant `json:"passed,omitempty"`   // a date: the moment that the rule names had passed already; late says what then
	Missing  string         `json:"missing,omitempty"`  // journey.LateMissed or journey.LateNoDate: there was nothing to wait for
}

// ReadWaitNote reads a kept note; ok is false when none was kept.
func ReadWaitNote(text models.Text) (note WaitNote, ok bool) {
	if text == "" {
		return note, false
	}
	return note, models.JSON(text).Into(&note) == nil && note.StepID != ""
}

// Text is the form that is kept.
func (n WaitNote) Text() models.Text { return models.Text(models.ToJSON(n)) }
