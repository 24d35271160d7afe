package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/storage/storagetest"
)

// verbs are what can be done with a bucket.
var verbs = []struct {
	name string
	do   func(context.Context, *storage.Bucket) error
}{ // each has an object of its own
	{"read", func(ctx context.Context, b *storage.Bucket) error { _, err := b.Read(ctx, "r"); return err }},
	{"fetch", func(ctx context.Context, b *storage.Bucket) error {
		file, err := b.Fetch(ctx, "f")
		if err == nil {
			file.Close()
		}
		return err
	}},
	{"list", func(ctx context.Context, b *storage.Bucket) error { _, err := b.List(ctx, ""); return err }},
	{"put", func(ctx context.Context, b *storage.Bucket) error { return b.Put(ctx, "p", []byte("x")) }},
	{"make", func(ctx context.Context, b *storage.Bucket) error { return b.PutNew(ctx, "n", []byte("x")) }},
	{"remove", func(ctx context.Context, b *storage.Bucket) error { return b.Remove(ctx, "d") }},
}

// childOf names the bucket that a child process of the tests tries.
const childOf = "AXISYNC_TEST_OF_STORAGE"

// child does everything with a bucket and tells what comes of it.
func child(location string) {
	log.SetOutput(io.Discard) // as the program does
	location, large := strings.CutPrefix(location, largeChild)
	b, err := storage.OpenBucket(context.Background(), location)
	if err != nil {
		fmt.Println("open:", told(err))
		return
	}
	if large {
		fmt.Println("large:", told(tryLarge(context.Background(), b)))
		return
	}
	for verb, err := range tryAll(context.Background(), b) {
		fmt.Println(verb+":", told(err))
	}
}

// largeChild begins the location for a child that tries a large object.
const largeChild = "large "

// tryLarge writes and reads an object of several pieces, and a small one.
func tryLarge(ctx context.Context, b *storage.Bucket) error {
	for _, size := range []int{20 << 20, 10} {
		content := make([]byte, size)
		err := b.Put(ctx, "x", content)
		read, readErr := b.Read(ctx, "x")
		file, fetchErr := b.Fetch(ctx, "x")
		if err := errors.Join(err, readErr, fetchErr); err != nil {
			return err
		}
		defer file.Close()
		fetched, err := io.ReadAll(file)
		if err != nil || !bytes.Equal(read, content) || !bytes.Equal(fetched, content) {
			return fmt.Errorf("of %d bytes %d were read and %d fetched: %w", size, len(read), len(fetched), err)
		}
		part, err := b.Open(ctx, "x", int64(size))
		if err != nil {
			return err
		}
		if _, err := part.ReadAt(make([]byte, 5), 5); err != nil {
			return err
		}
	}
	_, err := b.List(ctx, "")
	return err
}

// tryAll does everything with a bucket, at once.
func tryAll(ctx context.Context, b *storage.Bucket) map[string]error {
	errs := make([]error, len(verbs))
	var work sync.WaitGroup
	for i, verb := range verbs {
		work.Go(func() { errs[i] = verb.do(ctx, b) })
	}
	work.Wait()
	found := map[string]error{}
	for i, verb := range verbs {
		found[verb.name] = errs[i]
	}
	return found
}

// told is an error with its kind.
func told(err error) string {
	var setting *storage.SettingError
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &setting):
		return "SETTING " + err.Error()
	case errors.Is(err, fs.ErrNotExist):
		return "NOT THERE " + err.Error()
	}
	return err.Error()
}

// tryInChild tries a bucket in a process with another environment and gives what is
// told for each verb. The process says nothing else.
func tryInChild(t *testing.T, location string, environment ...string) map[string]string {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(append(withoutCredentials(t), environment...), childOf+"="+location)
	var noise strings.Builder
	command.Stderr = &noise
	output, err := command.Output()
	if err != nil || noise.Len() > 0 {
		t.Fatalf("%v: %s", err, noise.String())
	}
	found := map[string]string{}
	for line := range strings.Lines(string(output)) {
		verb, text, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || found[verb] != "" {
			t.Errorf("it says %q", line)
		}
		found[verb] = text
	}
	return found
}

