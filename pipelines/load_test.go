package pipelines

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axisync/axisync/pipelines/examples"
)

const whole = `version: 1
source: Salesforce - Accounts
salesforce:
  login_url: https://example.my.salesforce.com
  auth:
    flow: client_credentials
    secret_salesforce_client_id: ${env:AXISYNC_TEST_ID}
    secret_salesforce_client_secret: ${file:secret.txt}
  properties: Industry, Phone
fincome:
  api_key: ${env:AXISYNC_TEST_KEY}
  customers:
    file: customers.csv
  identification_axis: Salesforce ID
axes:
  tag: "726564"
sinks:
  - fincome: {}
`

func write(t *testing.T, content string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "daily.yaml")
	for name, text := range map[string]string{path: content, filepath.Join(dir, "secret.txt"): "s3cret\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func init() {
	for name, value := range map[string]string{"AXISYNC_TEST_ID": "id: [not yaml]", "AXISYNC_TEST_KEY": "key", "AXISYNC_TEST_URL": "https://bob:hunter2@example.com",
		"SALESFORCE_URL": "http://127.0.0.1:1", "SALESFORCE_CLIENT_ID": "id", "SALESFORCE_CLIENT_SECRET": "secret",
		"FINCOME_URL": "http://127.0.0.1:2/product", "FINCOME_API_KEY": "key"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
}

func TestLoadResolvesSecretsAndPaths(t *testing.T) {
	t.Parallel()
	path := write(t, whole)
	p, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if p.Salesforce.ClientID.Reveal() != "id: [not yaml]" || p.Salesforce.ClientSecret.Reveal() != "s3cret" || p.Fincome.APIKey.Reveal() != "key" {
		t.Error("the secrets were not found")
	}
	if want := filepath.Join(filepath.Dir(path), "customers.csv"); p.CustomersFile != want {
		t.Errorf("customers file %s, want %s", p.CustomersFile, want)
	}
	if len(p.Properties) != 2 || p.Properties[1].Names[0] != "Phone" || p.Properties[1].axisName(p.Naming, "Phone") != "Salesforce_726564_Phone" {
		t.Errorf("properties %+v", p.Properties)
	}
	if p.Update != "unknown" || p.Clear != "unknown" || p.Key != "Id" || p.Limits.RowsFell != 0.2 || !p.Deliver {
		t.Errorf("defaults: %+v", p)
	}
}

func TestTheExamplesLoad(t *testing.T) {
	t.Parallel()
	for _, content := range [][]byte{examples.Demo, examples.Daily} {
		if _, err := Load(write(t, string(content))); err != nil {
			t.Error(err)
		}
	}
}

// TestProblems: each change of a good file gives a message with its line and what
// to do.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, want string }{
		{"  properties:", "  propertees:", `daily.yaml:9:3: unknown key "propertees" under salesforce`},
		{"  properties:", "  propertees:", `did you mean "properties"?`},
		{"version: 1", "version: 2", "daily.yaml:1:10: version is missing or not 1"},
		{"version: 1\n", "", "version is missing or not 1"},
		{"version: 1", "version: 1\nversion: 1", `daily.yaml:2:1: key "version" stands twice`},
		{"${file:secret.txt}", "hunter2hunter2", "secret_salesforce_client_secret holds a secret"},
		{"${env:AXISYNC_TEST_KEY}", "'hunter2hunter2'", "daily.yaml:11:12: api_key holds a secret"},
		{"${env:AXISYNC_TEST_KEY}", "x${env:AXISYNC_TEST_KEY}", "api_key holds a secret"},
		{"${env:AXISYNC_TEST_KEY}", "${env:AXISYNC_NOT_SET}", "the environment variable AXISYNC_NOT_SET is not set"},
		{"${file:secret.txt}", "${file:missing.txt}", "no such file"},
		{"${file:secret.txt}", "${vault:x}", "${vault:...} is not known"},
		{`tag: "726564"`, `prefix: ""`, `daily.yaml:16:11: axes.prefix is empty`},
		{`tag: "726564"`, `prefix: ""`, `leave it out for Salesforce_726564_Industry, or say "bare: true" for Industry`},
		{`tag: "726564"`, `tag: "7265"`, "a tag has six letters or digits"},
		{`tag: "726564"`, "bare: maybe", "axes.bare takes true or false"},
		{`tag: "726564"`, "merge: overwirte", `did you mean "overwrite"?`},
		{"flow: client_credentials", "flow: password", `salesforce.auth.flow does not take "password"`},
		{"    flow: client_credentials\n", "", "salesforce.auth.redirect_url is missing"},
		{"    flow: client_credentials\n", "", "the flow authorization_code needs secret_salesforce_client_id, secret_salesforce_client_secret, redirect_url; it is the one that is used when none is written: there are authorization_code, client_credentials, jwt_bearer, refresh_token"},
		{"flow: client_credentials", "redirect_url: http://example.com/back", "daily.yaml:6:19: redirect URL: \"http://example.com/back\" must begin with https:// unless it is on localhost"},
		{"flow: client_credentials", "redirect_url: localhost:8765/back", "is not the address of a page"},
		{"flow: client_credentials", "flow: refresh_token", "salesforce.auth.secret_salesforce_refresh_token is missing"},
		{"flow: client_credentials", "flow: jwt_bearer", "salesforce.auth.username is missing"},
		{"flow: client_credentials", "flow: jwt_bearer\n    username: ops@example.com", "the flow jwt_bearer needs secret_salesforce_client_id, username, secret_salesforce_private_key"},
		{"flow: client_credentials", "flow: jwt_bearer\n    username: ops@example.com\n    secret_salesforce_private_key: ${file:secret.txt}", "daily.yaml:8:36: private key: it is not in PEM"},
		{"flow: client_credentials", "flow: jwt_bearer\n    username: ops@example.com\n    secret_salesforce_private_key: MIIEvQIBADANBg", "secret_salesforce_private_key holds a secret"},
		{"flow: client_credentials", "flow: client_credentials\n    token_store: s3://me:hunter2hunter2@bucket/token", "a token is kept in a file; s3:// is not supported"},
		{"flow: client_credentials", "flow: client_credentials\n    token_store: tokens/", "a token is kept in a file; tokens/ is not supported"},
		{"https://example.my.salesforce.com", "https://login.salesforce.com", "My Domain"},
		{"Industry, Phone", "Industry, , Phone", "an empty entry"},
		{"Industry, Phone", "Industry, Billing City", `"Billing City" is not the API name`},
		{"Industry, Phone", "[Industry, {property: Phone, axes: X}]", `unknown key "axes" under salesforce.properties[2]`},
		{"Industry, Phone", "[{first_of: [A, B]}]", "needs a name"},
		{"Industry, Phone", "Industry, industry", "Salesforce_726564_industry"},
		{"Industry, Phone", "[{property: Phone, axis: Salesforce ID}]", "identifies the customers"},
		{"Industry, Phone", "[{property: Phone, axis: Customer_ID}]", "a snapshot has a column of that name"},
		{"Industry, Phone", `[{property: Phone, axis: "a\u001b[31m"}]`, "control character"},
		{`tag: "726564"`, "tag: \"726564\"\n  bare: true", "exclude each other"},
		{"source: Salesforce - Accounts", "source: Soci\xe9t\xe9", "is not UTF-8"},
		{"axes:", "guards: {cells_at_least: -1}\naxes:", "cannot be negative"},
		{"    file: customers.csv", "    file: a.csv\n    api: {}", "names both a file and the api"},
		{"  customers:\n    file: customers.csv\n", "", "fincome.customers is missing"},
		{"  identification_axis: Salesforce ID\n", "", "identification_axis is missing"},
		{"  - fincome: {}\n", "", "sinks is missing"},
		{"  - fincome: {}", "  - finkome: {}", `unknown key "finkome"`},
		{"  - fincome: {}", "  - parquet: {path: swift://bucket}", "snapshots cannot be written there: there are no buckets of swift://"},
		{"version: 1", "version: 1\nstate: s3://key:secret@bucket/x", "a URL of a bucket holds no credentials"},
		{"version: 1", "version: 1\nwork_dir: s3:/pages", "daily.yaml:2:11: work_dir: it is a folder of this machine, not a bucket"},
		{"version: 1", "version: 1\nwork_dir: gs://me:hunter2@bucket/pages", "work_dir: it is a folder of this machine, not a bucket"},
		{"file: customers.csv", "file: S3:/bucket/c.csv", "fincome.customers.file is a file"},
		{"  - fincome: {}", "  - file: { path: s3:/enrich }", "import files are written to a folder: it is a folder of this machine"},
		{whole, "", "is empty"},
		{whole, whole + "---\nversion: 1\n", "more than one YAML document"},
		{"source: ", "source: [", "this is not YAML"},
		{`tag: "726564"`, `tag: "726564`, "daily.yaml:16:8: this is not YAML"},
		{"  properties:", "  where:\n  properties:", "daily.yaml:9:9: salesforce.where is empty"},
		{"  properties:", "  where: \" \"\n  properties:", "daily.yaml:9:10: salesforce.where is empty"},
		{"source: Salesforce - Accounts", "source: {}", "source takes a single value"},
		{"source: Salesforce - Accounts", "source: &a x\nstate: *a", "alias"},
		{"axes:", "guards: {rows_fell: 20}\naxes:", "takes a share such as 20%"},
		{"tag: \"726564\"", "prefix: \"  \"", "axes.prefix is empty"},
		{"  - fincome: {}", "  - fincome: {}\n  - fincome: {}", "names fincome twice"},
		{"axes:", "guards: {cells: NaN%}\naxes:", "takes a share such as 20%"},
		{"axes:", "guards: {contested: 0x1p-2%}\naxes:", "takes a share such as 20%"},
		{"axes:", "guards: {nulls_rose: 101%}\naxes:", "takes a share such as 20%"},
		{"axes:", "match: {trim: true}\naxes:", "are for another key than the Record ID"},
		{"tag:", "time_zone: Mars/Base\n  tag:", "is no time zone"},
		{"tag:", "values: number\n  tag:", "axes.values does not take"},
		{"axes:", "match: {accept: everything}\naxes:", "match.accept does not take"},
		{"  identification_axis:", "  update: merge\n  clear: remove_key\n  identification_axis:", "a merging update cannot remove a key"},
		{"  identification_axis:", "  clear: remove_key\n  identification_axis:", "only under update: replace"},
		{"https://example.my.salesforce.com", "http://example.com", "login"},
		{"https://example.my.salesforce.com", "https://bob:hunter2hunter2@example.com", "login URL: what is written is not the address of a server, such as https://login.salesforce.com: leave out user, query and fragment"},
		{"https://example.my.salesforce.com", "https://bob:hunter2/hunter2@example.com", "leave out user"},
		{"https://example.my.salesforce.com", "https://bob:x@hunter2@example.com", "leave out user"},
		{"https://example.my.salesforce.com", "bob:hunter2@example.com", "leave out user"},
		{"https://example.my.salesforce.com", "${env:AXISYNC_TEST_URL}", "leave out user"},
		{"https://example.my.salesforce.com", "https://example.com#hunter2", "leave out user"},
		{"https://example.my.salesforce.com", "https://example.com?code=hunter2", "leave out user"},
		{"flow: client_credentials", "redirect_url: https://bob:hunter2hunter2@example.com/back", "redirect URL: what is written is not the address of a page, such as http://localhost:8765/callback: leave out user and fragment"},
		{"flow: client_credentials", "redirect_url: bob:hunter2@example.com/back", "leave out user"},
		{"flow: client_credentials", "redirect_url: http://example.com/back?code=hunter2", `redirect URL: "http://example.com/back" must begin`},
		{"flow: client_credentials", "flow: jwt_bearer\n    username: a@b.com\n    secret_salesforce_private_key: ${file:secret.txt}\n    audience: ${env:AXISYNC_TEST_URL}", "audience: what is written is not the address of a server"},
		{"file: customers.csv", "file: https://bob:hunter2hunter2@example.com/c.csv", "fincome.customers.file is a file"},
	} {
		_, err := Load(write(t, strings.Replace(whole, c.old, c.new, 1)))
		var problems Problems
		if !errors.As(err, &problems) || ExitCode(err) != ExitConfiguration {
			t.Errorf("%q: %v is no configuration error", c.new, err)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q instead of %q: got\n%v\nwant %q", c.new, c.old, err, c.want)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the message shows the secret:\n%v", err)
		}
	}
}

