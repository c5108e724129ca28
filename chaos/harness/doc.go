// Package harness starts worlds for the fault tests and breaks them.
//
//	world := harness.Start(t, harness.Options{Workers: 1})
//	people := world.People(ctx, 5)
//	world.Worker(0).Restart("send.after_fence:kill")
//	...
//	world.Settle(ctx)         // everything drained
//	world.Audit(ctx)
//
// A world owns a database, a namespace of a Temporal server, a mail server, and processes of the chaos build of sojourn.
// Every process has its own group, dies with the test (parent-death signal), and is ended by its own pid only.
//
// How it is laid out: binary.go the chaos build; process.go one child; supervised.go a child that is started again;
// temporal.go the server and what its histories say; world.go and seed.go; traffic.go events over HTTP with a ledger of
// what was acknowledged; quiet.go when a world has come to rest; canary.go the search for personal data.
package harness
