// Package storagetest holds the suites that every implementation of a storage role passes, one file per role, and the
// small fixtures they share. They are exported so that another store can prove itself; here each runs on SQLite and on
// the MySQL protocol. It is for tests only.
package storagetest
