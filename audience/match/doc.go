// Package match answers a condition for one customer in memory, with the meaning that package audience defines. It is
// what the router, the branch step and "why is Ann in it" use; audience/sqlgen is its twin for whole workspaces.
//
// A condition that is asked often is prepared once:
//
//	p, err := match.Prepare(cond)
//	if p.Holds(&subject, now) { … }
//
// now carries the workspace's zone (see package audience). Nothing is allocated per question except by explanations.
package match
