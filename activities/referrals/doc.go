// Package referrals does what refer-a-friend does to the world: it issues links, hashes what people leave, grants and takes back rewards
// through the loyalty port, and tells referrers by events of our own. What is right is decided by package referral.
//
// Desk serves the steps of the journeys. Sweeper does what no run does: it ends claims whose run has ended or whose friend was erased,
// finishes a settlement that a dying worker left half done, and claws back after a refund, also long after the run has closed. Both
// may be repeated at any point: each grant has the key of its claim and side.
package referrals
