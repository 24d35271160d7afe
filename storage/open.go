package storage

import (
	"context"
	"net/url"
	"os"
	"strings"

	gcs "cloud.google.com/go/storage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	"gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob" // s3://
	"gocloud.dev/gcp"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"
)

// validation is a setting of the client of S3. Left to itself it writes a line to
// standard error about every object that was sent in several pieces, and about every
// object of a store that keeps no checksums.
const validation = "response_checksum_validation"

// open opens the bucket at a URL without a path.
func open(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	switch {
	case u.Scheme == "gs":
		return openGoogle(ctx, u)
	case u.Scheme == "s3" && !u.Query().Has(validation):
		silent := *u
		silent.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+validation+"=when_required", "&")
		u = &silent
	}
	return blob.OpenBucket(ctx, u.String())
}

// openGoogle opens a bucket of Google with the credentials that its libraries look
// for. What gocloud has for that writes to standard output where there are none, and
// asks for what only signed URLs need.
func openGoogle(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	opener, err := googleOpener(ctx, u.Query())
	if err != nil {
		return nil, err
	}
	bucket, err := opener.OpenBucketURL(ctx, u)
	if err != nil {
		return nil, err
	}
	var client *gcs.Client
	if bucket.As(&client) {
		client.SetRetry(gcs.WithPolicy(gcs.RetryAlways)) // all that is asked for here may be asked for twice
	}
	return bucket, nil
}

func googleOpener(ctx context.Context, query url.Values) (*gcsblob.URLOpener, error) {
	if os.Getenv("STORAGE_EMULATOR_HOST") != "" || query.Get("anonymous") != "" || query.Get("access_id") == "-" {
		return &gcsblob.URLOpener{Client: gcp.NewAnonymousHTTPClient(gcp.DefaultTransport())}, nil
	}
	universe := query.Get("universe_domain")
	credentials, err := gcp.DefaultCredentialsWithParams(ctx, google.CredentialsParams{UniverseDomain: universe})
	if err != nil {
		return nil, err
	}
	client, err := gcp.NewHTTPClient(gcp.DefaultTransport(), credentials.TokenSource)
	if err != nil {
		return nil, err
	}
	opener := &gcsblob.URLOpener{Client: client, TokenSource: gcp.CredentialsTokenSource(credentials)}
	if universe != "" {
		opener.Options.ClientOptions = []option.ClientOption{option.WithUniverseDomain(universe)}
	}
	return opener, nil
}

// isFolder reports whether what an Azure store with a hierarchical namespace lists
// among its objects is a folder.
func isFolder(o *blob.ListObject) bool {
	var item container.BlobItem
	return o.As(&item) && item.Properties != nil && item.Properties.ResourceType != nil && *item.Properties.ResourceType == "directory"
}