// withoutCredentials is the environment without what the stores look for.
func withoutCredentials(t *testing.T) []string {
	kept := []string{"HOME=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true"}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "AWS_") && !strings.HasPrefix(entry, "AZURE_") && !strings.HasPrefix(entry, "GOOGLE_") && !strings.HasPrefix(entry, "STORAGE_") && !strings.HasPrefix(entry, "HOME=") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// each wants a text for every verb.
func each(t *testing.T, found map[string]string, want string) {
	t.Helper()
	for _, verb := range verbs {
		if text := found[verb.name]; !strings.Contains(text, want) || !strings.HasPrefix(text, "SETTING") {
			t.Errorf("%s: %q, want %q", verb.name, text, want)
		}
	}
}

// A bucket that is not there is never taken for one that is empty.
func TestNoSuchBucket(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		b := opened(t, server.URL("nobody", server.Address))
		for verb, err := range tryAll(t.Context(), b) {
			if verb == "fetch" && server.Kind == storagetest.Google {
				continue // its error is that the object is not there
			}
			if !strings.Contains(told(err), "SETTING") || !strings.Contains(err.Error(), "there is no such bucket; make it") {
				t.Errorf("%s: %s", verb, told(err))
			}
		}
	})
}

// Credentials and addresses are taken from where each store has them.
func TestWhereCredentialsAre(t *testing.T) {
	t.Parallel()
	s3, azure := servers[storagetest.S3], serverOf(t, storagetest.Azure)
	s3.Bucket(t, "where")
	azure.Bucket(t, "where")
	profiles := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(profiles, []byte("[robot]\naws_access_key_id = "+storagetest.AccessKey+"\naws_secret_access_key = "+storagetest.SecretKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := []string{"AWS_ACCESS_KEY_ID=" + storagetest.AccessKey, "AWS_SECRET_ACCESS_KEY=" + storagetest.SecretKey}
	for _, c := range []struct {
		location    string
		environment []string
	}{
		{"s3://where?use_path_style=true&region=" + storagetest.Region, append([]string{"AWS_ENDPOINT_URL=http://" + s3.Address}, keys...)},
		{"s3://where?use_path_style=true", append([]string{"AWS_ENDPOINT_URL_S3=http://" + s3.Address, "AWS_REGION=" + storagetest.Region}, keys...)},
		{"s3://where?use_path_style=true&profile=robot&region=" + storagetest.Region + "&endpoint=http://" + s3.Address, []string{"AWS_SHARED_CREDENTIALS_FILE=" + profiles}},
		{"azblob://where", []string{"AZURE_STORAGE_CONNECTION_STRING=DefaultEndpointsProtocol=http;AccountName=" + storagetest.Account + ";AccountKey=" + storagetest.AccountKey + ";BlobEndpoint=http://" + azure.Address + "/" + storagetest.Account + ";"}},
		{"azblob://where", []string{"AZURE_STORAGE_ACCOUNT=" + storagetest.Account, "AZURE_STORAGE_KEY=" + storagetest.AccountKey, "AZURE_STORAGE_DOMAIN=" + azure.Address, "AZURE_STORAGE_PROTOCOL=http"}},
	} {
		if found := tryInChild(t, c.location, c.environment...); found["put"] != "done" || found["list"] != "done" {
			t.Errorf("%s: %q", c.location, found)
		}
	}
}

// Wrong credentials are told as such, whatever is done, and are not part of the text.
func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	s3, azure := servers[storagetest.S3], serverOf(t, storagetest.Azure)
	found := tryInChild(t, s3.Bucket(t, "wrong"), "AWS_ACCESS_KEY_ID="+storagetest.AccessKey, "AWS_SECRET_ACCESS_KEY=hidden", "AWS_REGION="+storagetest.Region)
	each(t, found, "check the credentials and what they may do")
	each(t, found, "SignatureDoesNotMatch: ")
	found = tryInChild(t, azure.Bucket(t, "wrong"), "AZURE_STORAGE_ACCOUNT="+storagetest.Account, "AZURE_STORAGE_KEY=aGlkZGVu")
	each(t, found, "check the credentials and what they may do")
	each(t, found, "(AuthorizationFailure: Server failed to authenticate the request.")
}

// What Google refuses is not there for gocloud; here it is refused.
func TestGoogleRefuses(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		http.StatusUnauthorized: `{"error": {"code": 401, "message": "Invalid Credentials", "errors": [{"message": "Invalid Credentials", "domain": "global", "reason": "authError"}]}}`,
		http.StatusForbidden:    `{"error": {"code": 403, "message": "it does not have access to the bucket", "errors": [{"message": "it does not have access", "domain": "global", "reason": "forbidden"}]}}`,
	} {
		google := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/wrong/") { // it is read, by the API that speaks XML
				w.Header().Set("Content-Type", "application/xml")
				w.WriteHeader(status)
				fmt.Fprint(w, "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>Access denied.</Message><Details>it does not have access to the object</Details></Error>")
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}))
		defer google.Close()
		found := tryInChild(t, "gs://wrong/p", "STORAGE_EMULATOR_HOST="+strings.TrimPrefix(google.URL, "http://"))
		each(t, found, "check the credentials and what they may do")
	}
}

