//go:build linux || darwin

package pipelines

import (
	"io/fs"
	"syscall"
)

// freeDisk is the room that is left for us where dir lies.
func freeDisk(dir string) (bytes int64, known bool) {
	var room syscall.Statfs_t
	if err := syscall.Statfs(dir, &room); err != nil {
		return 0, false
	}
	return int64(room.Bavail) * int64(room.Bsize), true
}

// mayWrite is an error where this user may make no file in dir.
func mayWrite(dir string) error {
	const write, search = 2, 1
	if err := syscall.Access(dir, write|search); err != nil {
		return &fs.PathError{Op: "write in", Path: dir, Err: err}
	}
	return nil
}
