// Package world starts the real programs for tests that look at Sojourn from outside: the binary of cmd/sojourn, Temporal
// (bin/temporal-dev), MariaDB and Node, each as a process of its own on 127.0.0.1 with a free port and a temporary
// directory.
//
// Every process is stopped when its test ends, dies with the test process (parent-death signal), and shows the end of
// its output when the test has failed. Waiting is done with Eventually: a condition and a deadline, never a fixed sleep.
package world
