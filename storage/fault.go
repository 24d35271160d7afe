package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// SettingError: a bucket cannot be used as it is named, or with the credentials that
// were found. Trying again does not help.
type SettingError struct{ place, text string }

// Error says which and why.
func (e *SettingError) Error() string { return e.place + ": " + e.text }

// Configuration is true: a person has to change something.
func (e *SettingError) Configuration() bool { return true }

// errConflict: S3 cannot say whether an object is there, for it is being written.
var errConflict = errors.New("somebody else is writing it")

// errFolder: what is to be removed is a folder with something in it, which an Azure
// store with a hierarchical namespace has.
var errFolder = errors.New("it is a folder")

// meaning is what an answer of an object store says.
type meaning int

const (
	failed    meaning = iota // it may be different the next time
	noObject                 // there is no such object
	noBucket                 // there is no such bucket
	exists                   // there is an object, where there should be none
	conflict                 // errConflict
	folderHas                // errFolder
	refused                  // the credentials are wrong, or may not do it
	badName                  // no bucket can have the name
)

// answer is a meaning and what the store said. Only what a store says itself means
// that something is not there: a name that is not found in DNS, or a refusal, never
// does, though gocloud counts some of them so.
type answer struct {
	meaning
	text string
}

// fault is what went wrong with an object, nil for nil.
func (b *Bucket) fault(verb, name string, err error) error {
	if err == nil {
		return nil
	}
	where := strings.TrimSuffix(b.url+"/"+name, "/")
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", where, context.Canceled)
	}
	a := answerOf(verb, err)
	a.text = scrubbed(a.text)
	switch a.meaning {
	case noBucket:
		return &SettingError{b.url, "there is no such bucket; make it, or mend the name"}
	case noObject:
		return fmt.Errorf("%s: %w", where, fs.ErrNotExist)
	case exists:
		return fmt.Errorf("%s: %w", where, fs.ErrExist)
	case conflict:
		return fmt.Errorf("%s cannot be %s: %w", where, past[verb], errConflict)
	case folderHas:
		return fmt.Errorf("%s cannot be %s: %w", where, past[verb], errFolder)
	case refused:
		return &SettingError{where, fmt.Sprintf("the object store does not let us %s it (%s); check the credentials and what they may do", verb, a.text)}
	case badName:
		return &SettingError{b.url, fmt.Sprintf("no bucket can have this name (%s); mend it", a.text)}
	default:
		if setting := unset(err); setting != "" {
			return &SettingError{b.url, setting}
		}
		return fmt.Errorf("%s cannot be %s: %s", where, past[verb], a.text)
	}
}

var past = map[string]string{"read": "read", "list": "listed", "write": "written", "remove": "removed"}

// hints are what clients say when they were given too little, and what to do then.
var hints = []struct{ said, do string }{
	{"get credentials", noCredentials},                                                                // S3
	{"could not find default credentials", noCredentials},                                             // Google
	{"failed to acquire a token", noCredentials},                                                      // Azure
	{"Invalid region", "its region is not known; give it by ?region=NAME or AWS_REGION"},              // S3, also where there is none
	{"was not a valid URI", "the address of its server is none; mend ?endpoint= or AWS_ENDPOINT_URL"}, // S3
	{"Options.AccountName is required", "its storage account is not known; give it by ?storage_account=NAME or AZURE_STORAGE_ACCOUNT"},
}

const noCredentials = "there are no credentials for it; give them by the environment, a profile or the role of the machine"

// unset is what has to be set before a bucket can be used, empty where that is not the
// problem.
func unset(err error) string {
	for _, hint := range hints {
		if strings.Contains(err.Error(), hint.said) {
			return hint.do + " (" + reason(err) + ")"
		}
	}
	return ""
}

// reason is what an error of a client says, without the layers it went through.
func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "there was no answer in time"
	}
	text := err.Error()
	for _, layer := range layers {
		if i := strings.LastIndex(text, layer); i >= 0 {
			text = text[i+len(layer):]
		}
	}
	text, _, _ = strings.Cut(text, "\n")
	return scrubbed(text)
}

// What may be a secret in the addresses that clients and stores repeat: what stands
// before the server, and what follows the path.
var (
	beforeServer = regexp.MustCompile("://[^\\s`'\"]*@")
	bareAddress  = regexp.MustCompile("`[^`]*[?#@][^`]*`") // as S3 quotes what is no address
	afterPath    = regexp.MustCompile("(://[^\\s`'\"?#]*[?#])[^\\s`'\"]+")
)

// scrubbed is a text without what may be a secret in its addresses.
func scrubbed(text string) string {
	text = bareAddress.ReplaceAllString(text, "`...`")
	return afterPath.ReplaceAllString(beforeServer.ReplaceAllString(text, "://...@"), "$1...")
}

// layers are the ends of what clients write before the reason.
var layers = []string{"(code=Unknown): ", "(code=NotFound): ", "resolve auth scheme: resolve endpoint: ", "https response error StatusCode: 0, RequestID: , HostID: , ", "https response error "}
