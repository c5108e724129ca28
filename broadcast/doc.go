// Package broadcast describes one message to many people: whom it is for and whom not, when it goes out, and how fast.
//
// A Definition is what the composer edits and the API carries. Validate tells everything that is wrong with it. Schedule
// answers the questions about time: when the next issue is due (Next), when work on it has to begin (Begin), and when a
// person in a given zone gets it (Due). A broadcast "at each person's own clock" names a time on the wall: it begins
// where that time comes first on earth, fourteen hours before it comes to Greenwich, and ends where it comes last.
//
// The package is pure: time zones come by name, the moment as an argument. Package storage keeps broadcasts, package
// activities sends them, package workflows keeps them going.
package broadcast
