package main

import (
	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) schema() *cobra.Command {
	reference := false
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "the JSON Schema of the pipeline file",
		Long: `Prints the JSON Schema (2020-12) of the pipeline file. An editor that knows it
completes keys and values, explains them and marks what is wrong. axisync init writes
it beside the file; for a file of before, put it there and name it in the first line:

  # yaml-language-server: $schema=` + pipelines.SchemaName,
		Example: "  axisync schema > " + pipelines.SchemaName + "\n  axisync schema --markdown",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			text := pipelines.Schema()
			if reference && c.json {
				return noJSON()
			}
			if reference {
				text = []byte(pipelines.Reference())
			}
			_, err := c.out.Write(text)
			return err
		},
	}
	cmd.Flags().BoolVar(&reference, "markdown", false, "every key as a table in Markdown instead")
	return cmd
}
