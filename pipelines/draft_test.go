package pipelines_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/transform"
)

func draft(t interface{ TempDir() string }) pipelines.Draft {
	return pipelines.Draft{
		File: filepath.Join(t.TempDir(), "daily.yaml"), Source: "Salesforce - Accounts", State: "./state", Snapshots: "./snapshots", Keep: "30 daily 12 monthly",
		Flow: "client_credentials", LoginURL: "https://x.my.salesforce.com", ClientID: "${env:SALESFORCE_CLIENT_ID}", ClientSecret: "${file:secrets/a b}",
		Properties: []string{"Industry", "Owner.Name"}, APIKey: "${env:FINCOME_API_KEY}", IdentificationAxis: "Salesforce ID", Naming: transform.Naming{Tag: "012345"},
	}
}

// Every kind of draft makes a file that Load takes and that holds against the schema.
func TestDraftsAreFiles(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*pipelines.Draft){
		"as it is": func(*pipelines.Draft) {},
		"a person": func(d *pipelines.Draft) {
			d.Flow, d.RedirectURL = "authorization_code", "http://localhost:8765/callback"
		},
		"a certificate": func(d *pipelines.Draft) {
			d.Flow, d.ClientSecret, d.Username, d.PrivateKey = "jwt_bearer", "", "ops@example.com", "${file:server.key}"
		},
		"a token": func(d *pipelines.Draft) { d.Flow, d.RefreshToken = "refresh_token", "${env:TOKEN}" },
		"a file": func(d *pipelines.Draft) {
			d.CustomersFile, d.FincomeURL = "customers, all.csv", "https://f.example/product"
		},
		"snapshots": func(d *pipelines.Draft) { d.CustomersFile, d.APIKey, d.Keep = "c.xlsx", "", "" },
		"a prefix":  func(d *pipelines.Draft) { d.Naming = transform.Naming{Prefix: ": #"} },
		"bare":      func(d *pipelines.Draft) { d.Naming = transform.Naming{Bare: true} },
		"a key":     func(d *pipelines.Draft) { d.Key = "External_Id__c" },
		"buckets":   func(d *pipelines.Draft) { d.State, d.Snapshots = "s3://b/state", "s3://b/snapshots?region=eu-west-3" },
	} {
		d := draft(t)
		edit(&d)
		if err := d.Write(false); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		content, err := os.ReadFile(d.File)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, compiled(t, false), content); err != nil {
			t.Errorf("%s: %v\n%s", name, err, content)
		}
		p, err := pipelines.LoadOffline(d.File)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.Naming != d.Naming || p.Properties[1].Names[0] != "Owner.Name" || (d.Key != "" && p.Key != d.Key) {
			t.Errorf("%s: the file is read as %+v", name, p)
		}
		if err := d.Write(false); !errors.Is(err, os.ErrExist) {
			t.Errorf("%s: a file that is there is replaced: %v", name, err)
		}
		if strings.Contains(string(content), "<no value>") || bytes.Contains(content, []byte(" \n")) {
			t.Errorf("%s:\n%s", name, content)
		}
	}
}

// Whatever a person types is read back as it is.
func TestDraftsKeepTexts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("aZ09 _-:#'\"\\{}[],&*!|>%@`?~é€\u00a0\u2028ÿ=.")), 1, 12, -1).Filter(func(s string) bool { return strings.TrimSpace(s) == s && !strings.Contains(s, "${") }).Draw(r, "text")
		d := draft(t)
		d.File, d.Source, d.IdentificationAxis, d.CustomersFile = filepath.Join(dir, "x.yaml"), text, "axis "+text, "./"+text+".csv"
		if err := d.Write(true); err != nil {
			r.Fatal(err)
		}
		p, err := pipelines.LoadOffline(d.File)
		if err != nil {
			r.Fatal(err)
		}
		if p.Source != text || p.IdentificationAxis != "axis "+text || p.CustomersFile != filepath.Join(dir, text+".csv") {
			r.Fatalf("%q is read as %q, %q, %q", text, p.Source, p.IdentificationAxis, p.CustomersFile)
		}
	})
}

// A secret that is kept is its owner's alone, and not replaced by the way.
func TestSecretsAreKept(t *testing.T) {
	t.Parallel()
	d := draft(t)
	place, err := d.KeepSecret("client_secret", "s3cr3t", false)
	if err != nil || place != "${file:secrets/daily.client_secret}" {
		t.Fatalf("%q, %v", place, err)
	}
	path := filepath.Join(filepath.Dir(d.File), "secrets", "daily.client_secret")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := d.KeepSecret("client_secret", "s3cr3t", false); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if _, err := d.KeepSecret("client_secret", "another", false); !errors.Is(err, os.ErrExist) {
		t.Errorf("another one: %v", err)
	}
	if err := d.Secret(place); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{"s3cr3t", "${env:AXISYNC_NOT_SET}", "${file:secrets/none}", "${vault:x}", place + "x"} {
		if err := d.Secret(wrong); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
