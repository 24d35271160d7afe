package pipelines_test

import (
	"strings"
	"testing"
)

// An excerpt shows the line, and never a literal where a secret belongs, however it is
// written.
func TestExcerptsHideSecrets(t *testing.T) {
	t.Parallel()
	const literal = "l1teral-s3cret"
	for name, file := range map[string]string{
		"beside":             "fincome:\n  api_key: SECRET\n",
		"on the next line":   "fincome:\n  api_key:\n    SECRET\n",
		"in a flow":          "fincome: { foo_key: \"${env:X}\", api_key: SECRET, x: y }\n",
		"behind a place":     "fincome:\n  api_key: ${env:HOME}SECRET\n",
		"in a block":         "fincome:\n  api_key: >-\n    SECRET\n  base_url: [a]\n",
		"as an alias":        "fincome:\n  api_key: *SECRET\n",
		"as an anchor":       "fincome:\n  api_key: &SECRET SECRET\n  bad: *nope\n",
		"quote left open":    "fincome:\n  api_key: \"SECRET\n  bad: x\n",
		"over two lines":     "fincome:\n  api_key: \"SECRET\n    SECRET\n    \\SECRET\"\n",
		"in a list":          "fincome:\n  api_key: [SECRET]\n",
		"in another list":    "salesforce:\n  auth:\n    secret_salesforce_client_secret:\n    - SECRET\n    - { a: SECRET }\n",
		"slip of the key":    "salesforce:\n  auth:\n    secret_salesforce_client_sceret: SECRET\n",
		"slip of any key":    "salesforce:\n  auth:\n    clientsecrt: SECRET\n    private: { x: SECRET }\n",
		"slip elsewhere":     "fincome:\n  api_ky: SECRET\n",
		"with a tab":         "fincome:\n\tapi_key: SECRET\n",
		"as a key":           "fincome:\n  api_key:\n    SECRET: oops\n    foo\n",
		"twice":              "fincome:\n  api_key: ${env:HOME}\n  api_key: SECRET\n",
		"user of an address": "salesforce:\n  login_url: [https://me:SECRET@x.example]\n",
	} {
		_, err := loaded(t, "version: 1\n"+strings.ReplaceAll(file, "SECRET", literal))
		if err == nil {
			t.Errorf("%s: it was taken", name)
		} else if text := err.Error(); strings.Contains(text, literal) || !strings.Contains(text, "      | ") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

// What is no secret is shown.
func TestExcerptsShowTheRest(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"salesforce:\n  propertees: Industry, Phone\n":                 "  propertees: Industry, Phone\n",
		"fincome:\n  api_key: ${env:AXISYNC_NOT_SET}   # mine\n  x: 1": "  x: 1\n",
		"# the key: it is below\nfincome:\n  clera: json_null\n":       "  clera: json_null\n",
		"sinks:\n  - parquet: { paht: ./snapshots }\n":                 "  - parquet: { paht: ./snapshots }\n",
	} {
		if _, err := loaded(t, "version: 1\n"+file); err == nil || !strings.Contains(err.Error(), " | "+want) {
			t.Errorf("%v\nhas no excerpt %q", err, want)
		}
	}
}
