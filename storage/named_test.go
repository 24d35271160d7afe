package storage_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/axisync/axisync/storage/storagetest"
)

// A name that no bucket can have is a fault of the configuration.
func TestNamesNoBucketCanHave(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		if strings.HasPrefix(r.URL.Path, "/b/") || strings.HasPrefix(r.URL.Path, "/storage/v1/") || strings.HasPrefix(r.URL.Path, "/upload/") {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"error": {"code": 400, "message": "Invalid bucket name: 'No_'"}}`)
			return
		}
		fmt.Fprint(w, "<?xml version='1.0' encoding='UTF-8'?><Error><Code>InvalidBucketName</Code><Message>The specified bucket is not valid.</Message></Error>")
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	for location, environment := range map[string][]string{
		servers[storagetest.S3].URL("No_", address): {"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_REGION=eu-west-3"},
		"gs://No_/p": {"STORAGE_EMULATOR_HOST=" + address},
	} {
		for verb, text := range tryInChild(t, location, environment...) {
			if verb != "read" && verb != "fetch" || strings.HasPrefix(location, "s3:") { // the XML of Google, of which too little is known
				if !strings.HasPrefix(text, "SETTING") || !strings.Contains(text, "no bucket can have this name (") {
					t.Errorf("%s: %s: %q", location, verb, text)
				}
			}
		}
	}
}

// What may be a secret in an address of the environment, which clients repeat, is not
// told.
func TestAddressesAreScrubbed(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://h/?sig=S3cr3t", "http://u:S3cr3t@127.0.0.1:1", "http://127.0.0.1:1/?sig=S3cr3t", "h/#S3cr3t"} {
		found := tryInChild(t, "s3://bucket/p?use_path_style=true", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_REGION=eu-west-3", "AWS_MAX_ATTEMPTS=1", "AWS_ENDPOINT_URL="+address)
		for verb, text := range found {
			if strings.Contains(text, "S3cr3t") || text == "done" {
				t.Errorf("%s: %s: %q", address, verb, text)
			}
		}
		if strings.HasPrefix(address, "http://h/?") {
			each(t, found, "the address of its server is none; mend ?endpoint= or AWS_ENDPOINT_URL")
		}
	}
}
