package broadcast

import (
	"crypto/sha256"
	"encoding/binary"
)

// What can decide a subject test, and keep people out of a second letter.
const (
	Opened  = "opened"
	Clicked = "clicked"
)

// Most subjects of a test.
const (
	leastSubjects = 2
	mostSubjects  = 5
)

// Test sends several subjects to a share of the recipients first; the rest gets the one that did best.
type Test struct {
	Subjects []string `json:"subjects"`         // 2 to 5, Liquid
	Share    int      `json:"share,omitempty"`  // percent of the recipients in the test, 1 to 100; default 20
	Metric   string   `json:"metric,omitempty"` // opened or clicked; default opened
	Wait     string   `json:"wait,omitempty"`   // ISO 8601, from the last message of the test to the decision; default PT4H
}

// Resend narrows the recipients to those of an issue of another broadcast who got it and did nothing with it.
type Resend struct {
	Broadcast string `json:"broadcast"` // key
	Issue     int    `json:"issue"`     // number
	Unless    string `json:"unless"`    // opened or clicked
}

// ArmResult is how one subject did.
type ArmResult struct {
	Arm     int    `json:"arm"` // from 1
	Subject string `json:"subject"`
	Sent    int    `json:"sent"`
	Opened  int    `json:"opened"`
	Clicked int    `json:"clicked"`
}

// TestResult is what a decision was made from.
type TestResult struct {
	Arms []ArmResult `json:"arms,omitempty"`
}

// Arm tells which subject a recipient of an issue gets in the test, from 1; 0 is the rest, which waits for the winner. The
// same recipient of the same issue always gets the same answer.
func (t Test) Arm(issue, customer [16]byte) int {
	sum := sha256.Sum256(append(issue[:], customer[:]...))
	if int(binary.BigEndian.Uint64(sum[:])%100) >= t.Share || len(t.Subjects) == 0 {
		return 0
	}
	return 1 + int(binary.BigEndian.Uint64(sum[8:])%uint64(len(t.Subjects)))
}

// Winner is the arm with the largest share of its messages opened or clicked; of equals the first.
func (t Test) Winner(arms []ArmResult) int {
	winner := 1
	var best ArmResult
	for _, a := range arms {
		if a.Sent > 0 && (best.Sent == 0 || a.hits(t.Metric)*best.Sent > best.hits(t.Metric)*a.Sent) {
			winner, best = a.Arm, a
		}
	}
	return winner
}

func (a ArmResult) hits(metric string) int {
	if metric == Clicked {
		return a.Clicked
	}
	return a.Opened
}

// SubjectOf is the subject of a message of this arm; "" is the template's own.
func (d Definition) SubjectOf(arm int) string {
	if d.Test != nil && arm >= 1 && arm <= len(d.Test.Subjects) {
		return d.Test.Subjects[arm-1]
	}
	return d.Subject
}
