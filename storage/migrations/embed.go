// Package migrations holds the numbered SQL of each dialect, as a DBA could read it, and nothing else.
package migrations

import "embed"

// MySQL holds the files for MySQL and MariaDB.
//
//go:embed mysql/*.sql
var MySQL embed.FS

// SQLite holds the files for SQLite.
//
//go:embed sqlite/*.sql
var SQLite embed.FS