func TestAllProblemsComeAtOnce(t *testing.T) {
	t.Parallel()
	bad := strings.NewReplacer("properties:", "propertees:", `tag: "726564"`, `prefix: ""`, "${file:secret.txt}", "hunter2hunter2", "identification_axis", "identifikation_axis").Replace(whole)
	_, err := Load(write(t, bad))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Fatalf("got %v", err)
	}
	for i := 1; i < len(problems); i++ {
		if problems[i].Line < problems[i-1].Line {
			t.Error("the problems do not come in the order of the file")
		}
	}
	if !strings.HasSuffix(err.Error(), "4 problems; nothing was contacted") {
		t.Error(err)
	}
}

// Beside what is wrong with the form of a file stands all that is wrong with its values,
// and nothing that only follows from it.
func TestProblemsOfFormAndOfValuesComeTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		old, new string
		want     []string
	}{
		{"  properties:", "  propertees:", []string{"unknown key"}},
		{"  properties: ", "  colour: blue\n  properties: Type, , ", []string{"unknown key", "an empty entry"}},
		{"source: Salesforce - Accounts", "source: {}", []string{"single value"}},
		{"version: 1", "version: one", []string{"a whole number"}},
		{"${env:AXISYNC_TEST_KEY}", "${env:AXISYNC_NOT_SET}", []string{"is not set"}},
		{"${env:AXISYNC_TEST_KEY}", "hunter2", []string{"holds a secret"}},
		{"https://example.my.salesforce.com", "[]", []string{"single value"}},
		{"flow: client_credentials", "flow: password", []string{"does not take"}},
		{"flow: client_credentials", "flow: {}", []string{"single value"}},
		{"flow: client_credentials", "flo: client_credentials", []string{"unknown key"}},
		{"secret_salesforce_client_secret:", "secret_salesforce_client_secert:", []string{"unknown key"}},
		{"    file: customers.csv", "    fil: customers.csv", []string{"unknown key"}},
		{"    file: customers.csv", "    api: true", []string{"takes keys and values"}},
		{"  identification_axis:", "  update: [merge]\n  clear: remove_key\n  identification_axis:", []string{"single value"}},
		{"  identification_axis:", "  base_url: http://fincome.example.com\n  colour: blue\n  identification_axis:", []string{"base_url begins with http", "unknown key"}},
		{`tag: "726564"`, "bare: maybe", []string{"true or false"}},
		{`tag: "726564"`, "tag: \"7265\"\n  bair: true", []string{"unknown key"}},
		{`tag: "726564"`, "tag: \"7265\"\n  merj: refuse", []string{"six letters", "unknown key"}},
		{"  - fincome: {}", "  - finkome: {}", []string{"unknown key"}},
		{"  - fincome: {}", "  - webhook: {}", []string{"unknown key"}},
		{"  - fincome: {}", "  - fincome", []string{"takes keys and values"}},
		{"  - fincome: {}", "  - file: {path: [x], format: odt}", []string{"single value"}},
		{"  - fincome: {}", "  - file: {path: x, format: odt, colour: blue}", []string{"unknown key", "does not take"}},
		{"  - fincome: {}", "  - exec: {name: crm, command: ./tell.sh}", []string{"takes a list"}},
		{"  - fincome: {}", "  - exec: {name: crm, command: [{}]}", []string{"single value"}},
		{"Industry, Phone", "[Industry, {property: Phone, axes: X}]", []string{"unknown key"}},
		{"Industry, Phone", "[Industry, {name: Phone}]", []string{"unknown key"}},
		{"Industry, Phone", "[Industry, {property: 'Billing City', merge: never, axes: X}]", []string{"unknown key", "merge does not take", "API name"}},
		{"Industry, Phone", "[Industry, {first_of: Phone, axis: X}]", []string{"takes a list"}},
		{"axes:", "guards: {cells_at_least: many, rows_fell: 20}\naxes:", []string{"a whole number", "a share"}},
		{"axes:", "on_finish: {command: ./tell.sh}\naxes:", []string{"takes a list"}},
		{"axes:", "on_finish: {command: ./tell.sh, timeout: soon}\naxes:", []string{"takes a list", "a duration"}},
		{"axes:", "on_finish: {webhok: x}\naxes:", []string{"unknown key"}},
	} {
		_, err := Load(write(t, strings.Replace(whole, c.old, c.new, 1)))
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != len(c.want) {
			t.Errorf("%q instead of %q: got\n%v\nwant %q", c.new, c.old, err, c.want)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q instead of %q: got\n%v\nwant %q", c.new, c.old, err, c.want)
			}
		}
	}
}

