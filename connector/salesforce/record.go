package salesforce

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/axisync/axisync/durable"
)

// resumable is how old a job may be to be gone on with: what it found is told as
// the truth of today.
const resumable = 6 * time.Hour

// RecordName is the file with what is known of a job, in the folder of its
// extraction.
const RecordName = "job.json"

const recordVersion = 1

// record is job.json in the folder of an extraction: what another process has to
// know of a job to go on with it. It is written before the job is asked for, with
// its id as soon as the answer is there, and once more when the job is complete.
type record struct {
	Version        int    `json:"version"`
	OrganizationID string `json:"organization_id"`
	UserID         string `json:"user_id"`
	Operation      string `json:"operation"`
	SOQL           string `json:"soql"`

	Sent       time.Time `json:"sent"` // when its creation was sent, by our clock
	APIVersion string    `json:"api_version"`
	ID         string    `json:"id,omitempty"` // empty: no answer to the creation has come
	Delimiter  string    `json:"delimiter,omitempty"`
	Created    time.Time `json:"created,omitzero"` // by the server's clock
	Rows       *int64    `json:"rows,omitempty"`   // once it is complete
	// Found says that the answer to the creation was lost and the job was found in
	// the list of jobs: it is ours by all that can be seen.
	Found bool `json:"found,omitempty"`
	// Done says that the job is of no use any more: it is to be deleted.
	Done bool `json:"done,omitempty"`
}

// readRecord is the record in dir, nil when there is none. One that cannot be
// understood counts as none: a new job is made.
func readRecord(dir string) (*record, error) {
	content, err := os.ReadFile(filepath.Join(dir, RecordName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("salesforce: %w", err)
	}
	var r record
	if json.Unmarshal(content, &r) != nil || r.Version != recordVersion || r.ID != "" && (!identifier(r.ID) || delimiters[r.Delimiter] == 0) {
		return nil, nil
	}
	return &r, nil
}

func (r *record) write(dir string) error { return writeJSON(filepath.Join(dir, RecordName), r) }

// note writes the record of the job.
func (j *job) note() error {
	if err := j.record.write(j.dir); err != nil {
		return err
	}
	if recorded := j.rest.config.Recorded; recorded != nil {
		return recorded()
	}
	return nil
}

// answers reports whether the job answers the question that wanted asks.
func (r *record) answers(wanted *record) bool {
	return r.OrganizationID == wanted.OrganizationID && r.UserID == wanted.UserID && r.Operation == wanted.Operation && r.SOQL == wanted.SOQL
}

// old reports whether too much time has passed since the job was asked for, or
// the clock was moved.
func (r *record) old() bool {
	const skew = 5 * time.Minute
	age := time.Since(r.Sent)
	return age > resumable || age < -skew
}

// outlived reports the same by the server's clock, where that is known.
func (r *record) outlived(now time.Time) bool {
	return !r.Created.IsZero() && now.Sub(r.Created) > resumable
}

// writeJSON replaces a file durably: a crash leaves the old one or the new one.
func writeJSON(path string, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("salesforce: %w", err)
	}
	if err := durable.WriteFile(path, append(content, '\n')); err != nil {
		return fmt.Errorf("salesforce: %w", err)
	}
	return nil
}
