package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
)

// States of a journey: draft -> published <-> paused -> stopped -> archived (a draft may be archived at once).
const (
	JourneyDraft     = "draft"
	JourneyPublished = "published"
	JourneyPaused    = "paused"
	JourneyStopped   = "stopped"
	JourneyArchived  = "archived"
)

// PauseClock says what a pause does to waits that were running.
type PauseClock string

// The answers to "what about the paused time?", asked on resume.
const (
	PauseCounts  PauseClock = "count" // time went on: what became due is done on resume
	PauseStopped PauseClock = "hold"  // time stood still: remaining waits are as long as they were
	PauseSkips   PauseClock = "skip"  // what became due meanwhile is skipped
)

// EntryAudienceKey is the key of the audience that an audience entry of this journey lets in from.
func EntryAudienceKey(journeyKey string) string { return "journey:" + journeyKey }

// Journeys keeps journeys, their immutable versions, and the switch from draft to archived.
//
// Every change of a journey locks its row first, so two operators are serialised. Pause, resume and stop bump the
// journey's epoch in the same transaction; the send fence compares it, so what they say holds at once for every send
// that has not been handed over yet.
type Journeys interface {
	// CreateJourney makes a journey in state draft. Conflict when the key exists in the workspace.
	CreateJourney(ctx context.Context, workspace int64, draft journey.Document, now time.Time) (models.Journey, error)
	// Journey and JourneyByKey return NotFound for another workspace's journey.
	Journey(ctx context.Context, workspace int64, id ids.ID) (models.Journey, error)
	JourneyByKey(ctx context.Context, workspace int64, key string) (models.Journey, error)
	// ListJourneys returns all journeys of the workspace, by key, without their drafts.
	ListJourneys(ctx context.Context, workspace int64) ([]models.Journey, error)
	// SaveDraft replaces the draft when revision is still the current one and returns the new revision; Conflict when
	// somebody else saved meanwhile or the draft has another key.
	SaveDraft(ctx context.Context, workspace int64, id ids.ID, revision int, draft journey.Document, now time.Time) (int, error)
	// Publish freezes the draft of that revision (0 = the current one) into the next version and makes it live. It does
	// not validate: the caller has refused a document with issues. Publishing a document that equals the live version
	// returns that version. A draft becomes published; a paused journey stays paused; a stopped one is a Conflict.
	// For an audience entry the audience "journey:<key>" is written in the same transaction, and is seeded afresh when
	// its condition changed.
	Publish(ctx context.Context, workspace int64, id ids.ID, revision int, by string, now time.Time) (models.JourneyVersion, error)
	// Version and Versions read published documents; Versions is newest first and leaves the documents out.
	Version(ctx context.Context, workspace int64, id ids.ID) (models.JourneyVersion, error)
	Versions(ctx context.Context, workspace int64, journeyID ids.ID) ([]models.JourneyVersion, error)
	// PauseJourney and ResumeJourney open and close one interval; doing it twice changes nothing. Resume owes a wake-up
	// to the runs whose moment came meanwhile and to nobody else.
	PauseJourney(ctx context.Context, workspace int64, id ids.ID, now time.Time) error
	ResumeJourney(ctx context.Context, workspace int64, id ids.ID, clock PauseClock, now time.Time) error
	// JourneyPauses returns the intervals, oldest first.
	JourneyPauses(ctx context.Context, workspace int64, id ids.ID) ([]models.JourneyPause, error)
	// StopJourney ends entries and sends at once; the reconciler closes the open runs at a limited rate.
	StopJourney(ctx context.Context, workspace int64, id ids.ID, now time.Time) error
	// ArchiveJourney hides a draft or a stopped journey; Conflict while runs are open.
	ArchiveJourney(ctx context.Context, workspace int64, id ids.ID, now time.Time) error
}

// Published is a version together with its parsed document. It is shared between callers and never changed.
type Published struct {
	VersionID  ids.ID
	JourneyID  ids.ID
	JourneyKey string
	Number     int
	Hash       models.Hash
	Document   *journey.Document
}

// Documents reads published documents through a bounded cache. They are immutable, so nothing is ever stale. A stored
// document whose content does not have its hash is an internal error and is never returned.
type Documents interface {
	DocumentByHash(ctx context.Context, workspace int64, hash models.Hash) (Published, error)
	DocumentByVersion(ctx context.Context, workspace int64, version ids.ID) (Published, error)
}
