package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/google/licensecheck"

	"github.com/axisync/axisync/licences"
)

const table = "licences/modules.tsv"

// licencesCommand writes the table of licences, or says in what it is not what is linked.
func licencesCommand(args []string) error {
	flags := flag.NewFlagSet("licences", flag.ContinueOnError)
	write := flags.Bool("write", false, "write "+table+", for all systems")
	if err := flags.Parse(args); err != nil {
		return err
	}
	root, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	if *write {
		return writeTable(root)
	}
	found, err := recognised(root, []string{runtime.GOOS + "/" + runtime.GOARCH})
	if err != nil {
		return err
	}
	return compare(found, licences.Modules())
}

// compare says which of the modules that were found stand otherwise in the table.
// What else is in the table belongs to another system.
func compare(found, listed []licences.Module) error {
	var wrong []string
	for _, m := range found {
		if !slices.Contains(listed, m) {
			wrong = append(wrong, fmt.Sprintf("%s %s (%s)", m.Path, m.Version, m.Licence))
		}
		for _, id := range licences.Refused(m) {
			wrong = append(wrong, fmt.Sprintf("%s: the licence %s is not among those allowed in licences/licences.go", m.Path, id))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s is not what is linked into the program; make licences writes it anew:\n  %s", table, strings.Join(wrong, "\n  "))
	}
	return nil
}

func writeTable(root string) error {
	modules, err := recognised(root, systems)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("# Written by make licences: path, version, licence of every module that is linked.\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", m.Path, m.Version, m.Licence)
	}
	return os.WriteFile(filepath.Join(root, table), b.Bytes(), 0o644)
}

// recognised are the modules that are linked on any of these systems, with the licences
// that their texts are. Go, the library and the runtime, is the first.
func recognised(root string, on []string) ([]licences.Module, error) {
	goFiles, err := goLicence()
	if err != nil {
		return nil, err
	}
	id, err := identify(goFiles)
	if err != nil {
		return nil, fmt.Errorf("the licence of Go: %w", err)
	}
	modules := []licences.Module{{Path: "std", Licence: id}}
	for _, system := range on {
		found, err := links(root, system)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			files, err := m.legal()
			if err != nil {
				return nil, err
			}
			id, err := identify(files)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", m.path, m.version, err)
			}
			modules = append(modules, licences.Module{Path: m.path, Version: m.version, Licence: id})
		}
	}
	slices.SortFunc(modules[1:], func(a, b licences.Module) int { return strings.Compare(a.Path, b.Path) })
	return slices.Compact(modules), nil
}

// goLicence finds the licence of Go, which some distributions keep elsewhere.
func goLicence() ([]string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	root := strings.TrimSpace(string(out))
	return []string{filepath.Join(root, "LICENSE"), filepath.Join(root, "PATENTS")}, nil
}

// identify says which licences the texts are. A file of which less than three quarters
// is a known licence is for a person to read; notices are no licences.
func identify(files []string) (string, error) {
	var ids []string
	for _, file := range files {
		name := strings.ToUpper(filepath.Base(file))
		if strings.HasPrefix(name, "NOTICE") || name == "PATENTS" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		coverage := licensecheck.Scan(text)
		for _, match := range coverage.Match {
			if !match.IsURL {
				ids = append(ids, match.ID)
			}
		}
		if coverage.Percent < 75 {
			return "", fmt.Errorf("only %.0f%% of %s is a known licence (%s): read it", coverage.Percent, file, strings.Join(ids, " AND "))
		}
	}
	if len(ids) == 0 {
		return "", errors.New("no licence was found")
	}
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), " AND "), nil
}
