package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoSecretOfAnotherSourceIsHandedOn: the programs of one source of a folder see the
// secrets of none, whatever the variables are called.
func TestNoSecretOfAnotherSourceIsHandedOn(t *testing.T) {
	t.Parallel()
	s := newScene(t, small)
	s.script("deliver.sh", "env > handed.txt; exit 1")
	s.script("tell.sh", "env > told.txt")
	s.file("all/a.yaml", strings.NewReplacer("./state", "../a", "  - fincome: {}\n", "  - exec: { name: crm, command: [../deliver.sh] }\non_finish:\n  command: [../tell.sh]\n").Replace(daily))
	s.file("all/b.yaml", strings.NewReplacer("source: A", "source: B", "./state", "../b", "111111", "222222", "${env:SALESFORCE_CLIENT_SECRET}", "${env:OTHER_SECRET}", "${env:FINCOME_API_KEY}", "${env:OTHER_KEY}").Replace(daily)+"on_finish:\n  webhook: ${env:OTHER_HOOK}\n")
	other := []string{"OTHER_SECRET=an0ther-s3cret", "OTHER_KEY=an0ther-k3y", "OTHER_HOOK=http://127.0.0.1:1/an0ther-h00k"}
	s.environment = append(s.environment, append(other, "OTHER=value")...)
	s.run(3, "run", "all")
	for _, name := range []string{"handed.txt", "told.txt"} {
		found, _ := filepath.Glob(filepath.Join(s.dir, "*", name))
		if len(found) != 1 {
			t.Fatalf("%s: %v", name, found)
		}
		content, err := os.ReadFile(found[0])
		if err != nil || !strings.Contains(string(content), "OTHER=value") {
			t.Errorf("%s, %v", content, err)
		}
		for _, variable := range append(other, "SALESFORCE_CLIENT_SECRET=", "FINCOME_API_KEY=") {
			if strings.Contains(string(content), variable) {
				t.Errorf("%s holds %s", name, variable)
			}
		}
	}
}
