//go:build !chaos

package faultpoint

// Point is a named place. In this build it does nothing.
type Point struct{}

// New names a point.
func New(string) Point { return Point{} }

// Hit passes the point. In this build it never returns an error.
func (Point) Hit() error { return nil }

// All lists the points of the program; none in this build.
func All() []string { return nil }

// Planted reports whether a planted bug is switched on; never in this build.
func Planted(string) bool { return false }
