package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// choices are the flags that take one of a few words.
var choices = map[string][]string{
	"log-format": {"text", "json"},
	"log-level":  {"debug", "info", "warn", "error"},
	"on-edit":    {"overwrite"},
	"format":     {"table", "json", "csv", "parquet", "html"},
	"flow":       {"authorization_code", "client_credentials", "jwt_bearer", "refresh_token"},
	"progress":   {"auto", "live", "log", "none"},
}

// endings are the flags that name a file of a kind; folders those that name a folder.
var (
	endings = map[string][]string{
		"pipeline": {"yaml", "yml"}, "faults": {"yaml", "yml"}, "fincome-faults": {"yaml", "yml"},
		"csv": {"csv"}, "jwt-certificate": {"pem", "crt"},
	}
	folders = []string{"dir", "parquet", "state"}
)

// completed gives a command and those below it what a shell can complete: the files of
// pipelines, and the words and files that flags take.
func completed(cmd *cobra.Command) {
	if cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = arguments(cmd.Use)
	}
	for name, words := range choices {
		if cmd.Flag(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	for name, kinds := range endings {
		if cmd.Flag(name) != nil {
			_ = cmd.MarkFlagFilename(name, kinds...)
		}
	}
	for _, name := range folders {
		if cmd.Flag(name) != nil {
			_ = cmd.MarkFlagDirname(name)
		}
	}
	for _, below := range cmd.Commands() {
		completed(below)
	}
}

// arguments completes what the usage line names: PIPELINE is a YAML file, FILE is any,
// OLD and NEW may be folders. Runs, ids and words are not known before state is read.
func arguments(use string) cobra.CompletionFunc {
	names := strings.Fields(use)[1:]
	return func(_ *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		switch {
		case strings.Contains(use, "PIPELINE") && (len(given) == 0 || strings.Contains(use, "PIPELINE...")):
			return []cobra.Completion{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		case strings.Contains(use, "FILE]"), strings.Contains(use, "OLD NEW") && len(given) < len(names):
			return nil, cobra.ShellCompDirectiveDefault
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}
