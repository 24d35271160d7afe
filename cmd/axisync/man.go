package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// man writes the pages of the manual. It is for those who make packages: it carries a
// renderer that makes the program larger by 0.6 of 127 MB.
func (c *command) man() *cobra.Command {
	return &cobra.Command{
		Use:     "man FOLDER",
		Short:   "writes the pages of the manual into a folder, one for each command",
		Long:    "Writes the pages of the manual into a folder, one for each command. Their date is\nthat of the commit the program was built from.",
		Example: "  axisync man ./man1",
		Hidden:  true,
		Args:    exactly("FOLDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			b := thisBuild()
			written, err := time.Parse(time.RFC3339, b.Date)
			if err != nil {
				written = time.Unix(0, 0) // a page of the same program is the same page
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			literal(root)
			header := &doc.GenManHeader{Section: "1", Source: "axisync " + b.Program, Manual: "axisync", Date: &written}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "the pages are in %s: man %s/axisync.1\n", args[0], strings.TrimSuffix(args[0], "/"))
			return err
		},
	}
}

// literal keeps the lines of a text as they are: the page is rendered from Markdown, which
// would take * and < of a help text for its own.
func literal(cmd *cobra.Command) {
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	for _, sign := range []string{`\`, "`", "*", "_", "<", "#", "["} {
		text = strings.ReplaceAll(text, sign, `\`+sign)
	}
	cmd.Long = text
	for _, below := range cmd.Commands() {
		literal(below)
	}
}
