package exec

import (
	"os/exec"
	"runtime"
	"syscall"
)

// ownGroup gives a command a process group of its own: signals to it reach what it
// starts, and an interrupt of the terminal reaches us alone, who tell it. When we are
// killed, it is told to end: the next run starts another one, and two at once could undo
// each other's work.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// start starts a command from a thread that lives until gone is closed: the signal of
// ownGroup comes when the thread ends that has started it (prctl(2), PR_SET_PDEATHSIG).
func start(command *exec.Cmd, gone <-chan struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- command.Start()
		<-gone
	}()
	return <-started
}

// The group may be gone already.
func terminate(command *exec.Cmd) { _ = syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
func kill(command *exec.Cmd)      { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
