// Package storage holds the role interfaces of the database: what each consumer may ask for and what it is promised
// (order, conflicts, which error). The one implementation, storage/sqlstore, speaks SQLite and the MySQL protocol
// through gorm; storage/storagetest is the suite that both dialects pass; storage/migrations is the schema.
//
// Promises that hold for every role:
//   - every method is scoped to a workspace, by argument or by the row it is given;
//   - "not there" is a fault.NotFound, a broken unique key a fault.Conflict, a locked or lost database a
//     fault.Unavailable; other errors are internal;
//   - a method that changes more than one row does so in one transaction, repeated as a whole (bounded) on deadlock,
//     lock timeout or a busy file;
//   - time comes in as an argument, except for leases, which are judged by the clock of the database.
package storage
