// Package chaos is the whole system under bad days: processes killed at every named point, Temporal gone, a mail server
// that lies. Nothing in it is a double: the server and the workers are the ordinary binary, built with the tag chaos so
// that its fault points can be armed, on a real database and a real Temporal server.
//
//	make chaos                       what CI runs: every point once, a few minutes on two cores
//	make soak                        an hour of random faults under load; CHAOS_MINUTES and CHAOS_SEED change it
//	go test -tags chaos ./chaos/ -run TestSendPath -v
//
// The parts: harness/ starts a world (database, Temporal namespace, server, workers, mail server) and looks after its
// processes; smtpsink/ is the scripted mail server whose log says what was really handed over; auditor/ compares that log
// and the ledger of what was acknowledged with what the product says of itself, with code of its own. The tests here
// break things and call the auditor. docs/robustness-track-record.md lists what is covered and what it has found.
package chaos
