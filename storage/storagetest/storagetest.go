// Package storagetest starts an S3 server for tests: versitygw, which checks
// signatures and conditional writes as Amazon does, on a folder of the test.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// The credentials of every server.
const (
	AccessKey = "AXISYNCTEST"
	SecretKey = "a secret of tests/with+signs"
	Region    = "us-east-1"
)

// binary builds the server, once for all tests of a machine: the go command keeps
// what it has built.
var binary = sync.OnceValues(func() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	command := exec.Command("go", "tool", "-n", "versitygw")
	command.Dir = filepath.Join(filepath.Dir(file), "gateway")
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("the S3 server cannot be built: %w: %s", err, said.String())
	}
	return strings.TrimSpace(string(out)), nil
})

// Server is an S3 server on this machine.
type Server struct {
	Address string // host:port
	Root    string // the folder in which the buckets are folders
	command *exec.Cmd
}

// Start starts a server that the end of the test stops, and gives tests its
// credentials by the environment: tests that call it cannot call t.Parallel before.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// StartForAll starts a server for all tests of a package, from its TestMain; stop
// also removes what it kept. It sets the environment of the process.
func StartForAll() (s *Server, stop func(), err error) {
	root, err := os.MkdirTemp("", "axisync-s3-")
	if err != nil {
		return nil, nil, err
	}
	for name, value := range Environment() {
		if err := os.Setenv(name, value); err != nil {
			return nil, nil, err
		}
	}
	if s, err = start(root); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(root))
	}
	return s, func() { s.Stop(); _ = os.RemoveAll(root) }, nil
}

// Environment is what the client of S3 finds its credentials in.
func Environment() map[string]string {
	return map[string]string{"AWS_ACCESS_KEY_ID": AccessKey, "AWS_SECRET_ACCESS_KEY": SecretKey, "AWS_REGION": Region, "AWS_EC2_METADATA_DISABLED": "true"}
}

func start(root string) (*Server, error) {
	program, err := binary()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Address: listener.Addr().String(), Root: filepath.Join(root, "buckets")}
	if err := errors.Join(listener.Close(), os.MkdirAll(s.Root, 0o700), os.MkdirAll(filepath.Join(root, "metadata"), 0o700)); err != nil {
		return nil, err
	}
	return s, s.run(program, filepath.Join(root, "metadata"))
}

func (s *Server) run(program, metadata string) error {
	s.command = exec.Command(program, "--quiet", "--port", s.Address, "--access", AccessKey, "--secret", SecretKey, "--region", Region, "posix", "--sidecar", metadata, s.Root)
	var said strings.Builder
	s.command.Stdout, s.command.Stderr = &said, &said
	if err := s.command.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		if connection, err := net.Dial("tcp", s.Address); err == nil {
			return connection.Close()
		}
		select {
		case <-ctx.Done():
			s.Stop()
			return fmt.Errorf("the S3 server does not start: %s", said.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the server. It may be called twice.
func (s *Server) Stop() {
	_ = s.command.Process.Kill()
	_, _ = s.command.Process.Wait()
}

// Bucket makes a bucket and gives its URL.
func (s *Server) Bucket(t testing.TB, name string) string {
	t.Helper()
	if err := os.Mkdir(filepath.Join(s.Root, name), 0o700); err != nil {
		t.Fatal(err)
	}
	return s.URL(name, s.Address)
}

// URL is the URL of a bucket behind an address, which may be that of a proxy.
func (s *Server) URL(name, address string) string {
	return fmt.Sprintf("s3://%s?endpoint=http://%s&use_path_style=true", name, address)
}
