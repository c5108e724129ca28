// Package sqlstore implements the roles of package storage on SQLite (WAL, no cgo) and on the MySQL protocol.
//
// store.go opens a database; tx.go repeats transactions; dialect.go is the only place that knows how the two differ.
// One file per role implements that role. gorm maps rows; hot paths write their SQL by hand.
package sqlstore
