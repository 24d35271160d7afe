package tokens_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/tokens"
	"github.com/axisync/axisync/durable"
)

func config(flow, client string) salesforce.Config {
	return salesforce.Config{Flow: flow, ClientID: connector.NewSecret(client)}
}

var (
	personal = config(salesforce.FlowAuthorizationCode, "client")
	given    = config(salesforce.FlowRefreshToken, "client")
	none     = connector.Secret{}
)

// What is saved is the owner's alone, and comes back.
func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "er", "token.json")
	store := tokens.New(path, personal, none)
	unlock, err := store.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if token, err := store.Load(); token != nil || err != nil {
		t.Errorf("before anything was saved: %v, %v", token, err)
	}
	sandbox := true
	saved := &salesforce.Token{AccessToken: "a", RefreshToken: "r", Username: "ops@example.com", Scopes: []string{"api"}, Sandbox: &sandbox}
	if err := store.Save(saved); err != nil {
		t.Fatal(err)
	}
	unlock()
	for _, file := range []string{path, path + ".lock"} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	loaded, err := tokens.New(path, personal, none).Load()
	if err != nil || loaded.RefreshToken != "r" || loaded.Username != saved.Username || !*loaded.Sandbox {
		t.Errorf("%+v, %v", loaded, err)
	}
	if err := store.Remove(); err != nil {
		t.Fatal(err)
	}
	if token, err := store.Load(); token != nil || err != nil || store.Remove() != nil {
		t.Errorf("after it was removed: %v, %v", token, err)
	}
}

// holds fails the test unless the folder holds these files and no others.
func holds(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if !slices.Equal(names, want) {
		t.Errorf("%s holds %q, want %q", dir, names, want)
	}
}

// A file that others could read is its owner's alone from the next save on.
func TestFileThatOthersCouldRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token.json")
	if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tokens.New(path, personal, none).Save(&salesforce.Token{RefreshToken: "r"}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// What a process left that was killed as it saved goes with the next lock; that of a
// store beside it, whose lock is another, stays.
func TestLeftByAKilledSave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	for _, target := range []string{path, path + "2"} {
		file, err := durable.Pending(target)
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		if target != path {
			defer holds(t, dir, filepath.Base(file.Name()), "token.lock")
		}
	}
	unlock, err := tokens.New(path, personal, none).Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

// Sources that share a file by links share its lock too, and the links stay links,
// also those that were there before the file.
func TestSharedByLinks(t *testing.T) {
	t.Parallel()
	dir, links := t.TempDir(), t.TempDir()
	shared := filepath.Join(dir, "token.json")
	first, second := filepath.Join(links, "first"), filepath.Join(links, "second")
	for _, link := range []string{first, second} {
		if err := os.Symlink(shared, link); err != nil {
			t.Skip(err)
		}
	}
	for i, link := range []string{first, second} {
		store := tokens.New(link, personal, none)
		unlock, err := store.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if token, err := store.Load(); err != nil || (token != nil) != (i > 0) {
			t.Errorf("%s holds %v, %v", link, token, err)
		}
		if _, err := store.Replace(&salesforce.Token{RefreshToken: link}); err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	if token, err := tokens.New(first, personal, none).Load(); err != nil || token.RefreshToken != second {
		t.Errorf("the first holds %v, %v", token, err)
	}
	holds(t, links, "first", "second")
	holds(t, dir, "token.json", "token.json.lock")
	if to, err := os.Readlink(second); err != nil || to != shared {
		t.Errorf("the link leads to %q, %v", to, err)
	}
}

// A token belongs to a flow, to a client id, and to the token it descends from.
func TestWhatATokenBelongsTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token.json")
	if err := tokens.New(path, personal, none).Save(&salesforce.Token{RefreshToken: "r"}); err != nil {
		t.Fatal(err)
	}
	_, err := tokens.New(path, config(salesforce.FlowAuthorizationCode, "other"), none).Load()
	var refused *salesforce.AuthError
	if !errors.As(err, &refused) || refused.Remedy != salesforce.Reconnect || !strings.Contains(err.Error(), "another client id") {
		t.Errorf("another client id: %v", err)
	}
	first := tokens.New(path, given, connector.NewSecret("first"))
	if token, err := first.Load(); err != nil || token.RefreshToken != "first" {
		t.Errorf("a token of another flow is used: %v, %v", token, err)
	}
	if err := first.Save(&salesforce.Token{RefreshToken: "rotated"}); err != nil {
		t.Fatal(err)
	}
	if token, err := first.Load(); err != nil || token.RefreshToken != "rotated" {
		t.Errorf("%v, %v", token, err)
	}
	if token, err := tokens.New(path, given, connector.NewSecret("second")).Load(); err != nil || token.RefreshToken != "second" {
		t.Errorf("a new token in the file takes over: %v, %v", token, err)
	}
	if token, err := tokens.New(path, personal, none).Load(); token != nil || err != nil {
		t.Errorf("%v, %v", token, err)
	}
}

// A damaged file is named, and nothing of it is told.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token.json")
	if err := os.WriteFile(path, []byte(`{"refresh_token":"5Aep861secret`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := tokens.New(path, personal, none).Load()
	if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store := tokens.New(filepath.Join(file, "token.json"), personal, none)
	if _, err := store.Lock(t.Context()); err == nil {
		t.Error("a folder was made below a file")
	}
	if err := store.Save(&salesforce.Token{}); err == nil {
		t.Error("a file was made below a file")
	}
}
