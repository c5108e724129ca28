package storage

import (
	"context"
	"time"

	"sojourn/ids"
)

// DateEntries lets customers into journeys on a day of theirs or of an object's.
//
// Each key (a customer, or an object) has one row that says when it is due next, found by an indexed look about 26 hours
// ahead, so nobody parks a workflow to wait for a birthday. A run begins only when the moment has come, and the date, the
// zone and the condition are read again then. Dates that are new or have changed are found by the time of their last
// change, and by a look at everybody once a day. A moment that passed while nobody looked is made up for within a day;
// later ones, and dates that come to be known late, follow the rule's late. One occurrence of a date begins one run at
// most: its cause is made of journey, key, date and year. A cancelled object lets nobody in.
type DateEntries interface {
	// DateJourneys lists the journeys with a date entry that let people in.
	DateJourneys(ctx context.Context) ([]DateJourney, error)
	// EnterDates looks at the dates of one journey and lets in who is due at now. step is called after each transaction.
	// What is done stays done when it fails; a repeated call goes on from there.
	EnterDates(ctx context.Context, j DateJourney, now time.Time, step func()) (DatesDone, error)
}

// DateJourney names a journey with a date entry.
type DateJourney struct {
	WorkspaceID int64
	JourneyID   ids.ID
}

// DatesDone counts what a look at the dates did.
type DatesDone struct {
	Looked int // dates that were looked at
	Runs   int // runs begun
}
