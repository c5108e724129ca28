// Package devmode puts the ordinary parts together on one machine for `sojourn dev`: SQLite, a real Temporal server as a
// child (temporalchild), and a demo workspace with real purchases (demodata) that is filled once. Nothing in it is a
// stand-in for something else, but for the built-in inbox in place of a mail provider.
package devmode
