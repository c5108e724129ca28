// Package sqlstore implements the roles of package storage on SQLite (WAL, no cgo) and on the MySQL protocol.
//
// store.go opens a database; tx.go repeats transactions; dialect.go is the only place that knows how the two differ.
// One file per role implements that role. gorm maps rows; hot paths write their SQL by hand.
//
// The routing transaction begins in routing.go (fence, order, parking), which hands each event to routing_apply.go:
// routing_identity.go and routing_merge.go find the customer, routing_profile.go merges traits, routing_orders.go and
// metrics.go keep what is counted, routing_runs.go tells the open runs, entries.go lets people in. What it owes to
// Temporal it writes as dispatches (dispatches.go).
package sqlstore
