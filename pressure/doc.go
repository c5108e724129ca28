// Package pressure decides whether a message may go now: the gate. It is pure: Decide is a function of Facts and the
// moment, and storage runs it inside the one transaction that has locked the customer and the contact point.
//
// The rules stand in table.go, in the order in which they are asked; the first that hits decides, and its reason is
// stored. Which rule applies to which class of message is written beside it, and every cell is a test.
//
//	control -> erased, legal hold, restricted -> no address -> suppressed address -> channel opt-out -> topic opt-out
//	-> no consent -> the customer's pause -> journey, sender or workspace stopped or paused -> expired -> quiet hours
//	-> caps -> provider limit
//
// Policy is the typed form of workspaces.settings. quiet.go judges quiet hours by the wall clock where the customer
// lives, across changes of the clock; an unknown zone is quiet when any of the workspace's zones is. cap.go counts
// messages in sliding windows and in calendar periods: open claims always, closed messages at their hand-over.
// These are limits per customer; what a provider can take per second is a matter of the sender, not of this package.
package pressure
