package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const program = "github.com/axisync/axisync/cmd/axisync"

// systems are those that DuckDB brings its archives for: the program is built for no
// other.
var systems = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64"}

// linked is a module of which a package is linked into the program, and the folders in
// which a licence of it can stand: those of its packages, and those above them.
type linked struct {
	path, version string
	folders       []string
}

// links finds the modules that are linked into the program on one system, by their path.
func links(root, system string) (map[string]*linked, error) {
	goos, goarch, _ := strings.Cut(system, "/")
	list := exec.Command("go", "list", "-deps", "-json=Dir,Module", program)
	list.Dir = root
	list.Env = append(os.Environ(), "GOFLAGS=-tags=duckdb_arrow", "CGO_ENABLED=1", "GOOS="+goos, "GOARCH="+goarch)
	out, err := list.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			err = fmt.Errorf("%w: %s", err, failed.Stderr)
		}
		return nil, fmt.Errorf("the packages for %s: %w", system, err)
	}
	found := map[string]*linked{}
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			Dir    string
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		if p.Module == nil || p.Module.Main {
			continue
		}
		m := found[p.Module.Path]
		if m == nil {
			m = &linked{path: p.Module.Path, version: p.Module.Version}
			found[m.path] = m
		}
		for folder := p.Dir; strings.HasPrefix(folder, p.Module.Dir); folder = filepath.Dir(folder) {
			m.folders = append(m.folders, folder)
		}
	}
}

// legal are the files of a module that have to be passed on with it: licences and notices.
func (m *linked) legal() ([]string, error) {
	slices.Sort(m.folders)
	var files []string
	for _, folder := range slices.Compact(m.folders) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if !entry.IsDir() && isLegal(entry.Name()) {
				files = append(files, filepath.Join(folder, entry.Name()))
			}
		}
	}
	return files, nil
}

// isLegal knows the names by which such files go. Code that is about licences is none.
func isLegal(name string) bool {
	stem := strings.ToUpper(strings.TrimSuffix(strings.TrimSuffix(name, ".txt"), ".md"))
	for _, word := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE"} {
		if stem == word || strings.HasPrefix(stem, word+"-") {
			return true
		}
	}
	return false
}
