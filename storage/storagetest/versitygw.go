package storagetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// built builds the server that is the tool of a module beside this file, once for all
// tests of a machine: the go command keeps what it has built.
func built(module, tool string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		command := exec.Command("go", "tool", "-n", tool)
		command.Dir = beside(module)
		command.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
		var said strings.Builder
		command.Stderr = &said
		out, err := command.Output()
		if err != nil {
			return "", fmt.Errorf("%s cannot be built: %w: %s", tool, err, said.String())
		}
		return strings.TrimSpace(string(out)), nil
	})
}

// beside is a folder beside this file.
func beside(name string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), name)
}

// versitygw is an S3 server on folders.
type versitygw struct{}

var versitygwProgram = built("gateway", "versitygw")

func (versitygw) command(address, root string) (*exec.Cmd, error) {
	program, err := versitygwProgram()
	if err != nil {
		return nil, err
	}
	metadata := filepath.Join(root, "metadata")
	if err := os.Mkdir(metadata, 0o700); err != nil {
		return nil, err
	}
	return exec.Command(program, "--quiet", "--port", address, "--access", AccessKey, "--secret", SecretKey, "--region", Region, "posix", "--sidecar", metadata, filepath.Join(root, "buckets")), nil
}

func (versitygw) environment(string) map[string]string {
	return map[string]string{"AWS_ACCESS_KEY_ID": AccessKey, "AWS_SECRET_ACCESS_KEY": SecretKey, "AWS_REGION": Region, "AWS_EC2_METADATA_DISABLED": "true"}
}

func (versitygw) makeBucket(_ context.Context, s *Server, name string) error {
	return os.Mkdir(filepath.Join(s.Root, name), 0o700)
}

func (versitygw) url(name, address string) string {
	return fmt.Sprintf("s3://%s?endpoint=http://%s&use_path_style=true", name, address)
}
