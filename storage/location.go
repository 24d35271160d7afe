// Package storage keeps files in places: a folder of this machine, or a bucket of
// an object store, whose name is a URL.
//
//	./snapshots                            a folder
//	s3://bucket/prefix?region=eu-west-3    Amazon S3, and whatever speaks its protocol
//	gs://bucket/prefix                     Google Cloud Storage
//	azblob://container/prefix              Azure Blob Storage
//
// Credentials come from where each of them looks by itself: the environment, a
// profile, the role of the machine. They are never part of a location. The query
// is what gocloud.dev takes for the driver, such as endpoint and use_path_style.
package storage

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// schemes are the buckets that there are.
var schemes = []string{"s3", "gs", "azblob"}

// IsBucket reports whether a location is a URL; else it is a folder.
func IsBucket(location string) bool { return strings.Contains(location, "://") }

// Check says what is wrong with the URL of a bucket, nil for one that can be opened
// as far as its form tells. Of a folder it says where the name is
// likely another thing.
func Check(location string) error {
	if !IsBucket(location) {
		return checkFolder(location)
	}
	u, err := url.Parse(location)
	switch {
	case err != nil:
		return fmt.Errorf("it is no URL: %w", unquoted(err))
	case u.Scheme == "file":
		return fmt.Errorf("a folder is written as its path: %s", u.Path)
	case !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("there are no buckets of %s://; there are s3://, gs:// and azblob://", u.Scheme)
	case u.User != nil:
		return fmt.Errorf("a URL of a bucket holds no credentials; give them by the environment or a profile")
	case u.Host == "":
		return fmt.Errorf("it names no bucket: write %s://BUCKET/PREFIX", u.Scheme)
	case u.Fragment != "":
		return fmt.Errorf("# has no meaning in it")
	case slices.Contains(strings.Split(u.Path, "/"), ".."):
		return fmt.Errorf("a URL of a bucket does not climb with ..; write where it leads")
	}
	query, err := url.ParseQuery(u.RawQuery)
	for name := range query {
		if secretive.MatchString(name) && name != "kmskeyid" {
			return fmt.Errorf("a URL of a bucket holds no credentials (%s); give them by the environment or a profile", name)
		}
	}
	return err
}

// secretive are names of what must not stand in a URL.
var secretive = regexp.MustCompile(`(?i)key|secret|token|passw|signature|credential`)

// checkFolder refuses paths that were likely meant otherwise: they would make a folder
// of that name, which nobody looks for.
func checkFolder(path string) error {
	scheme, rest, ok := strings.Cut(path, ":")
	switch {
	case ok && slices.Contains(schemes, scheme):
		return fmt.Errorf("a bucket is written %s://%s", scheme, strings.TrimLeft(rest, "/"))
	case path == "~" || strings.HasPrefix(path, "~/"):
		return fmt.Errorf("~ is a name like any other here; write the whole path, or one relative to this file")
	}
	return nil
}

// unquoted is an error of url.Parse without the URL, which may hold what it should
// not.
func unquoted(err error) error {
	var parse *url.Error
	if asError(err, &parse) {
		return parse.Err
	}
	return err
}

// escaped are the characters of names that have another meaning in a URL.
var escaped = strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23")

// Join is the location of what lies below another, by the names of the folders on
// the way.
func Join(location string, elements ...string) string {
	if !IsBucket(location) {
		return filepath.Join(append([]string{location}, elements...)...)
	}
	base, query, asked := strings.Cut(location, "?")
	scheme, rest, _ := strings.Cut(base, "://")
	bucket, below, _ := strings.Cut(rest, "/")
	joined := scheme + "://" + bucket + strings.TrimSuffix(path.Join("/", below, escaped.Replace(path.Join(elements...))), "/")
	if asked {
		joined += "?" + query
	}
	return joined
}

// Base is the last name of a location.
func Base(location string) string {
	if !IsBucket(location) {
		return filepath.Base(location)
	}
	base, _, _ := strings.Cut(location, "?")
	name := path.Base(base)
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return name
}

// Named is a location for people: the URL of a bucket without its query
// and without credentials, which Check refuses.
func Named(location string) string {
	if !IsBucket(location) {
		return location
	}
	base, _, _ := strings.Cut(location, "?")
	if scheme, rest, _ := strings.Cut(base, "://"); strings.Contains(rest, "@") { // credentials are where they must not be
		return scheme + "://" + rest[strings.LastIndex(rest, "@")+1:]
	}
	return base
}
