package pipelines

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

var reference = regexp.MustCompile(`\$\{([a-z]+):([^}]*)\}`)

// secretKeys are the keys whose values are secrets: the file says where they
// are, never what they are.
var secretKeys = map[string]bool{
	"secret_salesforce_client_id": true, "secret_salesforce_client_secret": true,
	"secret_salesforce_refresh_token": true, "secret_salesforce_private_key": true, "api_key": true,
}

// remoteKeys are the keys whose values are needed only to contact somebody, beside
// the secrets.
var remoteKeys = map[string]bool{"login_url": true, "base_url": true, "redirect_url": true, "username": true, "audience": true, "webhook": true}

// resolve replaces ${env:NAME} and ${file:path} in the values of the tree, after
// parsing, so that what stands in a variable can never be read as YAML. Paths
// are relative to the file.
func (t *tree) resolve(node *yaml.Node, key, path, folder string) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			name := node.Content[i].Value
			t.resolve(node.Content[i+1], name, below(path, name), folder)
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			t.resolve(item, key, entry(path, i), folder)
		}
	case yaml.ScalarNode:
		t.resolveScalar(node, key, path, folder)
	}
}

func (t *tree) resolveScalar(node *yaml.Node, key, path, folder string) {
	if secretKeys[key] && !isNull(node) && node.Value != "" && reference.ReplaceAllString(node.Value, "") != "" {
		at := placeOf(node)
		at.width = len(dots) // which the excerpt shows instead
		t.hide(node)
		t.fault(path, at, key+" holds a secret", "write where it is: ${env:NAME} or ${file:path}")
		node.Value = ""
		return
	}
	if !strings.Contains(node.Value, "${") || t.offline && (secretKeys[key] || remoteKeys[key]) {
		return
	}
	at := placeOf(node)
	node.Value = reference.ReplaceAllStringFunc(node.Value, func(match string) string {
		parts := reference.FindStringSubmatch(match)
		kind, name := parts[1], parts[2]
		if kind == "file" {
			name = inFolder(folder, name)
			t.valueFiles = append(t.valueFiles, name)
		}
		text, err := lookUp(kind, name)
		if err != nil {
			t.fault(path, at, err.Error(), "")
		}
		return text
	})
	node.Tag, node.Style = "!!str", yaml.DoubleQuotedStyle // what was found is a text, whatever it looks like
}

func lookUp(kind, name string) (string, error) {
	switch kind {
	case "env":
		value, found := os.LookupEnv(name)
		if !found || value == "" {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		return value, nil
	case "file":
		content, err := readFile(name)
		if err != nil {
			return "", fmt.Errorf("the file of a value cannot be read: %w", err)
		}
		return strings.TrimRight(string(content), "\r\n"), nil
	}
	return "", fmt.Errorf("${%s:...} is not known, write ${env:NAME} or ${file:path}", kind)
}
