// Package ids holds the one identifier type of Sojourn: a UUID version 7, stored as 16 bytes and shown as text.
//
// Ids come in as arguments (Source), so that pure code and tests decide them. Version 7 sorts by time,
// which keeps primary keys append-mostly in both databases, and it survives the restore of an older copy of the
// database without handing out the same id twice, which an auto-increment column would not (see docs/adr/0002).
package ids
