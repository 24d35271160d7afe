package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) extract() *cobra.Command {
	var to pipelines.ExtractTo
	cmd := &cobra.Command{
		Use:   "extract PIPELINE (--csv FILE | --parquet DIR)",
		Short: "Accounts with their ids, every value exactly as Salesforce wrote it",
		Long: `Extracts the accounts of a pipeline with their Record IDs and properties, for bulk
work elsewhere. Fincome is not contacted, though the file is read whole, with all its
secrets. A CSV file or a Parquet folder with a manifest is whole.

The first column is Id, and Name is there also where the properties do not name it. The
rows come in the order in which Salesforce gives them, which is another one from one
extract to the next: sort by Id to compare two. What the pipeline reads or keeps (its
file, the customers, the state) is not replaced.`,
		Example: "  axisync extract daily.yaml --csv accounts.csv\n  axisync extract daily.yaml --parquet ./accounts",
		Args:    exactly("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (to.CSV == "") == (to.Parquet == "") {
				return usageError{errors.New("say where to: --csv FILE or --parquet DIR")}
			}
			c.again.Store(goesOn)
			p, o, err := c.load(args[0])
			if err != nil {
				return err
			}
			if err := c.watch(&o); err != nil {
				return err
			}
			defer c.warned(cmd.Context(), saving)()
			started := time.Now()
			extracted, err := pipelines.Extract(cmd.Context(), p, o, to)
			c.still()
			if err != nil {
				return err
			}
			if c.json {
				return json.NewEncoder(c.out).Encode(extracted)
			}
			fmt.Fprintf(c.out, "%s accounts in %s (%d calls) to %s\n", count(extracted.Accounts), seconds(time.Since(started).Seconds()), extracted.Calls, to.CSV+to.Parquet)
			return nil
		},
	}
	cmd.Flags().StringVar(&to.CSV, "csv", "", "write a CSV file (RFC 4180, UTF-8)")
	cmd.Flags().StringVar(&to.Parquet, "parquet", "", "write Parquet files into a folder or a bucket (s3://bucket/prefix)")
	return cmd
}
