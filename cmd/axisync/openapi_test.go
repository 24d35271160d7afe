package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/pipelines"
)

// The settings that openapi.yaml names are keys of a pipeline file.
func TestTheAssumptionsNameKeysOfAPipelineFile(t *testing.T) {
	t.Parallel()
	settings := regexp.MustCompile(`setting: (\S+)`).FindAllSubmatch(fincome.OpenAPI, -1)
	if len(settings) < 10 {
		t.Fatalf("only %d settings", len(settings))
	}
	file := map[string]any{}
	for _, s := range append(settings, [][]byte{nil, []byte("fincome.nowhere")}) {
		at := file
		keys := strings.Split(string(s[1]), ".")
		for _, key := range keys[:len(keys)-1] {
			if at[key] == nil {
				at[key] = map[string]any{}
			}
			at = at[key].(map[string]any)
		}
		at[keys[len(keys)-1]] = 1
	}
	content, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "daily.yaml")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = pipelines.LoadOffline(path)
	if err == nil || strings.Count(err.Error(), "unknown key") != 1 || !strings.Contains(err.Error(), `unknown key "nowhere"`) {
		t.Errorf("%s\n%v", content, err)
	}
}
