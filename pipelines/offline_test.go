package pipelines

import (
	"reflect"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/salesforce"
)

// What contacts nobody needs no secret and no address; everything else is as in
// Load, so that the fingerprint is that of the runs.
func TestLoadOffline(t *testing.T) {
	t.Parallel()
	online, err := Load(write(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, strings.NewReplacer("AXISYNC_TEST_", "AXISYNC_NOT_SET_", "${file:secret.txt}", "${file:gone.txt}", "https://example.my.salesforce.com", "${env:AXISYNC_NOT_SET_URL}").Replace(whole))
	if _, err := Load(path); err == nil {
		t.Fatal("Load finds what is not there")
	}
	p, err := LoadOffline(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.Salesforce, salesforce.Config{Flow: online.Salesforce.Flow}) || p.Fincome != (fincome.Config{}) || p.RefreshToken != (connector.Secret{}) {
		t.Errorf("something is left to contact anybody with: %+v", p)
	}
	p.CustomersFile = online.CustomersFile // each lies in a folder of its own
	if p.fingerprint() != online.fingerprint() || p.Source != online.Source || p.Slug != online.Slug || !p.Deliver {
		t.Errorf("%+v is another pipeline", p)
	}
	for old, want := range map[string]string{
		"${env:AXISYNC_TEST_KEY}": "holds a secret",
		"source: Salesforce":      `unknown key "sauce"`,
		"customers.csv":           "AXISYNC_NOT_SET_FILE is not set",
	} {
		text := strings.ReplaceAll(whole, old, map[string]string{"source: Salesforce": "sauce: Salesforce", "customers.csv": "${env:AXISYNC_NOT_SET_FILE}"}[old]+"x")
		if _, err := LoadOffline(write(t, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %s: %v", old, err)
		}
	}
}
