//go:build unix

package devmode

import (
	"os"
	"syscall"
)

// lockFile takes the lock that ends with the process, however it ends.
func lockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