// Without credentials that is said, in one line, and nothing else on any output.
func TestNoCredentials(t *testing.T) {
	t.Parallel()
	azure := serverOf(t, storagetest.Azure)
	s3 := servers[storagetest.S3]
	each(t, tryInChild(t, s3.URL("none", s3.Address), "AWS_REGION=eu-west-3"), "there are no credentials for it; give them by the environment")
	for location, want := range map[string]string{
		"gs://none/p":                        "there are no credentials for it; give them by the environment",
		azure.URL("none", azure.Address):     "its storage account is not known; give it by ?storage_account=NAME or AZURE_STORAGE_ACCOUNT",
		"s3://none/p?profile=nobody":         "nobody",
		"s3://none/p?colour=red":             "unknown query parameter \"colour\"",
		"s3://none/p?region=x&colour=SECRET": "unknown query parameter \"colour\"",
		"gs://none/p?colour=red&access_id=-": "invalid query parameter \"colour\"",
		"azblob://none/p?colour=red":         "unknown query parameter \"colour\"",
	} {
		if found := tryInChild(t, location)["open"]; !strings.Contains(found, want) || !strings.HasPrefix(found, "SETTING") || strings.Contains(found, "=SECRET") {
			t.Errorf("%s: %q", location, found)
		}
	}
	each(t, tryInChild(t, "s3://none/p", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b"), "its region is not known; give it by ?region=NAME or AWS_REGION")
}

// A location that cannot be right is refused before anything is asked.
func TestLocationsAreChecked(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"swift://bucket/x":                               "there are no buckets of swift://",
		"file:///tmp/x":                                  "a folder is written as its path: /tmp/x",
		"s3://key:secret@bucket/x":                       "holds no credentials",
		"azblob://key:secret@bucket/x":                   "holds no credentials",
		"azblob://bucket/x?sig=secret":                   "holds no credentials (sig)",
		"s3://bucket/x?a_key=secret":                     "holds no credentials (a_key)",
		"s3://bucket/x?endpoint=https://key:secret@host": "its endpoint is no address of a server without credentials",
		"s3://bucket/../x":                               "does not climb with ..",
		"s3:///x":                                        "names no bucket",
		"gs://":                                          "names no bucket",
		"gs://bucket/x#y":                                "# has no meaning in it",
		"s3://bucket/%zz":                                "it is no URL",
		"s3://bucket:secret/x":                           "it is no URL",
		"s3://bucket:443/x":                              "a bucket has no port",
		"s3://bucket/x?endpoint=http://h/?secret=secret": "its endpoint is the address of a server alone",
		"s3://bucket/x?endpoint=http://h/%23secret":      "its endpoint is the address of a server alone",
		"s3://bucket/x?endpoint=http://h:secret/":        "its endpoint is no address of a server",
	} {
		if _, err := storage.OpenBucket(t.Context(), location); err == nil || !strings.Contains(told(err), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", location, err)
		}
	}
}

// One who does not answer, or cannot, is not one who has nothing.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	for kind, location := range map[storagetest.Kind]string{
		storagetest.S3:    servers[storagetest.S3].URL("x", "127.0.0.1:1"),
		storagetest.Azure: "azblob://x?protocol=http&localemu=true&domain=127.0.0.1:1",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			serverOf(t, kind) // for its account
			for verb, err := range tryAll(t.Context(), opened(t, location)) {
				if err == nil || !strings.Contains(err.Error(), "connection refused") || strings.Contains(told(err), "NOT THERE") {
					t.Errorf("%s: %s", verb, told(err))
				}
			}
		})
	}
}

