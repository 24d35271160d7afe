//go:build !linux

package transform

// useOneArena is for the C library of Linux.
func useOneArena() {}
