package temporalchild

import "syscall"

// setParentDeathSignal has the kernel kill the child when the thread that started it ends.
func setParentDeathSignal(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