// A store that answers that it is busy is asked again, for everything that is done.
func TestBusyStoreIsAskedAgain(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		if server.Kind == storagetest.Google {
			found := tryInChild(t, server.Bucket(t, "busy"), "STORAGE_EMULATOR_HOST="+proxy(t, server, busyOnce()))
			for verb, text := range found {
				if text != "done" && !strings.HasPrefix(text, "NOT THERE") {
					t.Errorf("%s: %s", verb, text)
				}
			}
			return
		}
		for verb, err := range tryAll(t.Context(), proxied(t, server, "busy", busyOnce())) {
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v", verb, err)
			}
		}
	})
}

// busyOnce answers the first request for everything that the store is busy.
func busyOnce() func(w http.ResponseWriter, r *http.Request, next http.Handler) {
	var asked sync.Map
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if _, again := asked.LoadOrStore(r.Method+r.URL.RequestURI(), true); !again {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// S3 may say that an object is being written by somebody else: then it is asked again
// who has it.
func TestConflictOfS3(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	b := proxied(t, servers[storagetest.S3], "conflict", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && n.Add(1) < 3 {
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, "<Error><Code>ConditionalRequestConflict</Code><Message>The conditional request cannot succeed due to a conflicting operation against this resource.</Message></Error>")
			return
		}
		next.ServeHTTP(w, r)
	})
	if err := b.PutNew(t.Context(), "x", []byte("mine")); err != nil {
		t.Error(err)
	}
	if err := b.PutNew(t.Context(), "x", []byte("yours")); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
}

// Clients write nothing to the outputs of the program, neither about objects of several
// pieces nor about those of a store that keeps no checksums.
func TestClientsAreSilent(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		var environment []string
		for name, value := range server.Environment() {
			environment = append(environment, name+"="+value)
		}
		if text := tryInChild(t, largeChild+server.Bucket(t, "silent"), environment...)["large"]; text != "done" {
			t.Error(text)
		}
		if server.Kind != storagetest.S3 {
			return
		}
		plain := proxy(t, server, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodGet {
				w = withoutChecksums{w}
			}
			next.ServeHTTP(w, r)
		})
		if text := tryInChild(t, largeChild+server.URL("silent", plain), environment...)["large"]; text != "done" {
			t.Error(text)
		}
	})
}

// withoutChecksums is an answer of a store that keeps none.
type withoutChecksums struct{ http.ResponseWriter }

func (w withoutChecksums) WriteHeader(status int) {
	for name := range w.Header() {
		if strings.HasPrefix(name, "X-Amz-Checksum") {
			w.Header().Del(name)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// A path that was likely meant as something else is refused, without what it may hold.
func TestPathsMeantOtherwise(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"s3:/key:secret@bucket/x?key=secret": "a bucket is written s3://bucket/x", "S3:/bucket:secret/x#secret": "a bucket is written s3://bucket/x", "gs:bucket": "a bucket is written gs://bucket", "~": "~ is a name like any other", "~/state": "~ is a name like any other",
	} {
		if err := storage.Check(path); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"state", "./s3", "/var/a:b", "a~"} {
		if err := storage.Check(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
