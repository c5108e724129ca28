//go:build !unix

package devmode

import "os"

// lockFile does nothing where there is no flock; SQLite's own locks still keep the data whole.
func lockFile(*os.File) error { return nil }
