package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) fields() *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "fields PIPELINE [WORDS]",
		Short: "the properties this user can extract, searchable",
		Long: `Lists the properties of the accounts that the connected user can extract: name,
label, type, and whether it is custom or a formula. Words narrow the list to the
properties that have each of them in their name or label, in any letter case. A word
that ends in a dot is a relationship: its list is that of the object it leads to.
With --all it also lists what cannot be extracted, and why. It spends no job.`,
		Example: "  axisync fields daily.yaml\n  axisync fields daily.yaml billing city\n  axisync fields daily.yaml Owner. mail\n  axisync fields daily.yaml --all --json",
		Args: func(cmd *cobra.Command, args []string) error {
			return exactly("PIPELINE")(cmd, args[:min(len(args), 1)])
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c.again.Store(beginsAnew)
			p, o, err := c.load(args[0])
			if err != nil {
				return err
			}
			path, words := splitPath(args[1:])
			listed, err := pipelines.Fields(cmd.Context(), p, o, path)
			if err != nil {
				return err
			}
			found := slices.DeleteFunc(slices.Clone(listed), func(f pipelines.Field) bool { return f.Reason != "" && !all || !hasWords(f, words) })
			if c.json {
				return json.NewEncoder(c.out).Encode(map[string]any{"fields": found})
			}
			showFields(c.out, found, len(listed))
			if len(found) == 0 {
				hintFields(c.out, listed, words)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also what cannot be extracted, and why")
	return cmd
}

// splitPath takes the relationship out of the words.
func splitPath(args []string) (path string, words []string) {
	for _, word := range args {
		if strings.HasSuffix(word, ".") {
			path += word
			continue
		}
		words = append(words, strings.Fields(strings.ToLower(word))...)
	}
	return path, words
}

func hasWords(f pipelines.Field, words []string) bool {
	text := strings.ToLower(f.Name + " " + f.Label)
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func showFields(w io.Writer, fields []pipelines.Field, of int) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range fields {
		// Without a last cell there are no blanks at the end of a line.
		fmt.Fprintf(table, "%s\t%s\t%s", f.Name, f.Label, kind(f))
		if remarks := remarks(f); remarks != "" {
			fmt.Fprintf(table, "\t%s", remarks)
		}
		fmt.Fprintln(table)
	}
	table.Flush()
	fmt.Fprintf(w, "%s of %s properties\n", count(int64(len(fields))), count(int64(of)))
}

// hintFields says what may have been meant by words that nothing has.
func hintFields(w io.Writer, listed []pipelines.Field, words []string) {
	names := make([]string, len(listed))
	for i, f := range listed {
		names[i] = f.Name
	}
	for _, word := range words {
		if relationship, name, related := strings.Cut(word, "."); related && name != "" {
			fmt.Fprintf(w, "the properties of another object are listed over its relationship: %s. %s\n", relationship, name)
		} else if near := pipelines.Nearest(word, names); near != "" {
			fmt.Fprintf(w, "nothing is called %q: did you mean %s?\n", word, near)
		}
	}
}

func kind(f pipelines.Field) string {
	if f.Length > 0 {
		return fmt.Sprintf("%s(%d)", f.Type, f.Length)
	}
	return f.Type
}

func remarks(f pipelines.Field) string {
	var parts []string
	if f.Custom {
		parts = append(parts, "custom")
	}
	if f.Formula {
		parts = append(parts, "formula")
	}
	if f.Leads != "" {
		parts = append(parts, "leads to "+f.Leads)
	}
	if f.Reason != "" {
		parts = append(parts, f.Reason)
	}
	if len(f.Instead) > 0 {
		parts = append(parts, "ask for "+strings.Join(f.Instead, ", "))
	}
	return strings.Join(parts, " · ")
}
