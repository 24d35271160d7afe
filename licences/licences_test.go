package licences

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What is linked into the program on this system stands in the table, at its version.
func TestEveryLinkedModuleHasALicence(t *testing.T) {
	t.Parallel()
	list := exec.Command("go", "list", "-tags=duckdb_arrow", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "github.com/axisync/axisync/cmd/axisync")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(linked)
	linked = slices.DeleteFunc(slices.Compact(linked), func(line string) bool { return line == "" })
	if len(linked) < 50 {
		t.Fatalf("only %d modules are linked: %s", len(linked), linked)
	}
	for _, line := range linked {
		path, version, _ := strings.Cut(line, " ")
		if !slices.ContainsFunc(Modules(), func(m Module) bool { return m.Path == path && m.Version == version && m.Licence != "" }) {
			t.Errorf("%s %s is linked and not in modules.tsv: make licences", path, version)
		}
	}
}

// What belongs to another system is at least a module of go.mod, at that version.
func TestTheTableIsThatOfGoMod(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "all").Output()
	if err != nil {
		t.Fatal(err)
	}
	required := strings.Split(string(out), "\n")
	for _, m := range Modules() {
		if m.Path != "std" && !slices.Contains(required, m.Path+" "+m.Version) {
			t.Errorf("%s %s is in modules.tsv and not in go.mod: make licences", m.Path, m.Version)
		}
	}
}

func TestEveryLicenceIsAllowed(t *testing.T) {
	t.Parallel()
	if len(Modules()) < 50 || len(Bundled()) < 30 {
		t.Fatalf("%d modules, %d libraries", len(Modules()), len(Bundled()))
	}
	for _, m := range append(Modules(), Bundled()...) {
		if refused := Refused(m); len(refused) > 0 {
			t.Errorf("%s: the licence %s is not allowed", m.Path, refused)
		}
	}
	for _, id := range []string{"GPL-3.0", "AGPL-3.0", "LicenseRef-TPC", "MIT AND GPL-2.0", ""} {
		if len(Refused(Module{Path: "example.com/other", Licence: id})) == 0 {
			t.Errorf("%q is allowed", id)
		}
	}
}

// Every archive that DuckDB has the linker take is named.
func TestEveryArchiveOfDuckDBIsNamed(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-tags=duckdb_arrow", "-deps", "-f", "{{join .CgoLDFLAGS \" \"}}", "github.com/axisync/axisync/transform").Output()
	if err != nil {
		t.Fatal(err)
	}
	archives := 0
	for _, flag := range strings.Fields(string(out)) {
		name, isLibrary := strings.CutPrefix(flag, "-l")
		if !isLibrary || !strings.Contains(name, "duckdb") && !strings.HasSuffix(name, "_extension") {
			continue
		}
		archives++
		if !slices.ContainsFunc(Bundled(), func(m Module) bool { return m.Version == name }) {
			t.Errorf("lib%s is linked and not in bundled.tsv", name)
		}
	}
	if archives < 15 {
		t.Errorf("only %d archives were found in %q", archives, out)
	}
}
