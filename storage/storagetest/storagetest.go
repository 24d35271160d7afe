// Package storagetest starts object stores for tests: versitygw for S3, which checks
// signatures and conditional writes as Amazon does, fake-gcs-server for Google Cloud
// Storage, which checks no credentials, and Azurite for Azure Blob Storage, which
// checks keys.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The credentials of every S3 server.
const (
	AccessKey = "AXISYNCTEST"
	SecretKey = "a secret of tests/with+signs"
	Region    = "us-east-1"
)

// Kind is the scheme of the URLs of a store.
type Kind string

// These are the stores.
const (
	S3     Kind = "s3"
	Google Kind = "gs"
	Azure  Kind = "azblob"
)

// Kinds are all stores.
var Kinds = []Kind{S3, Google, Azure}

// store is how a kind of store is started and used.
type store interface {
	// command is the process of a server that listens at an address and may keep
	// things in a folder.
	command(address, root string) (*exec.Cmd, error)
	// environment is what clients of the server need; most of it is the same for all
	// servers of the kind.
	environment(address string) map[string]string
	// makeBucket makes a bucket.
	makeBucket(ctx context.Context, s *Server, name string) error
	// url is the URL of a bucket behind an address.
	url(name, address string) string
}

var stores = map[Kind]store{S3: versitygw{}, Google: fakeGCS{}, Azure: azurite{}}

// MissingError: a server cannot be had on this machine. It says what to install.
type MissingError string

func (e MissingError) Error() string { return string(e) }

// Server is an object store on this machine.
type Server struct {
	Kind    Kind
	Address string // host:port
	Root    string // of an S3 server: the folder in which the buckets are folders
	command *exec.Cmd
	ended   chan struct{} // closed when the process is gone
}

// StartForAll starts an S3 server for all tests of a package, from its TestMain; stop
// also removes what it kept. It sets the environment of the process.
func StartForAll() (s *Server, stop func(), err error) { return StartKind(S3) }

// StartKind starts a server as StartForAll does. The error is a MissingError where the
// machine lacks what it needs. There can be one server of Google in a process, for its
// clients find it by the environment.
func StartKind(kind Kind) (s *Server, stop func(), err error) {
	root, err := os.MkdirTemp("", "axisync-"+string(kind)+"-")
	if err != nil {
		return nil, nil, err
	}
	if s, err = start(kind, root); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(root))
	}
	for name, value := range s.Environment() {
		if err := os.Setenv(name, value); err != nil {
			return nil, nil, err
		}
	}
	return s, func() { s.Stop(); _ = os.RemoveAll(root) }, nil
}

// Environment is what clients of the server need in theirs.
func (s *Server) Environment() map[string]string { return stores[s.Kind].environment(s.Address) }

// Environment is what the client of S3 finds its credentials in.
func Environment() map[string]string { return stores[S3].environment("") }

func start(kind Kind, root string) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Kind: kind, Address: listener.Addr().String(), Root: filepath.Join(root, "buckets")}
	if err := errors.Join(listener.Close(), os.MkdirAll(s.Root, 0o700)); err != nil {
		return nil, err
	}
	if s.command, err = stores[kind].command(s.Address, root); err != nil {
		return nil, err
	}
	return s, s.run(filepath.Join(root, "said"))
}

// run starts the process and waits until it listens. What it says is kept in a file,
// for nobody waits for a process that is killed to close a pipe.
func (s *Server) run(said string) error {
	file, err := os.Create(said)
	if err != nil {
		return err
	}
	defer file.Close()
	s.command.Stdout, s.command.Stderr = file, file
	s.command.Dir = filepath.Dir(said)
	if err := s.command.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go func() { _ = s.command.Wait(); close(s.ended) }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		if connection, err := net.Dial("tcp", s.Address); err == nil {
			return connection.Close()
		}
		select {
		case <-ctx.Done():
			s.Stop()
		case <-s.ended:
			text, _ := os.ReadFile(said)
			return fmt.Errorf("the server of %s:// does not start: %s", s.Kind, text)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the server. It may be called twice.
func (s *Server) Stop() {
	_ = s.command.Process.Kill()
	<-s.ended
}

// Bucket makes a bucket and gives its URL.
func (s *Server) Bucket(t testing.TB, name string) string {
	t.Helper()
	if err := stores[s.Kind].makeBucket(t.Context(), s, name); err != nil {
		t.Fatal(err)
	}
	return s.URL(name, s.Address)
}

// URL is the URL of a bucket behind an address, which may be that of a proxy; for one
// of Google the environment says the address.
func (s *Server) URL(name, address string) string { return stores[s.Kind].url(name, address) }
