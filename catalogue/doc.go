// Package catalogue holds what a company's own things mean to journeys: objects, which belong to a customer and have
// dates (a booking, a contract, a guarantee, a device). It is pure: no I/O, clock or randomness.
//
// Start at ParseChange, which reads what a source says about an object, and State.Merge, which folds it in. A change
// names only what it is about. Each field keeps the moment since which it has its value (Stamps), and a fact never
// replaces one that is newer than itself; so facts that arrive in any order, or twice, end in the same object.
//
// Dates come in three forms: a calendar day (2026-05-03), a time on the wall wherever it is read (2026-05-03T15:00), and
// an instant (2026-05-03T13:00:00Z). Object.Days holds the calendar day of each of them, which every condition can
// compare.
package catalogue
