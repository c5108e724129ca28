package ingest

import (
	"encoding/json"
	"time"
)

// Type is the kind of a message on the wire.
type Type string

// The message types of the tracking API.
const (
	Identify Type = "identify"
	Track    Type = "track"
	Page     Type = "page"
	Screen   Type = "screen"
	Group    Type = "group"
	Alias    Type = "alias"
)

// Limits of the tracking API. Sizes are bytes of the JSON as received (after decompression).
const (
	MaxEventBytes   = 32 << 10  // one message
	MaxBatchBytes   = 500 << 10 // one batch request
	MaxBatchEvents  = 2500      // messages in one batch
	MaxDepth        = 8         // nesting of properties, traits and context; the object itself is level 1
	MaxKeys         = 300       // keys in one object
	MaxIDBytes      = 255       // user, anonymous, previous, group and message ids, event names
	maxContentBytes = 4 << 20   // all data and contexts of one batch, the batch's own context counted in each message
	maxNumberBytes  = 64        // digits, sign, point and exponent of one number
	maxIssues       = 50        // more wrong places than this are only counted
)

// Event is one message, normalised.
type Event struct {
	MessageID   string
	Type        Type
	Name        string // the event name of a track; otherwise the type ("identify", "page", …)
	UserID      string
	AnonymousID string
	PreviousID  string // alias only
	GroupID     string
	Data        json.RawMessage // canonical JSON object: traits of identify and group, properties of the others
	Context     json.RawMessage // canonical JSON object; the batch's context under the message's own
	OccurredAt  time.Time       // UTC, corrected for the sender's clock, never after the receipt
	Hash        [32]byte        // SHA-256 of the content; see package comment
	Backfill    bool            // history: routed without starting or moving journeys
}

// Options are what decoding needs from the outside.
type Options struct {
	ReceivedAt   time.Time
	NewMessageID func() string // for messages that carry none; they can then not be recognised when repeated
	Backfill     bool          // marks all events, as context.backfill = true marks one
}

// Decoded is what a body held.
type Decoded struct {
	Events   []Event
	WriteKey string // the key in the body, for callers that cannot set a header; also set when the rest is wrong
}

// ParseType reads a message type by its name or its first letter, as in /v1/track and /v1/t.
func ParseType(s string) (Type, bool) {
	switch s {
	case "identify", "i":
		return Identify, true
	case "track", "t":
		return Track, true
	case "page", "p":
		return Page, true
	case "screen", "s":
		return Screen, true
	case "group", "g":
		return Group, true
	case "alias", "a":
		return Alias, true
	}
	return "", false
}
