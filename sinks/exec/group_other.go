//go:build !unix

package exec

import "os/exec"

// Elsewhere there are no process groups: the program alone is ended.

func ownGroup(*exec.Cmd) {}

// It may be gone already.
func terminate(command *exec.Cmd) { _ = command.Process.Kill() }
func kill(command *exec.Cmd)      { _ = command.Process.Kill() }

func start(command *exec.Cmd, _ <-chan struct{}) error { return command.Start() }
