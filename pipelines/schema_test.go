package pipelines_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/examples"
)

// schemaFile is the schema as it is published.
const schemaFile = "pipeline.schema.json"

func TestSchemaIsThePublishedOne(t *testing.T) {
	t.Parallel()
	if os.Getenv("AXISYNC_UPDATE") != "" {
		if err := os.WriteFile(schemaFile, pipelines.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(published, pipelines.Schema()) {
		t.Errorf("%s is not what axisync schema prints: run this test with AXISYNC_UPDATE=1", schemaFile)
	}
}

// compiled is the schema; loose: of parts of a file, where nothing is required.
func compiled(t *testing.T, loose bool) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(pipelines.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if loose {
		loosen(parsed)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("pipeline.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("pipeline.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// loosen takes out of a schema what says that something has to be there.
func loosen(part any) {
	switch part := part.(type) {
	case map[string]any:
		delete(part, "required")
		delete(part, "if")
		delete(part, "oneOf")
		delete(part, "not")
		for _, inner := range part {
			loosen(inner)
		}
	case []any:
		for _, inner := range part {
			loosen(inner)
		}
	}
}

// valid holds YAML against the schema.
func valid(t *testing.T, schema *jsonschema.Schema, content []byte) error {
	t.Helper()
	var value any
	if err := yaml.Load(content, &value); err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(parsed)
}

func TestExamplesHoldAgainstTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiled(t, false)
	for name, content := range map[string][]byte{"daily.yaml": examples.Daily, "demo.yaml": examples.Demo} {
		if err := valid(t, schema, content); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// The blocks of YAML in the documentation are pipeline files, or parts of them.
func TestDocumentedBlocksHoldAgainstTheSchema(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	whole, part, blocks := compiled(t, false), compiled(t, true), 0
	for _, page := range append(pages, "../README.md") {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range yamlBlock.FindAllStringSubmatch(string(content), -1) {
			schema := part
			switch first := strings.TrimSpace(block[1]); {
			case strings.HasPrefix(block[1], "  "): // what stands under fincome, or salesforce
				block[1] = "fincome:\n" + block[1]
			case strings.HasPrefix(first, "version:"):
				schema = whole
			case strings.Contains(first, "kind:"), strings.Contains(first, "apiVersion:"): // of Kubernetes
				continue
			}
			blocks++
			if err := valid(t, schema, []byte(block[1])); err != nil {
				t.Errorf("%s: %v\n%s", page, err, block[1])
			}
		}
	}
	if blocks < 3 {
		t.Errorf("only %d blocks were found", blocks)
	}
}

// What Load refuses for its keys and its kinds, the schema refuses as well, and what it
// takes the schema takes.
func TestSchemaRefusesWhatLoadRefuses(t *testing.T) {
	t.Parallel()
	schema := compiled(t, false)
	base := string(examples.Daily)
	for name, edit := range map[string][2]string{
		"unknown key":         {"  properties: ", "  propertees: "},
		"unknown key at top":  {"match:\n", "matsch: {}\nmatch:\n"},
		"unknown sink":        {"  - fincome: {}", "  - fincom: {}"},
		"two sinks in one":    {"  - fincome: {}", "  - { fincome: {}, file: { path: x } }"},
		"key of a property":   {"Industry, Phone, BillingCity", "[{ property: Industry, axes: X }]"},
		"first_of, no axis":   {"Industry, Phone, BillingCity", "[{ first_of: [Industry, Phone] }]"},
		"no property":         {"Industry, Phone, BillingCity", "[{ axis: X }]"},
		"no properties":       {"Industry, Phone, BillingCity", "[]"},
		"choice":              {"mode: full", "mode: ful"},
		"choice of auth":      {"flow: client_credentials", "flow: password"},
		"needs of a flow":     {"flow: client_credentials", "flow: jwt_bearer"},
		"share":               {"rows_fell: 20%", "rows_fell: 0.2"},
		"list for a text":     {"identification_axis: Salesforce ID", "identification_axis: [Salesforce ID]"},
		"text for a list":     {"sinks:                #", "sinks: none\nx: #"},
		"mapping for a text":  {"source: Salesforce - Accounts", "source: { name: x }"},
		"text for a number":   {"version: 1", "version: one"},
		"another version":     {"version: 1", "version: 2"},
		"no version":          {"version: 1", ""},
		"text for a boolean":  {`tag: "726564"`, "bare: yes please"},
		"short tag":           {`tag: "726564"`, "tag: x"},
		"empty prefix":        {`tag: "726564"`, `prefix: ""`},
		"tag and prefix":      {`tag: "726564"`, "tag: \"726564\"\n  prefix: _Crm"},
		"tag and bare":        {`tag: "726564"`, "tag: \"726564\"\n  bare: true"},
		"prefix and bare":     {`tag: "726564"`, "prefix: _Crm\n  bare: true"},
		"fincome and file":    {"  - fincome: {}", "  - fincome: {}\n  - file: { path: x }"},
		"exec and fincome":    {"  - fincome: {}", "  - exec: { name: crm, command: [cat] }\n  - fincome:"},
		"file and exec":       {"  - fincome: {}", "  - file: { path: x }\n  - exec: { name: crm, command: [cat] }"},
		"webhook and command": {"match:\n", "on_finish: { webhook: \"${env:HOOK}\", command: [cat] }\nmatch:\n"},
		"nobody is told":      {"match:\n", "on_finish: { timeout: 10s }\nmatch:\n"},
		"secret":              {"${env:FINCOME_API_KEY}", "fk_live_1234"},
		"half a secret":       {"${env:FINCOME_API_KEY}", "x${env:FINCOME_API_KEY}"},
		"file and api":        {"    file: customers.csv", "    file: customers.csv\n    api: {}"},
		"no customers":        {"    file: customers.csv", "    sheet: x"},
		"limit of the api":    {"    file: customers.csv", "    api: { limit: many }"},
		"keep":                {"30 daily 12 monthly", "30 dayly"},
		"no path":             {"path: ./snapshots, ", ""},
		"scalar for mapping":  {"  update: unknown ", "  customers_api: x\n  update: unknown "},
		"no identification":   {"  identification_axis: Salesforce ID\n", ""},
		"no source":           {"source: Salesforce - Accounts", ""},
		"nothing in the auth": {"    secret_salesforce_client_secret: ${env:SALESFORCE_CLIENT_SECRET} # Consumer Secret\n", ""},
	} {
		edited := strings.Replace(base, edit[0], edit[1], 1)
		if edited == base {
			t.Fatalf("%s: %q is not in the file", name, edit[0])
		}
		if _, err := loaded(t, edited); err == nil {
			t.Errorf("%s: Load takes it", name)
		}
		if err := valid(t, schema, []byte(edited)); err == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
	for name, edit := range map[string][2]string{
		"a number for a tag":      {`tag: "726564"`, "tag: 726564"},
		"a tag and not bare":      {`tag: "726564"`, "tag: \"726564\"\n  bare: false"},
		"bare":                    {`tag: "726564"`, "bare: true"},
		"snapshots alone":         {"  - fincome: {}", ""},
		"a program is told":       {"match:\n", "on_finish: { command: [cat], timeout: 10s }\nmatch:\n"},
		"a webhook is told":       {"match:\n", "on_finish: { webhook: \"${env:HOME_HOOK}\" }\nmatch:\n"},
		"a number of calls":       {"  mode: full", "  mode: full\n  quota: { reserve: 1000 }"},
		"a choice from elsewhere": {"mode: full", "mode: ${env:HOME_MODE}"},
		"a share from elsewhere":  {"rows_fell: 20%", "rows_fell: ${env:HOME_SHARE}"},
		"a receiver alone":        {"  - fincome: {}", "  - fincome:"},
		"an api alone":            {"    file: customers.csv", "    api:"},
		"properties with rules":   {"Industry, Phone, BillingCity", "[Industry, { first_of: [A__c, B__c], axis: X, nulls: keep }, { property: C__c, values: typed }]"},
		"columns":                 {"    file: customers.csv", "    file: customers.csv\n    columns: { Salesforce ID: CRM }"},
	} {
		edited := strings.Replace(base, edit[0], edit[1], 1)
		if _, err := loaded(t, edited); err != nil && !strings.Contains(err.Error(), "HOME_") {
			t.Errorf("%s: Load refuses it: %v", name, err)
		}
		if err := valid(t, schema, []byte(edited)); err != nil {
			t.Errorf("%s: the schema refuses it: %v", name, err)
		}
	}
}

// loaded loads a file as it stands in a folder of its own, without contacting anybody.
func loaded(t *testing.T, content string) (*pipelines.Pipeline, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "daily.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return pipelines.LoadOffline(path)
}
