package pipelines

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/transform"
)

// Pipeline is one source, ready to run: what a pipeline file says, checked, with
// every default filled in and every secret found.
type Pipeline struct {
	File   string // path of the file
	Source string // unique name
	Slug   string // the name as a folder
	State  string // folder of the state, absolute, or the URL of a bucket
	// WorkDir is the folder of what is needed on disk only for a time: the pages of a
	// job until the snapshot is committed, and the working copy of a state in a bucket.
	// Absolute; empty: inside the state, which is a folder then.
	WorkDir string
	// Lease is how a state in a bucket is held; zero for the usual terms.
	Lease storage.Terms

	Salesforce salesforce.Config
	// RefreshToken is the token that the file names; once it was used the newest
	// one lives in the state.
	RefreshToken connector.Secret
	// TokenStore is the file of the token, absolute; empty: in the state.
	TokenStore string
	Object     string
	Properties []Property
	Where      string
	// Incremental reads what has changed where that is possible.
	Incremental bool
	// Reserve is what a run leaves of the org's API requests.
	Reserve Reserve
	// FailUnknown makes an unknown property an error.
	FailUnknown bool

	Fincome            fincome.Config
	CustomersFile      string // absolute; empty: the API's list
	CustomersIDColumn  string
	CustomersColumns   map[string]string // by axis: the header of its column, where that is another
	CustomersSheet     string            // of a workbook; empty: the first
	CustomersMaxAge    time.Duration     // a file that is older is told loudly
	IdentificationAxis string
	Update             string
	Clear              string

	Key    string
	Strict bool
	// Trim and Fold compare another key than the Record ID without outer blanks, and
	// without letter case.
	Trim, Fold bool

	Naming    transform.Naming
	Zone      *time.Location // of date-times; nil: UTC
	ClearOurs bool
	Limits    transform.Limits

	// Parquet is the folder of the snapshots, absolute, or the URL of a bucket.
	Parquet string
	// Keep is which snapshots stay; zero: all.
	Keep parquet.Keep
	// Deliver: the file names a receiver among its sinks. It is Fincome's API unless one
	// of the next two is set.
	Deliver    bool
	ImportFile *ImportFile
	Exec       *Exec

	// OnFinish is who is told of a change in how the source stands; nil: nobody.
	OnFinish *OnFinish

	valueFiles []string // that the file has values from, absolute
}

// Property is one entry of the list of properties and its rules.
type Property struct {
	Names  []string // the first non-empty one wins
	Axis   string   // its own name; empty: made by Naming from the first name
	Merge  transform.Merge
	OnEdit transform.OnEdit
	Nulls  transform.Nulls
	Typed  bool // numbers and booleans are sent as such
}

// settle is the time in which an accepted write may stay invisible, until the
// probe knows better (design.md 4.5).
const settle = 15 * time.Minute

// AxisName is the name of the axis of the property in describe's spelling.
func (p Property) axisName(naming transform.Naming, described string) string {
	if p.Axis != "" {
		return p.Axis
	}
	return naming.Axis(described)
}

// MoveState keeps the state in another place than the file says, a folder or a
// bucket. A relative path is relative to the working directory: it comes from the
// command line.
func (p *Pipeline) MoveState(location string) error {
	inside := p.Parquet == p.defaultSnapshots()
	if err := storage.Check(location); err != nil {
		return configurationf("--state: %v", err)
	}
	if storage.IsBucket(location) {
		p.State = location
	} else {
		absolute, err := filepath.Abs(location)
		if err != nil {
			return err
		}
		p.State = absolute
	}
	if inside {
		p.Parquet = p.defaultSnapshots()
	}
	return p.placeWork()
}

// placeWork chooses the folder of this machine for the work on a state in a bucket,
// where the file names none.
func (p *Pipeline) placeWork() error {
	if p.WorkDir != "" || !storage.IsBucket(p.State) {
		return nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return configurationf("a state in a bucket needs a folder of this machine to work in, and there is no usual one (%v): name one with work_dir", err)
	}
	p.WorkDir = filepath.Join(cache, "axisync", fmt.Sprintf("%x", sha256.Sum256([]byte(p.State)))[:12])
	return nil
}

// defaultSnapshots is where snapshots go when the file names no place.
func (p *Pipeline) defaultSnapshots() string { return storage.Join(p.State, p.Slug, "snapshots") }
