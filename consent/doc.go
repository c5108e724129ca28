// Package consent knows what a customer allowed: purposes, legal bases, the append-only ledger and its fold into the
// current permissions. It is pure: no I/O, no clock, no randomness.
//
// Start with Entry (one line of the ledger) and Fold (ledger -> permissions). The rules, in the order they matter:
//
//   - the last permission wins, by the moment the person acted (occurred_at), not by the moment we heard of it;
//   - a moment in the future is clamped to the moment we heard of it;
//   - at the very same moment a withdrawal wins;
//   - a source is a person's act (form, till, API with proof) or a list (a file). A list never re-opens a withdrawal;
//     a person always can. Unsubscribed on Monday, opt-in at the till on Tuesday, the till's file on Wednesday: opted in;
//   - a withdrawal may name all purposes or all channels ("*"); a grant names exactly one of each;
//   - pending (double opt-in not confirmed yet) never weakens a permission that stands.
//
// Fold depends on the set of entries only, never on the order in which they arrived, so the projection in the database
// can be thrown away and rebuilt byte-equal.
//
// Check says whether a message of a class may go under a set of permissions. Seal (chain.go) links entries by hashes
// that cover digests of the personal fields, so erasing those fields keeps the chain valid. Links signs the opaque
// tokens of public pages. NormalizeAddress is the one place that says when two addresses are the same.
package consent
