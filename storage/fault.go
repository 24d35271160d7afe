package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/aws/smithy-go"
	"gocloud.dev/gcerrors"
)

// SettingError: a bucket cannot be used as it is named, or with the credentials that
// were found. Trying again does not help.
type SettingError struct{ place, text string }

// Error says which and why.
func (e *SettingError) Error() string { return e.place + ": " + e.text }

// Configuration is true: a person has to change something.
func (e *SettingError) Configuration() bool { return true }

// fault is what went wrong with an object, nil for nil.
func (b *Bucket) fault(verb, name string, err error) error {
	if err == nil {
		return nil
	}
	where := strings.TrimSuffix(b.url+"/"+name, "/")
	var api smithy.APIError
	switch code := gcerrors.Code(err); {
	case errors.As(err, &api) && api.ErrorCode() == "NoSuchBucket":
		return &SettingError{b.url, "there is no such bucket; make it, or mend the name"}
	case code == gcerrors.NotFound:
		return fmt.Errorf("%s: %w", where, fs.ErrNotExist)
	case code == gcerrors.FailedPrecondition:
		return fmt.Errorf("%s: %w", where, fs.ErrExist)
	case code == gcerrors.PermissionDenied, errors.As(err, &api) && refusals[api.ErrorCode()]:
		return &SettingError{where, fmt.Sprintf("the object store does not let us %s it (%s); check the credentials and what they may do", verb, reason(err))}
	case strings.Contains(err.Error(), "get credentials"), strings.Contains(err.Error(), "could not find default credentials"):
		return &SettingError{b.url, "there are no credentials for it; give them by the environment, a profile or the role of the machine (" + reason(err) + ")"}
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", where, context.Canceled)
	}
	return fmt.Errorf("%s cannot be %s: %s", where, past[verb], reason(err))
}

var past = map[string]string{"read": "read", "list": "listed", "write": "written", "remove": "removed"}

// refusals are the codes of S3 that tell of wrong credentials.
var refusals = map[string]bool{"AccessDenied": true, "Forbidden": true, "InvalidAccessKeyId": true, "SignatureDoesNotMatch": true, "ExpiredToken": true, "InvalidToken": true, "AllAccessDisabled": true, "AuthorizationHeaderMalformed": true}

// reason is what an error of a client says, without the layers it went through.
func reason(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return strings.TrimSuffix(api.ErrorCode()+": "+api.ErrorMessage(), ": ")
	}
	text := err.Error()
	if i := strings.LastIndex(text, "https response error"); i >= 0 {
		text = text[i:]
	}
	if i := strings.Index(text, "\n"); i >= 0 {
		text = text[:i]
	}
	return text
}
