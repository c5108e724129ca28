package scoring

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"time"

	"sojourn/fault"
)

// Kind names the purchase model that answers for a base.
type Kind string

const (
	KindBGNBD Kind = "bgnbd" // purchases until the customer drops out
	KindNBD   Kind = "nbd"   // the data show no drop-out: purchases for ever
	KindNone  Kind = "none"  // too little data: no probabilities, only each customer's own gaps
)

// Settings are the choices of a workspace. They travel with the model, so that a score computed for one customer
// during a run means the same as the one of the night before.
type Settings struct {
	HorizonWeeks   float64 `json:"horizonWeeks"`   // H of "purchases in the next H weeks"
	WinbackRatio   float64 `json:"winbackRatio"`   // silence divided by own gap at which win-back is due
	MinSilenceDays float64 `json:"minSilenceDays"` // win-back is never due before this
	MaxSilenceDays float64 `json:"maxSilenceDays"` // nor later than this
}

// DefaultSettings: 13 weeks; twice the own gap, where Online Retail's 30-day purchase rate falls from .490 to .338;
// between two weeks and a year of silence.
func DefaultSettings() Settings {
	return Settings{HorizonWeeks: 13, WinbackRatio: 2, MinSilenceDays: 14, MaxSilenceDays: 365}
}

// Validate reports settings outside their range as a fault of kind Invalid with the fields.
func (s Settings) Validate() error {
	var bad []fault.Field
	in := func(path string, v, lo, hi float64) {
		if !(v >= lo && v <= hi) {
			bad = append(bad, fault.Field{Path: path, Message: "is outside its range"})
		}
	}
	in("horizonWeeks", s.HorizonWeeks, 1./7, 520)
	in("winbackRatio", s.WinbackRatio, 0.1, 100)
	in("minSilenceDays", s.MinSilenceDays, 0, 3650)
	in("maxSilenceDays", s.MaxSilenceDays, 1, 36500)
	if s.MinSilenceDays > s.MaxSilenceDays {
		bad = append(bad, fault.Field{Path: "minSilenceDays", Message: "is above maxSilenceDays"})
	}
	if bad != nil {
		return fault.New(fault.Invalid, "scoring settings").WithFields(bad...)
	}
	return nil
}

// Model is a fitted base: what a store keeps (as JSON) and ScoreCustomer reads. All numbers in it are finite.
type Model struct {
	Version  string    `json:"version"` // kind and a hash over everything that decides a score
	Kind     Kind      `json:"kind"`
	Reason   string    `json:"reason,omitempty"` // why it is not "bgnbd"; a sentence for people
	AsOf     time.Time `json:"asOf"`             // the moment the histories were observed at
	R        float64   `json:"r"`
	Alpha    float64   `json:"alpha"` // weeks
	A        float64   `json:"a"`     // 0 unless Kind is bgnbd
	B        float64   `json:"b"`
	Rhythm   Rhythm    `json:"rhythm"`
	Settings Settings  `json:"settings"`
	Quality  Quality   `json:"quality"`
}

// Quality says how far to trust the model.
type Quality struct {
	Customers       int           `json:"customers"`
	Distinct        int           `json:"distinctHistories"`
	Repeaters       int           `json:"repeaters"`
	RepeatPurchases int           `json:"repeatPurchases"`
	LogLikelihood   float64       `json:"logLikelihood"`
	Iterations      int           `json:"iterations"`
	Evaluations     int           `json:"evaluations"`
	Gradient        float64       `json:"gradient"`              // largest component at the optimum, per customer
	Calibration     []Calibration `json:"calibration,omitempty"` // customers by number of repeat purchases
	Holdout         *Holdout      `json:"holdout,omitempty"`     // set by callers that held a period out
}

// Calibration compares a count of the model with the data.
type Calibration struct {
	Purchases string  `json:"purchases"` // "0" … "6", "7+"
	Actual    float64 `json:"actual"`    // customers
	Expected  float64 `json:"expected"`
}

// Known reports whether the model gives probabilities at all.
func (m Model) Known() bool { return m.Kind == KindBGNBD || m.Kind == KindNBD }

func (m Model) bgnbd() BGNBD { return BGNBD{R: m.R, Alpha: m.Alpha, A: m.A, B: m.B} }
func (m Model) nbd() NBD     { return NBD{R: m.R, Alpha: m.Alpha} }

// PAlive is P(the customer has not dropped out); 1 where the model knows no drop-out, 0 where Known is false.
func (m Model) PAlive(h History) float64 {
	switch m.Kind {
	case KindBGNBD:
		return m.bgnbd().PAlive(h)
	case KindNBD:
		return 1
	}
	return 0
}

// ExpectedNext is the mean number of purchases in the next t weeks; 0 where Known is false.
func (m Model) ExpectedNext(h History, t float64) float64 {
	switch m.Kind {
	case KindBGNBD:
		return m.bgnbd().ExpectedNext(h, t)
	case KindNBD:
		return m.nbd().ExpectedNext(h, t)
	}
	return 0
}

// PAtLeastOne is P(at least one purchase in the next t weeks); 0 where Known is false. One minus it is the churn
// score.
func (m Model) PAtLeastOne(h History, t float64) float64 {
	switch m.Kind {
	case KindBGNBD:
		return m.bgnbd().PAtLeastOne(h, t)
	case KindNBD:
		return m.nbd().PAtLeastOne(h, t)
	}
	return 0
}

// WithSettings returns the model with other settings and the version that goes with them; the fit stays.
func (m Model) WithSettings(s Settings) (Model, error) {
	if err := s.Validate(); err != nil {
		return Model{}, err
	}
	m.Settings = s
	m.seal()
	return m, nil
}

// pCount is P(X(t) = x) of a new customer.
func (m Model) pCount(t float64, out []float64) {
	if m.Kind == KindBGNBD {
		m.bgnbd().PCount(t, out)
		return
	}
	m.nbd().PCount(t, out)
}

// seal computes the version: the same data and settings give the same version anywhere.
func (m *Model) seal() {
	text, _ := json.Marshal(struct { // plain finite numbers: cannot fail
		Kind        Kind
		AsOf        int64
		R, Al, A, B float64
		Rhythm      Rhythm
		Settings    Settings
	}{m.Kind, m.AsOf.UnixMilli(), m.R, m.Alpha, m.A, m.B, m.Rhythm, m.Settings})
	sum := sha256.Sum256(text)
	m.Version = string(m.Kind) + "-" + hex.EncodeToString(sum[:6])
}

// Decode reads a stored model and refuses one that could not have come from Fit.
func Decode(text []byte) (Model, error) {
	var m Model
	if err := json.Unmarshal(text, &m); err != nil {
		return Model{}, fault.Wrap(fault.Invalid, err, "the stored scoring model is not readable")
	}
	ok := m.Kind == KindNone || m.Known() && positive(m.R, m.Alpha) && (m.Kind == KindNBD || positive(m.A, m.B))
	if !ok || !(m.Rhythm.Shape >= 0) || !(m.Rhythm.Scale >= 0) {
		return Model{}, fault.New(fault.Invalid, "the stored scoring model %q has impossible parameters", m.Version)
	}
	if err := m.Settings.Validate(); err != nil {
		return Model{}, err
	}
	return m, nil
}

func positive(v ...float64) bool {
	for _, x := range v {
		if !(x > 0) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}
