package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// What a shell offers for a flag is what the help of the flag says, and a flag that lists
// words is completed.
func TestWordsOfFlagsAreThoseOfTheHelp(t *testing.T) {
	t.Parallel()
	root := (&command{out: &checkedWriter{Writer: &bytes.Buffer{}}, errs: &bytes.Buffer{}}).root()
	seen := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			for _, word := range choices[f.Name] {
				seen[f.Name] = true
				if !strings.Contains(f.Usage, word) {
					t.Errorf("%s --%s is completed by %q, which its help does not name: %q", cmd.CommandPath(), f.Name, word, f.Usage)
				}
			}
		})
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	walk(root)
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) { seen[f.Name] = true })
	for _, name := range []string{"format", "log-format", "log-level", "on-edit"} {
		if !seen[name] || len(choices[name]) == 0 {
			t.Errorf("--%s is not completed", name)
		}
	}
}
