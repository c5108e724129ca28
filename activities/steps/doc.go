// Package steps performs the actions of steps that neither send nor decide: split, update, collect, enter, offer, reward
// and task inside our own database, notify and webhook outside. One file per kind.
//
// An action is identified by run, step and visit. Its decision record has an id made of them and is written in the same
// transaction as the effect (outside: right after it), so an action that is asked for again answers what it recorded and
// does nothing. A run that is held out walks on without any effect: its record says skipped(control).
package steps
