package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/examples"
)

// The blocks of YAML in the docs are pipeline files, or parts of one, and the program
// loads them: a part in a whole that has everything else.
func TestTheProgramLoadsTheFilesOfTheDocs(t *testing.T) {
	t.Parallel()
	key := pemKey(t)
	blocks := 0
	for path, page := range pages(t) {
		for _, block := range fence.FindAllStringSubmatch(page, -1) {
			if block[2] != "yaml" {
				continue
			}
			text := block[3]
			if strings.HasPrefix(text, "  ") {
				text = "fincome:\n" + text
			}
			if err := loads(t, text, key); err != nil {
				t.Errorf("%s: %v\n%s", filepath.Base(path), err, block[3])
			}
			blocks++
		}
	}
	if blocks < 5 {
		t.Errorf("only %d blocks were found", blocks)
	}
}

var aReference = regexp.MustCompile(`\$\{(?:env|file):([^}]*)\}`)

// loads puts a part into a whole, and what is referred to into files beside it.
func loads(t *testing.T, text string, key []byte) error {
	t.Helper()
	var part map[string]any
	if err := yaml.Load([]byte(text), &part); err != nil {
		return err
	}
	content := []byte(text)
	if _, whole := part["version"]; !whole {
		var err error
		if content, err = completeFile(part); err != nil {
			return err
		}
	}
	folder := t.TempDir()
	content = aReference.ReplaceAllFunc(content, func(found []byte) []byte {
		name := aReference.FindSubmatch(found)[1]
		value, file := []byte("a-value"), strings.NewReplacer("/", "-", ".", "-").Replace(string(name))
		switch {
		case strings.Contains(file, "key") && !strings.Contains(strings.ToLower(file), "api"):
			value = key
		case strings.Contains(file, "URL"):
			value = []byte("https://example.com/a")
		}
		if err := os.WriteFile(filepath.Join(folder, file), value, 0o600); err != nil {
			t.Fatal(err)
		}
		return []byte("${file:" + file + "}")
	})
	path := filepath.Join(folder, "daily.yaml")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := pipelines.Load(path)
	return err
}

// completeFile is the example with the keys of a part in place of its own: those of
// salesforce and fincome one by one.
func completeFile(part map[string]any) ([]byte, error) {
	var whole map[string]any
	if err := yaml.Load(examples.Daily, &whole); err != nil {
		return nil, err
	}
	for key, value := range part {
		of, isMapping := value.(map[string]any)
		into, both := whole[key].(map[string]any)
		if key != "salesforce" && key != "fincome" || !isMapping || !both {
			whole[key] = value
			continue
		}
		for name, inner := range of {
			into[name] = inner
		}
	}
	return yaml.Dump(whole)
}

func pemKey(t *testing.T) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}