// A key that is mistyped may still be followed by a secret.
func TestAMistypedSecretDoesNotShow(t *testing.T) {
	t.Parallel()
	_, err := Load(write(t, strings.Replace(whole, "secret_salesforce_client_secret: ${file:secret.txt}", "secret_salesforce_client_secert: hunter2hunter2", 1)))
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "did you mean") {
		t.Errorf("got %v", err)
	}
}

func TestSlugsAreStableAndUnique(t *testing.T) {
	t.Parallel()
	if got := Slug("Salesforce - Accounts"); got != "salesforce-accounts-"+digest("Salesforce - Accounts")[:6] {
		t.Errorf("got %s", got)
	}
	seen := map[string]bool{}
	for _, source := range []string{"a b", "a-b", "A b", "é", "ü", "", strings.Repeat("x", 300), strings.Repeat("x", 301), "../..", "a/b"} {
		slug := Slug(source)
		if seen[slug] || strings.ContainsAny(slug, "/. ") || len(slug) > 60 {
			t.Errorf("%q has the slug %q", source, slug)
		}
		seen[slug] = true
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(whole))
	f.Add(examples.Demo)
	f.Add(examples.Daily)
	path := filepath.Join(f.TempDir(), "daily.yaml")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err != nil && ExitCode(err) != ExitConfiguration {
			t.Fatalf("%v is no configuration error", err)
		}
	})
}
