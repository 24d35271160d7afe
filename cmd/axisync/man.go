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

// literal keeps the texts of a command and of those below it as they are: a page is
// rendered from Markdown.
func literal(cmd *cobra.Command) {
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	cmd.Long = asMarkdown(text)
	for _, below := range cmd.Commands() {
		literal(below)
	}
}

// asMarkdown marks what is indented as an example, of which every line stays a line, and
// hides in the rest the signs that Markdown would take for its own.
func asMarkdown(text string) string {
	var b strings.Builder
	example := false
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		if indented := strings.HasPrefix(line, "  "); indented != example {
			b.WriteString("\n```\n")
			example = indented
		}
		if !example {
			line = signs.Replace(line)
		}
		b.WriteString(line)
	}
	if example {
		b.WriteString("```\n")
	}
	return b.String()
}

var signs = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "#", `\#`, "[", `\[`)
