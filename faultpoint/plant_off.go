//go:build !chaos

package faultpoint

// Planted is false in this build.
func Planted(string) bool { return false }
