// Package models holds the rows: what has a primary key and is kept by the database, and nothing else. No queries,
// no rules. The columns are written down once in storage/migrations; a test compares the two.
//
// Conventions shared by all rows:
//   - ids are ids.ID; the zero id is NULL.
//   - Instant is microseconds since 1970 UTC; the zero instant is NULL ("has not happened").
//   - Text is a nullable string; the empty text is NULL.
//   - JSON is raw JSON; empty means {}.
//   - money is int64 minor units with an ISO 4217 code beside it.
//   - every row that belongs to a workspace says which (WorkspaceID).
package models
