// Package referral holds the rules of refer-a-friend, as pure functions: who counts as a friend, what a claim waits for, when both
// sides have earned their reward, and when it is taken back. It does no I/O and knows no clock.
//
// A claim is one friend who came by one code. It ends in exactly one of these, each with a reason:
//
//	pending ──> accepted ──> settling ──> rewarded ──> reversed (clawed back)
//	   └──────────┴──> refused                └──> refused (neither side got anything)
//
// Next says what an open claim needs now, from everything that is known about it (Facts): it is asked again whenever something may
// have changed, and never remembers anything itself. In settling each side is granted or refused once (Done); Clawback says which
// grants are to be taken back after a refund.
//
// Fraud checks compare marks: a person's address, telephone, household, card and devices in a normal form (marks.go), of which only
// keyed hashes are stored. Everything that is a judgement stands here; storage finds the facts, activities/referrals does what follows.
package referral
