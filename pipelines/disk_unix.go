//go:build linux || darwin

package pipelines

import "syscall"

// freeDisk is the room that is left for us where dir lies.
func freeDisk(dir string) (bytes int64, known bool) {
	var room syscall.Statfs_t
	if err := syscall.Statfs(dir, &room); err != nil {
		return 0, false
	}
	return int64(room.Bavail) * int64(room.Bsize), true
}
