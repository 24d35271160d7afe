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
	"errors"
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
	case err != nil: // it repeats the part that is wrong, which may be a secret
		return fmt.Errorf("it is no URL of a bucket, which is written s3://BUCKET/PREFIX, with %%25 for %%")
	case u.Scheme == "file":
		return fmt.Errorf("a folder is written as its path: %s", u.Path)
	case !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("there are no buckets of %s://; there are s3://, gs:// and azblob://", u.Scheme)
	case u.User != nil:
		return fmt.Errorf("a URL of a bucket holds no credentials; give them by the environment or a profile")
	case u.Port() != "" || strings.HasSuffix(u.Host, ":"):
		return fmt.Errorf("a bucket has no port; the address of its server goes into endpoint")
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
	if err != nil {
		return fmt.Errorf("its query is no list of NAME=VALUE with & between them")
	}
	return checkEndpoint(query.Get("endpoint"))
}

// CheckFolder says why a location cannot be a folder of this machine, nil where it can.
func CheckFolder(location string) error {
	if IsBucket(location) || misspelt(location) {
		return errors.New("it is a folder of this machine, not a bucket")
	}
	return checkFolder(location)
}

// checkEndpoint refuses all of an address but the server: the rest may be a secret, and
// clients repeat it.
func checkEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.User != nil:
		return fmt.Errorf("its endpoint is no address of a server without credentials; give these by the environment or a profile")
	case strings.ContainsAny(endpoint, "?#"):
		return fmt.Errorf("its endpoint is the address of a server alone, without what follows ? or #; credentials are given by the environment or a profile")
	}
	return nil
}

// secretive are names of what must not stand in a URL.
var secretive = regexp.MustCompile(`(?i)key|secret|token|passw|signature|credential|^sig$`)

// checkFolder refuses paths that were likely meant otherwise: they would make a folder
// of that name, which nobody looks for.
func checkFolder(path string) error {
	switch {
	case misspelt(path):
		return fmt.Errorf("a bucket is written %s", Named(path))
	case path == "~" || strings.HasPrefix(path, "~/"):
		return fmt.Errorf("~ is a name like any other here; write the whole path, or one relative to this file")
	}
	return nil
}

// misspelt reports whether a path is meant as the URL of a bucket, such as s3:/bucket.
func misspelt(path string) bool {
	scheme, _, ok := strings.Cut(path, ":")
	return ok && slices.Contains(schemes, strings.ToLower(scheme))
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

// Named is a location for people: the URL of a bucket without its query and without
// what may be credentials, which Check refuses. A path that is meant as such a URL
// becomes one.
func Named(location string) string {
	if !IsBucket(location) {
		if !misspelt(location) {
			return location
		}
		scheme, rest, _ := strings.Cut(location, ":")
		location = strings.ToLower(scheme) + "://" + strings.TrimLeft(rest, "/")
	}
	if end := strings.IndexAny(location, "?#"); end >= 0 {
		location = location[:end]
	}
	scheme, rest, _ := strings.Cut(location, "://")
	if strings.Contains(rest, "@") { // credentials are where they must not be
		rest = rest[strings.LastIndex(rest, "@")+1:]
	}
	bucket, below, _ := strings.Cut(rest, "/")
	if name, _, ported := strings.Cut(bucket, ":"); ported { // as in s3://key:secret/prefix
		return strings.TrimSuffix(scheme+"://"+name+"/"+below, "/")
	}
	return scheme + "://" + rest
}
