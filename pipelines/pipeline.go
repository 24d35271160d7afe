package pipelines

import (
	"path/filepath"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/transform"
)

// Pipeline is one source, ready to run: what a pipeline file says, checked, with
// every default filled in and every secret found.
type Pipeline struct {
	File   string // path of the file
	Source string // unique name
	Slug   string // the name as a folder
	State  string // folder of the state, absolute
	// WorkDir is the folder of what is needed on disk only for a time: the pages of a
	// job until the snapshot is committed. Absolute; empty: inside the state.
	WorkDir string

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

	// Parquet is the folder of the snapshots, absolute; empty: inside the state.
	Parquet string
	// Deliver: the file names a receiver among its sinks. It is Fincome's API unless one
	// of the next two is set.
	Deliver    bool
	ImportFile *ImportFile
	Exec       *Exec

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

// MoveState keeps the state in another folder than the file says. A relative
// path is relative to the working directory: it comes from the command line.
func (p *Pipeline) MoveState(folder string) error {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if p.Parquet == p.defaultSnapshots() {
		p.State = absolute
		p.Parquet = p.defaultSnapshots()
	}
	p.State = absolute
	return nil
}

// defaultSnapshots is where snapshots go when the file names no place.
func (p *Pipeline) defaultSnapshots() string { return filepath.Join(p.State, p.Slug, "snapshots") }
