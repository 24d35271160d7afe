package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"

// vulnerabilitiesCommand looks for known vulnerabilities in what the program calls. The
// analysis takes a minute: that the data can be had is found out before.
func vulnerabilitiesCommand(args []string) error {
	flags := flag.NewFlagSet("vulnerabilities", flag.ContinueOnError)
	optional := flags.Bool("if-reachable", false, "say so and succeed where the database cannot be reached")
	folder := flags.String("folder", "..", "the folder of the module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	packages := flags.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	database := os.Getenv("GOVULNDB")
	if database == "" {
		database = "https://vuln.go.dev"
	}
	if err := reachable(database); err != nil {
		err = fmt.Errorf("vulnerabilities were not looked for: the database cannot be had: %w", err)
		if *optional {
			fmt.Fprintln(os.Stderr, err)
			return nil
		}
		return err
	}
	return look(database, *folder, packages, os.Stdout)
}

// look runs the analysis. It is an error that a function with a vulnerability is called; one
// that is only linked is told.
func look(database, folder string, packages []string, out io.Writer) error {
	check := exec.Command("go", append([]string{"run", govulncheck, "-db", database}, packages...)...)
	check.Dir = folder
	check.Env = append(os.Environ(), "GOFLAGS=-tags=duckdb_arrow")
	check.Stdout, check.Stderr = out, out
	if err := check.Run(); err != nil {
		return fmt.Errorf("govulncheck: %w", err)
	}
	return nil
}

// reachable asks for the smallest file of the database.
func reachable(database string) error {
	if folder, local := strings.CutPrefix(database, "file://"); local {
		_, err := os.Stat(filepath.Join(folder, "index", "db.json"))
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, database+"/index/db.json", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s/index/db.json: %s", database, response.Status)
	}
	return nil
}
