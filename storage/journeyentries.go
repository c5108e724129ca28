package storage

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"sojourn/ids"
)

// Kinds of Cause.
const (
	CauseEvent    = "event"    // an event arrived
	CauseAudience = "audience" // an edge of an audience
	CauseSchedule = "schedule" // a firing of a schedule
	CauseDate     = "date"     // a date came
	CauseAPI      = "api"      // a call or a file: journeys with an entry of kind api only
	CauseManual   = "manual"   // a colleague added the person: any journey whose runs are one per customer, or with Key
	CauseJourney  = "journey"  // an enter step of another journey: journeys with an entry of kind api only
)

// EntryExitHolds is the reason of nobody's entry who would have to leave at once: a condition that ends runs holds.
const EntryExitHolds = "exit_holds"

// EntryAsk asks to let one customer into a journey.
type EntryAsk struct {
	Customer ids.ID
	// Key is the entry key. Empty: the customer, or, where the entry names a key property, the value of that property in
	// Data.
	Key string
	// Data becomes revision 1 of the run's context (at most 32 KB of JSON); nil for none.
	Data map[string]any
	// Cause is what the ask comes from. Its id makes the ask idempotent: the same id, journey and key begin at most one
	// run, ever. CauseID derives one from an idempotency key.
	Cause Cause
}

// EntryAnswer says what became of an ask.
type EntryAnswer struct {
	Entered bool   // a run began, now or at an earlier call with the same cause
	Again   bool   // it began at an earlier call
	Run     ids.ID // with Entered
	// Reason says why nobody entered: not_live (the journey is a draft, stopped or archived), wrong_entry (it does not
	// let people in this way), unknown (no such customer in the workspace), erased, restricted, filtered (its condition
	// does not hold), no_key, too_large (Data), exit_holds, not_in_rollout, open_run, reentry_once, reentry_after, too_often
	// (by other journeys within an hour, as journeys do that enter each other).
	Reason string
}

// JourneyEntries lets chosen customers into journeys: by a call, a file, a colleague, or another journey.
type JourneyEntries interface {
	// EnterJourney answers the asks in their order, each under the guard of its entry key and the re-entry rule. Up to 200
	// share a transaction, so a failure may leave the first ones done; a repeated call finds them. Every ask about a known
	// customer leaves a decision record, as every other entry does, except a repeated one. The run starts through the
	// dispatch table like any other: at once for one ask, at a limited rate (bulk) when there are more.
	// NotFound when the journey is not one of the workspace.
	EnterJourney(ctx context.Context, workspace int64, journeyID ids.ID, asks []EntryAsk, now time.Time) ([]EntryAnswer, error)
	// CustomerByExternalID and CustomerByEmail find a live customer for an ask; NotFound when there is none, Conflict when
	// several share the address.
	CustomerByExternalID(ctx context.Context, workspace int64, externalID string) (ids.ID, error)
	CustomerByEmail(ctx context.Context, workspace int64, email string) (ids.ID, error)
}

// MaxEntryData bounds EntryAsk.Data, in bytes of JSON.
const MaxEntryData = 32 << 10

// CauseID derives the id of a cause from what makes it one: an idempotency key, a row of a file, an occurrence of a date.
func CauseID(parts ...string) (id ids.ID) {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // hashes never fail
	}
	copy(id[:], h.Sum(nil))
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // UUID version 8: made by our own rule
	return id
}
