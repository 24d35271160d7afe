//go:build unix && !linux

package exec

import (
	"os/exec"
	"syscall"
)

// ownGroup gives a command a process group of its own: signals to it reach what it
// starts, and an interrupt of the terminal reaches us alone, who tell it.
func ownGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// The group may be gone already.
func terminate(command *exec.Cmd) { _ = syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
func kill(command *exec.Cmd)      { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }

func start(command *exec.Cmd, _ <-chan struct{}) error { return command.Start() }
