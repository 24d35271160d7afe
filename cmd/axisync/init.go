package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) init() *cobra.Command {
	i := &initiation{command: c, kept: map[string]bool{}}
	cmd := &cobra.Command{
		Use:   "init [FILE]",
		Short: "writes a commented pipeline file; asks on a terminal, takes flags elsewhere",
		Long: `Writes a pipeline file (daily.yaml where none is named), and its schema beside it.
On a terminal it asks what it needs, and tries what can be tried on the way: a wrong
secret is told before the next question. A question whose flag is given is not asked.
Without a terminal nothing is asked, and every flag that is missing is told at once.

Secrets never stand in the file, only where they are: env:NAME or file:PATH, relative
to the file. On a terminal a secret may be typed unseen into a file of your own.

With --simulated FILE, where FILE is what axisync simulate prints, it takes addresses
and credentials from there; a file that is still empty is waited for, ten seconds.`,
		Example: `  axisync init
  axisync init crm.yaml --flow client_credentials --login-url https://your-domain.my.salesforce.com
  axisync init daily.yaml --no-input --source 'Salesforce - Accounts' --properties Industry,Phone \
    --login-url https://your-domain.my.salesforce.com --flow client_credentials --customers customers.csv \
    --identification-axis 'Salesforce ID' --offline
  axisync simulate > simulated.json & axisync init trial.yaml --simulated simulated.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly("FILE")(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			i.given = cmd.Flags().Changed
			i.draft.File = "daily.yaml"
			if len(args) == 1 {
				i.draft.File = args[0]
			}
			return i.write(cmd.Context())
		},
	}
	i.flags(cmd)
	return cmd
}

// initiation is one way from nothing to a pipeline file.
type initiation struct {
	*command
	given func(flag string) bool
	ask   *asker // nil: nobody can be asked
	draft pipelines.Draft

	customers, properties, tag      string
	force, offline, noInput, others bool
	redo                            bool // ask also what flags say: it did not work
	simulated                       string

	connected bool            // Salesforce can be asked
	signedIn  bool            // a person has logged in
	kept      map[string]bool // the secrets that were typed
	fields    *fieldList
	seen      *pipelines.CustomersSeen // nil: nobody has looked
}

func (i *initiation) flags(cmd *cobra.Command) {
	d, flags := &i.draft, cmd.Flags()
	flags.StringVar(&d.Source, "source", "", "unique name of the source")
	// --state is a flag of every command
	flags.StringVar(&d.Snapshots, "snapshots", "./snapshots", "folder or bucket of the snapshots")
	flags.StringVar(&d.Keep, "keep", "30 daily 12 monthly", "which snapshots stay; all: every one")
	flags.StringVar(&d.Flow, "flow", "", "authorization_code (a person logs in once; so where none is named), client_credentials, jwt_bearer or refresh_token")
	flags.StringVar(&d.LoginURL, "login-url", "", "where Salesforce is logged into: the My Domain of the org")
	flags.StringVar(&d.ClientID, "client-id", "env:SALESFORCE_CLIENT_ID", "where the Consumer Key is: env:NAME or file:PATH")
	flags.StringVar(&d.ClientSecret, "client-secret", "env:SALESFORCE_CLIENT_SECRET", "where the Consumer Secret is")
	flags.StringVar(&d.RedirectURL, "redirect-url", "http://localhost:8765/callback", "callback URL of the app, under authorization_code")
	flags.StringVar(&d.Username, "username", "", "the user to act for, under jwt_bearer")
	flags.StringVar(&d.PrivateKey, "private-key", "file:server.key", "where the private key is, under jwt_bearer")
	flags.StringVar(&d.RefreshToken, "refresh-token", "env:SALESFORCE_REFRESH_TOKEN", "where the first refresh token is, under refresh_token")
	flags.StringVar(&i.properties, "properties", "", "API names of the properties, separated by commas")
	flags.StringVar(&d.FincomeURL, "fincome-url", "", "address of Fincome's API (https://api2.fincome.co/product)")
	flags.StringVar(&d.APIKey, "api-key", "env:FINCOME_API_KEY", "where Fincome's API key is; none: a file of customers in, snapshots out")
	flags.StringVar(&i.customers, "customers", "", "file of the customers (CSV or XLSX of the export centre), or api")
	flags.StringVar(&d.IdentificationAxis, "identification-axis", "", "axis whose value says which account a customer is")
	flags.StringVar(&d.Key, "match-key", "Id", "property that the identification axis holds")
	flags.StringVar(&i.tag, "tag", "", "six characters in the names of the axes; new: invented")
	flags.StringVar(&d.Naming.Prefix, "prefix", "", "the axes are called Salesforce, this, and the property")
	flags.BoolVar(&d.Naming.Bare, "bare", false, "the axes are called as the properties are")
	flags.BoolVar(&i.others, "unknown-properties", false, "take properties that Salesforce does not show as well")
	flags.StringVar(&i.simulated, "simulated", "", "file with the first line of axisync simulate: addresses and credentials")
	flags.BoolVar(&i.force, "force", false, "replace a file that is there")
	flags.BoolVar(&i.offline, "offline", false, "try nothing, contact nobody")
	flags.BoolVar(&i.noInput, "no-input", false, "ask nothing, as without a terminal")
	cmd.MarkFlagsMutuallyExclusive("tag", "prefix", "bare")
}

// write goes through the questions and writes the file.
func (i *initiation) write(ctx context.Context) error {
	if _, err := os.Lstat(i.draft.File); err == nil && !i.force {
		return i.there()
	}
	if folder := filepath.Dir(i.draft.File); !isFolder(folder) {
		return usageError{fmt.Errorf("%s is to stand in the folder %s, which is not there: make it first", i.draft.File, folder)}
	}
	if !i.noInput && !i.json {
		i.ask = i.newAsker(ctx)
	}
	if err := i.simulate(ctx); err != nil {
		return err
	}
	if err := i.tellMissing(); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{i.names, i.salesforce, i.chooseProperties, i.fincome, i.axis, i.naming} {
		if err := step(ctx); err != nil {
			return i.unwritten(err)
		}
	}
	if err := i.draft.Write(i.force); errors.Is(err, os.ErrExist) {
		return i.there()
	} else if err != nil {
		return err
	}
	return i.next(ctx)
}

// names asks how the source is called and where its things go.
func (i *initiation) names(context.Context) error {
	d := &i.draft
	i.heading("the source: " + d.File)
	if err := i.question("source", "name, unique and for good", "Salesforce - Accounts", &d.Source, sourceName); err != nil {
		return err
	}
	d.State = i.state
	if err := i.question("state", "state: folder or bucket of what it remembers", "./state", &d.State, anything); err != nil {
		return err
	}
	if err := i.question("snapshots", "snapshots: folder or bucket", d.Snapshots, &d.Snapshots, anything); err != nil {
		return err
	}
	if d.Keep == "all" {
		d.Keep = ""
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (i *initiation) there() error {
	return usageError{fmt.Errorf("%s is there already; name another file, or replace it with --force", i.draft.File)}
}

// unwritten says of who leaves that there is no file.
func (i *initiation) unwritten(err error) error {
	if leaves(err) {
		return fmt.Errorf("%w; %s was not written", err, i.draft.File)
	}
	return err
}

// tellMissing names every flag that has to be given where nobody can be asked.
func (i *initiation) tellMissing() error {
	if i.ask != nil {
		return nil
	}
	var missing []string
	for _, need := range []struct{ flag, value string }{
		{"source", i.draft.Source},
		{"properties", i.properties}, {"customers", i.customers}, {"identification-axis", i.draft.IdentificationAxis},
	} {
		if strings.TrimSpace(need.value) == "" {
			missing = append(missing, "--"+need.flag)
		}
	}
	if i.draft.Flow == "client_credentials" && i.draft.LoginURL == "" {
		missing = append(missing, "--login-url")
	}
	if i.draft.Flow == "jwt_bearer" && i.draft.Username == "" {
		missing = append(missing, "--username")
	}
	if missing == nil {
		return nil
	}
	why := "without a terminal nothing is asked"
	if i.noInput || i.json {
		why = "nothing is asked"
	}
	return usageError{fmt.Errorf("%s: %s missing; see axisync init --help", why, strings.Join(missing, ", ")+map[bool]string{true: " is", false: " are"}[len(missing) == 1])}
}

// next tells what was written, and offers what comes next.
func (i *initiation) next(ctx context.Context) error {
	file := i.draft.File
	steps := [][]string{{"check", file}, {"plan", file}}
	if i.draft.Flow == "authorization_code" && !i.signedIn {
		steps = append([][]string{{"auth", "login", file}}, steps...)
	}
	if i.json {
		var commands []string
		for _, step := range steps {
			commands = append(commands, commandLine(step))
		}
		return json.NewEncoder(i.out).Encode(map[string]any{
			"file": file, "schema": filepath.Join(filepath.Dir(file), pipelines.SchemaName), "tag": i.draft.Naming.Tag, "next": commands, "exit": 0,
		})
	}
	fmt.Fprintf(i.out, "wrote %s, and beside it %s for your editor\n", file, pipelines.SchemaName)
	if i.ask == nil {
		for _, step := range steps {
			fmt.Fprintf(i.out, "next: %s\n", commandLine(step))
		}
		return nil
	}
	return i.offer(ctx, steps)
}

func commandLine(words []string) string {
	quoted := make([]string, len(words))
	for n, word := range words {
		quoted[n] = word
		if strings.ContainsAny(word, " \t'\"$&;()<>|*?#\\") {
			quoted[n] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return "axisync " + strings.Join(quoted, " ")
}

// offeredWith are the words with which a command is offered.
var offeredWith = map[string]string{
	"auth":  "log in now",
	"check": "check now, which spends no job",
	"plan":  "plan now, which spends one query job and sends nothing",
}

// offer runs what comes next where the person wants it, and ends where one fails.
func (i *initiation) offer(ctx context.Context, steps [][]string) error {
	for n, step := range steps {
		wanted, err := i.ask.yes(offeredWith[step[0]]+"?  "+commandLine(step), true)
		if err == nil && wanted {
			root := i.root()
			root.SetArgs(step)
			if err = root.ExecuteContext(ctx); err == nil && i.code == 0 {
				continue
			}
		}
		if leaves(err) {
			err = nil // the file is written: the person has had enough
		}
		for _, left := range steps[n:] {
			fmt.Fprintf(i.out, "next: %s\n", commandLine(left))
		}
		return err
	}
	return nil
}
