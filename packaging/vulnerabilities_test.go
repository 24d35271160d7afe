package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// invented is a vulnerability of the standard library that nobody has fixed.
func invented(symbol string) string {
	return `{"schema_version":"1.3.1","id":"GO-2026-9999","modified":"2026-11-01T00:00:00Z","published":"2026-11-01T00:00:00Z",
"summary":"invented","details":"invented for a test","database_specific":{"url":"https://example.com/GO-2026-9999"},"affected":[{"package":{"name":"stdlib","ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}],
"ecosystem_specific":{"imports":[{"path":"strings","symbols":["` + symbol + `"]}]}}]}`
}

// database writes a database of vulnerabilities with one in it.
func database(t *testing.T, vulnerability string) string {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"index/db.json":        `{"modified":"2026-11-01T00:00:00Z"}`,
		"index/modules.json":   `[{"path":"stdlib","vulns":[{"id":"GO-2026-9999","modified":"2026-11-01T00:00:00Z"}]}]`,
		"index/vulns.json":     `[{"id":"GO-2026-9999","modified":"2026-11-01T00:00:00Z"}]`,
		"ID/GO-2026-9999.json": vulnerability,
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return "file://" + folder
}

// A function with a vulnerability fails the check where the program calls it, and only
// there.
func TestAVulnerabilityThatIsCalledFails(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	err := look(database(t, invented("Lines")), "..", []string{"./licences"}, &said)
	if err == nil || !strings.Contains(said.String(), "Your code is affected by 1 vulnerability from the Go standard library") {
		t.Errorf("strings.Lines is called: %v\n%s", err, &said)
	}
	said.Reset()
	err = look(database(t, invented("ToTitleSpecial")), "..", []string{"./licences"}, &said)
	if err != nil || !strings.Contains(said.String(), "Your code is affected by 0 vulnerabilities") {
		t.Errorf("strings.ToTitleSpecial is not called: %v\n%s", err, &said)
	}
}

func TestADatabaseThatCannotBeHad(t *testing.T) {
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	for _, address := range []string{refusing.URL, "http://127.0.0.1:1", "file:///nowhere"} {
		t.Setenv("GOVULNDB", address)
		if err := vulnerabilitiesCommand([]string{"--if-reachable"}); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if err := vulnerabilitiesCommand(nil); err == nil || !strings.Contains(err.Error(), "were not looked for") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
