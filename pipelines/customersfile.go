package pipelines

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/axisync/axisync/connector/fincome"
)

// defaultMaxAge of a file of customers is a month, and some days in which somebody
// may export the next.
const defaultMaxAge = 35 * 24 * time.Hour

// clockSkew is how far the clocks of two machines may be apart.
const clockSkew = 5 * time.Minute

var daysForm = regexp.MustCompile(`^([0-9]{1,4}) ?(d|days?)$`)

// file takes over what is said of a file of customers.
func (c customersBlock) file(t *tree, p *Pipeline, folder string) {
	p.CustomersFile, p.CustomersIDColumn, p.CustomersColumns, p.CustomersSheet = inFolder(folder, c.File), c.IDColumn, c.Columns, c.Sheet
	p.CustomersMaxAge = defaultMaxAge
	if c.MaxAge != "" {
		days := daysForm.FindStringSubmatch(strings.TrimSpace(c.MaxAge))
		if days == nil {
			t.problem("fincome.customers.max_age", fmt.Sprintf("fincome.customers.max_age takes a number of days such as 35d, not %q", c.MaxAge), "")
			return
		}
		n, _ := strconv.Atoi(days[1]) // digits, four at most
		p.CustomersMaxAge = time.Duration(n) * 24 * time.Hour
	}
	for axis, header := range c.Columns {
		if strings.TrimSpace(header) == "" {
			t.problem("fincome.customers.columns."+axis, fmt.Sprintf("fincome.customers.columns names no column for the axis %q", axis), "write the header as it stands in the file")
		}
	}
	if err := p.customersFile().Validate(); err != nil && t.at("fincome.customers.columns") != nil {
		t.problem("fincome.customers.columns", err.Error(), "")
	}
}

func (p *Pipeline) customersFile() fincome.FileConfig {
	return fincome.FileConfig{Path: p.CustomersFile, IDColumn: p.CustomersIDColumn, Columns: p.CustomersColumns, Sheet: p.CustomersSheet}
}

// CustomersFrom says where the customers of a run were read.
type CustomersFrom struct {
	Kind string `json:"kind"`           // api or file
	File string `json:"file,omitempty"` // its path
	// ObservedAt is when the file was exported, or when the API was asked.
	ObservedAt time.Time `json:"observed_at"`
	AgeDays    float64   `json:"age_days"`
	Rows       int64     `json:"rows"`
}

// tellCustomers puts into the result where the customers come from, and warns of a
// file that is too old.
func (r *run) tellCustomers(observed time.Time) {
	from := &CustomersFrom{Kind: "api", ObservedAt: observed.UTC(), Rows: r.engine.CustomerCount()}
	r.result.CustomersFrom = from
	if r.CustomersFile != "" {
		from.Kind, from.File = "file", r.CustomersFile
		from.AgeDays = max(0, r.Now().Sub(observed).Hours()/24)
	}
	if ahead := observed.Sub(r.Now()); r.CustomersFile != "" && ahead > clockSkew {
		r.note("%s was modified %s from now, by its time stamp, which is taken for the time of the export: correct the clock or touch the file", filepath.Base(r.CustomersFile), ahead.Round(time.Minute))
	}
	if text := r.ageOfFile(observed); text != "" {
		r.note("%s", text)
	}
	r.Log.Info("read the customers", "from", from.Kind, "customers", from.Rows, "observed", from.ObservedAt.Format(time.RFC3339))
}

// ageOfFile says that the file of customers is too old, empty where it is not.
func (r *run) ageOfFile(observed time.Time) string {
	age := r.Now().Sub(observed)
	if r.CustomersFile == "" || age <= r.CustomersMaxAge {
		return ""
	}
	return fmt.Sprintf("%s is %d days old and fincome.customers.max_age is %d: customers who came since are missing; export the customers again",
		filepath.Base(r.CustomersFile), int(age.Hours()/24), int(r.CustomersMaxAge.Hours()/24))
}
