package consent

import (
	"encoding/json"

	"sojourn/fault"
)

// TrackingPurpose is the topic under which a customer allows or refuses that opens and clicks are recorded.
const TrackingPurpose = "tracking"

// TrackMode says of whom opens or clicks are recorded.
type TrackMode string

// The modes.
const (
	TrackOff           TrackMode = "off"
	TrackConsented     TrackMode = "consented"      // only of customers who have granted the purpose "tracking"
	TrackUnlessRefused TrackMode = "unless_refused" // of everybody who has not refused it
)

// Tracking is what a workspace settled about recording engagement; stored as "tracking" in workspaces.settings. The pixel
// needs a permission by default (ePrivacy 5(3)); a link through us tells no more than the page it leads to would see.
type Tracking struct {
	Opens  TrackMode `json:"opens,omitempty"`  // default consented
	Clicks TrackMode `json:"clicks,omitempty"` // default unless_refused
}

// ParseTracking reads the settings of a workspace; what is absent has its default. Other settings belong to others.
func ParseTracking(settings []byte) (Tracking, error) {
	var s struct {
		Tracking Tracking `json:"tracking"`
	}
	if len(settings) > 0 {
		if err := json.Unmarshal(settings, &s); err != nil {
			return s.Tracking, fault.Wrap(fault.Invalid, err, "the settings of the workspace cannot be read")
		}
	}
	t := s.Tracking
	if t.Opens == "" {
		t.Opens = TrackConsented
	}
	if t.Clicks == "" {
		t.Clicks = TrackUnlessRefused
	}
	return t, t.Validate()
}

// Validate names every wrong place.
func (t Tracking) Validate() error {
	var wrong []fault.Field
	for path, mode := range map[string]TrackMode{"tracking.opens": t.Opens, "tracking.clicks": t.Clicks} {
		switch mode {
		case "", TrackOff, TrackConsented, TrackUnlessRefused:
		default:
			wrong = append(wrong, fault.Field{Path: path, Message: "off, consented or unless_refused"})
		}
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "the settings of tracking are not right").WithFields(wrong...)
	}
	return nil
}

// Allows reports whether engagement may be recorded of a customer whose permission for TrackingPurpose is in this state.
func (m TrackMode) Allows(s State) bool {
	switch m {
	case TrackConsented:
		return s == Granted
	case TrackUnlessRefused:
		return s != Withdrawn
	}
	return false
}
