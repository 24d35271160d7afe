package storage_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/axisync/axisync/storage/storagetest"
)

var server *storagetest.Server

func TestMain(m *testing.M) {
	s, stop, err := storagetest.StartForAll()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server = s
	code := m.Run()
	stop()
	os.Exit(code)
}
