package storage

import (
	"cmp"
	"encoding/xml"
	"errors"
	"net/http"
	"strings"

	gcs "cloud.google.com/go/storage"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/aws/smithy-go"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
)

// answerOf is what an error of a client says.
func answerOf(verb string, err error) answer {
	var amazon smithy.APIError
	var azure *azcore.ResponseError
	var google *googleapi.Error
	var login *oauth2.RetrieveError
	switch {
	case errors.As(err, &amazon):
		return answer{ofS3(amazon.ErrorCode()), strings.TrimSuffix(amazon.ErrorCode()+": "+amazon.ErrorMessage(), ": ")}
	case errors.As(err, &azure):
		return answer{ofAzure(azure), azureText(azure)}
	case errors.As(err, &google):
		text := googleText(google)
		return answer{ofGoogle(verb, google.Code, text), text}
	case errors.As(err, &login) && login.Response != nil && login.Response.StatusCode < http.StatusInternalServerError:
		return answer{refused, reason(login)}
	case errors.Is(err, gcs.ErrObjectNotExist):
		return answer{noObject, reason(err)}
	}
	return answer{failed, reason(err)}
}

// ofS3 is what a code of S3 means.
func ofS3(code string) meaning {
	switch code {
	case "NoSuchKey", "NotFound":
		return noObject
	case "NoSuchBucket":
		return noBucket
	case "InvalidBucketName":
		return badName
	case "PreconditionFailed":
		return exists
	case "ConditionalRequestConflict", "OperationAborted":
		return conflict
	case "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AllAccessDisabled", "AuthorizationHeaderMalformed":
		return refused
	}
	return failed
}

// ofAzure is what a code of Azure means.
func ofAzure(e *azcore.ResponseError) meaning {
	switch bloberror.Code(e.ErrorCode) {
	case bloberror.BlobNotFound:
		return noObject
	case bloberror.ContainerNotFound:
		return noBucket
	case bloberror.InvalidResourceName:
		return badName
	case bloberror.BlobAlreadyExists, bloberror.ConditionNotMet, bloberror.TargetConditionNotMet:
		return exists
	case "DirectoryIsNotEmpty":
		return folderHas
	}
	if e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden {
		return refused // there are a dozen codes
	}
	return failed
}

// azureText is the code, and what the status line says.
func azureText(e *azcore.ResponseError) string {
	text := e.ErrorCode
	if text == "" {
		text = http.StatusText(e.StatusCode)
	}
	if e.RawResponse != nil {
		if _, said, ok := strings.Cut(e.RawResponse.Status, " "); ok && said != "" && said != text {
			text += ": " + said
		}
	}
	return text
}

// ofGoogle is what a status of Google means, which gives no codes for what is not there.
func ofGoogle(verb string, status int, text string) meaning {
	switch status {
	case http.StatusNotFound:
		if verb == "list" || verb == "write" || strings.Contains(text, "bucket does not exist") || strings.Contains(text, "NoSuchBucket") {
			return noBucket
		}
		return noObject
	case http.StatusBadRequest:
		if strings.Contains(strings.ToLower(text), "invalid bucket name") || strings.HasPrefix(text, "InvalidBucketName") {
			return badName
		}
	case http.StatusPreconditionFailed:
		return exists
	case http.StatusUnauthorized, http.StatusForbidden:
		return refused
	}
	return failed
}

// googleText is what Google says in JSON, or in XML where an object is read.
func googleText(e *googleapi.Error) string {
	if e.Message != "" {
		return e.Message
	}
	var body struct{ Code, Message, Details string }
	if xml.Unmarshal([]byte(e.Body), &body) == nil && body.Code != "" {
		return body.Code + ": " + cmp.Or(body.Details, body.Message)
	}
	return cmp.Or(http.StatusText(e.Code), reason(e))
}
