//go:build unix && !linux

package temporalchild

import "syscall"

// setParentDeathSignal does nothing where the kernel has no such signal; the pipe at the child's standard input remains.
func setParentDeathSignal(*syscall.SysProcAttr) {}
