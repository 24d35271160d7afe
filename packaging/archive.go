package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// release is what goes into an archive: the program as it was built from one commit.
type release struct {
	version, commit string
	epoch           int64  // of the commit, in seconds: the time of every file
	root, out       string // the sources, and the folder of the archive
}

// archiveCommand builds the program and puts it into an archive with all that belongs to it.
func archiveCommand(args []string) error {
	var r release
	flags := flag.NewFlagSet("archive", flag.ContinueOnError)
	flags.StringVar(&r.version, "version", "dev", "the version of the program")
	flags.StringVar(&r.commit, "commit", "", "the commit it is built from")
	flags.Int64Var(&r.epoch, "epoch", 0, "the time of that commit, in seconds since 1970")
	flags.StringVar(&r.root, "root", "..", "the folder of the sources")
	flags.StringVar(&r.out, "out", "../dist", "the folder of the archive")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if strings.ContainsAny(r.version, "/ ") {
		return fmt.Errorf("the version %q cannot be part of a file's name", r.version)
	}
	path, err := r.make()
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// make gives the path of the archive.
func (r release) make() (path string, err error) {
	for _, folder := range []*string{&r.root, &r.out} {
		if *folder, err = filepath.Abs(*folder); err != nil {
			return "", err
		}
	}
	staged, err := os.MkdirTemp("", "axisync-dist-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(staged)
	if err := r.stage(staged); err != nil {
		return "", err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return "", err
	}
	path = filepath.Join(r.out, r.name()+".tar.gz")
	if err := pack(path, staged, r.name(), time.Unix(r.epoch, 0).UTC()); err != nil {
		return "", err
	}
	return path, writeSum(path)
}

func (r release) name() string {
	return fmt.Sprintf("axisync_%s_%s_%s", strings.TrimPrefix(r.version, "v"), runtime.GOOS, runtime.GOARCH)
}

// stage puts everything into a folder.
func (r release) stage(folder string) error {
	binary := filepath.Join(folder, "axisync")
	steps := []func() error{
		func() error { return r.build(binary) },
		func() error { return copied(r.root, folder, "LICENSE", "README.md", "CHANGELOG.md", "docs") },
		func() error {
			return copiedAs(filepath.Join(r.root, "pipelines", "examples"), filepath.Join(folder, "examples"), "*.yaml")
		},
		func() error { return completions(binary, filepath.Join(folder, "completions")) },
		func() error { _, err := said(binary, "man", filepath.Join(folder, "man", "man1")); return err },
		func() error { return writeNotices(r.root, filepath.Join(folder, "THIRD-PARTY-LICENCES.txt")) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// build links the program without the paths of this machine and without symbols. The
// Dockerfile builds it by the same flags, which a test looks at.
func (r release) build(binary string) error {
	stamp := fmt.Sprintf("-s -w -X main.version=%s -X main.commit=%s -X main.date=%s", r.version, r.commit, time.Unix(r.epoch, 0).UTC().Format(time.RFC3339))
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", stamp, "-o", binary, "./cmd/axisync")
	build.Dir = r.root
	build.Env = append(os.Environ(), "GOFLAGS=-tags=duckdb_arrow", "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("the program cannot be built: %w\n%s", err, out)
	}
	return nil
}

// completions asks the program for them, each under the name its shell looks for.
func completions(binary, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for shell, name := range map[string]string{"bash": "axisync.bash", "zsh": "_axisync", "fish": "axisync.fish", "powershell": "axisync.ps1"} {
		script, err := said(binary, "completion", shell)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), script, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// said is what the program writes to standard output.
func said(binary string, args ...string) ([]byte, error) {
	out, err := exec.Command(binary, args...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%w: %s", err, failed.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("axisync %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

// writeSum writes SHA256SUMS beside the archive, of all archives that lie there.
func writeSum(path string) error {
	folder := filepath.Dir(path)
	archives, err := filepath.Glob(filepath.Join(folder, "*.tar.gz"))
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, archive := range archives {
		sum, err := digest(archive)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", sum, filepath.Base(archive))
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

func digest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
