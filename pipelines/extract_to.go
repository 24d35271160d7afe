package pipelines

import "context"

// ExtractTo says where the accounts go; one of the two is set.
type ExtractTo struct {
	CSV     string // a file, replaced when it is whole
	Parquet string // a folder, or the URL of a bucket, which must hold nothing yet
}

// checked refuses, before anybody is asked for anything, what an extract must not
// replace and where it cannot write. A link is followed.
func (to ExtractTo) checked(ctx context.Context, p *Pipeline) (ExtractTo, error) {
	if to.Parquet != "" {
		return to, checkFolder(ctx, p, to.Parquet, "extract")
	}
	if to.CSV == "-" {
		return to, configurationf("an extract goes to a file, which appears when it is whole; give its name")
	}
	var err error
	to.CSV, err = checkFile(p, to.CSV, "accounts")
	return to, err
}
