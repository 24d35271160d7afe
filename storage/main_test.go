package storage_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/axisync/axisync/storage/storagetest"
)

// servers are those that this machine has; missing is why it lacks the others.
var (
	servers = map[storagetest.Kind]*storagetest.Server{}
	missing = map[storagetest.Kind]storagetest.MissingError{}
)

func TestMain(m *testing.M) {
	if location := os.Getenv(childOf); location != "" {
		child(location)
		os.Exit(0)
	}
	var stops []func()
	for _, kind := range storagetest.Kinds {
		server, stop, err := storagetest.StartKind(kind)
		var lacks storagetest.MissingError
		switch {
		case errors.As(err, &lacks):
			missing[kind] = lacks
			continue
		case err != nil:
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		servers[kind], stops = server, append(stops, stop)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil { // they wait more than they work
		fmt.Fprintln(os.Stderr, err)
	}
	code := m.Run()
	for _, stop := range stops {
		stop()
	}
	os.Exit(code)
}

// onEach runs a test on a server of each kind. Where a machine lacks one the test says
// so; it fails where all tools have to be there.
func onEach(t *testing.T, test func(t *testing.T, server *storagetest.Server)) {
	t.Parallel()
	for _, kind := range storagetest.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			test(t, serverOf(t, kind))
		})
	}
}

func serverOf(t testing.TB, kind storagetest.Kind) *storagetest.Server {
	t.Helper()
	if servers[kind] == nil && os.Getenv("AXISYNC_ALL_TOOLS") != "" {
		t.Fatal(missing[kind])
	}
	if servers[kind] == nil {
		t.Skip(missing[kind])
	}
	return servers[kind]
}
