package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) auth() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "auth",
		Short: "connect a source to Salesforce, show the connection, revoke it",
		Args:  cobra.ArbitraryArgs,
		RunE:  authAction,
	}
	cmd.AddCommand(c.authLogin(), c.authStatus(), c.authLogout())
	return cmd
}

// authAction helps where no action is named, or one that is not known.
func authAction(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	known := []string{"login", "status", "logout"}
	text := fmt.Sprintf("auth does not know %q: there are %s", args[0], strings.Join(known, ", "))
	if near := pipelines.Nearest(args[0], known); near != "" {
		text += fmt.Sprintf("; did you mean %q?", near)
	}
	return usageError{errors.New(text)}
}

func (c *command) authLogin() *cobra.Command {
	o := pipelines.LoginOptions{Input: os.Stdin, Now: time.Now}
	open := false
	cmd := &cobra.Command{
		Use:   "login PIPELINE",
		Short: "connect a source",
		Long: `Under the flow authorization_code a person logs in: it prints a page to open in a
browser, serves the redirect URL of the file where that is on localhost, and stores
the token. Any other redirect URL, or --paste (over SSH, say): paste the address on
which the browser ended; the page there need not exist.
Under the other flows it proves that the connection works.

The source belongs to the org of its first login or run. A login into another org is
refused (exit 2): a full sandbox has the same ids and would match perfectly. --repin
gives the source to the other org for good: the history of its properties and the
baseline of its guards are forgotten, plans of before are not applied any more; axes,
approvals and what we know of the cells in Fincome stay.`,
		Example: "  axisync auth login daily.yaml\n  axisync auth login daily.yaml --open\n  ssh -t host axisync auth login daily.yaml --paste",
		Args:    exactly("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.again.Store(beginsAnew)
			p, _, err := c.load(args[0])
			if err != nil {
				return err
			}
			o.Say = func(line string) { fmt.Fprintln(c.errs, line) }
			if open {
				o.Open = openBrowser
			}
			connection, err := pipelines.Login(cmd.Context(), p, o)
			if err != nil {
				return err
			}
			return c.showConnection(connection)
		},
	}
	cmd.Flags().BoolVar(&o.Repin, "repin", false, "give the source to the org that the login leads to")
	cmd.Flags().BoolVar(&o.Paste, "paste", false, "paste the address on which the browser ended")
	cmd.Flags().BoolVar(&open, "open", false, "open the page in a browser")
	return cmd
}

// openBrowser hands the address to the desktop.
func openBrowser(address string) error {
	switch runtime.GOOS {
	case "darwin":
		return exec.Command("open", address).Start()
	case "windows":
		return exec.Command("rundll32", "url.dll,FileProtocolHandler", address).Start()
	}
	return exec.Command("xdg-open", address).Start()
}

func (c *command) authStatus() *cobra.Command {
	offline := false
	cmd := &cobra.Command{
		Use:   "status PIPELINE",
		Short: "who is connected, to which org, with which scopes, since when, and whether it works",
		Long: `Shows the connection of a source and asks Salesforce whether it still works: a
stored refresh token is introspected, not used; a flow without one connects. Exit 3
when a person has to reconnect.`,
		Example: "  axisync auth status daily.yaml\n  axisync auth status daily.yaml --offline --json",
		Args:    exactly("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, _, err := c.load(args[0])
			if err != nil {
				return err
			}
			return c.tellStatus(cmd.Context(), p, offline)
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "only what is stored; contact nobody")
	return cmd
}

func (c *command) tellStatus(ctx context.Context, p *pipelines.Pipeline, offline bool) error {
	connection, err := pipelines.Status(ctx, p, offline)
	if err == nil || !c.json {
		if shown := c.showConnection(connection); shown != nil {
			return shown
		}
		return err
	}
	fmt.Fprintln(c.errs, err) // before the result, which is the last word
	c.code = connection.Exit
	return c.showConnection(connection)
}

func (c *command) authLogout() *cobra.Command {
	forget := false
	cmd := &cobra.Command{
		Use:   "logout PIPELINE",
		Short: "revoke the stored login of a source",
		Long: `Revokes the refresh token at Salesforce, which ends its sessions too, and removes
it from the store. When Salesforce cannot be reached the token is kept, for one that
is forgotten and alive can be revoked by an administrator only (exit 1); --forget
removes it all the same. The source goes on belonging to its org.`,
		Example: "  axisync auth logout daily.yaml",
		Args:    exactly("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, _, err := c.load(args[0])
			if err != nil {
				return err
			}
			farewell, err := pipelines.Logout(cmd.Context(), p, forget)
			if err != nil {
				return err
			}
			if c.json {
				return json.NewEncoder(c.out).Encode(map[string]any{"source": p.Source, "outcome": farewell, "exit": 0})
			}
			fmt.Fprintln(c.out, farewells[farewell])
			return nil
		},
	}
	cmd.Flags().BoolVar(&forget, "forget", false, "remove the token also when Salesforce cannot be reached")
	return cmd
}

var farewells = map[pipelines.Farewell]string{
	pipelines.NothingStored: "no login is stored for this source: there is nothing to revoke",
	pipelines.Revoked:       "the login was revoked at salesforce and removed from the store",
	pipelines.Forgotten:     "the login was removed from the store; salesforce was not reached: revoke the app there (Setup > OAuth Connected Apps Usage)",
}

// showConnection shows a connection: for people, or as one JSON object.
func (c *command) showConnection(connection *pipelines.Connection) error {
	if c.json {
		return json.NewEncoder(c.out).Encode(connection)
	}
	writeConnection(c.out, connection)
	return nil
}

var statuses = map[pipelines.ConnectionStatus]string{
	pipelines.Connected: "connected", pipelines.NotConnected: "not connected", pipelines.Broken: "does not work any more",
	pipelines.Misfit: "does not work as it is configured", pipelines.OtherOrg: "leads to another org than the source belongs to",
	pipelines.Unasked: "as stored; salesforce was not asked", pipelines.Unread: "not known: what is stored here cannot be read",
	pipelines.Unknown: "not known: salesforce did not say whether it works",
}

func writeConnection(out io.Writer, c *pipelines.Connection) {
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(out, "%-11s %s\n", name, oneLine(text))
		}
	}
	row("source", c.Source)
	row("status", statuses[c.Status])
	row("flow", c.Flow)
	row("user", c.Username)
	row("org", orgText(c))
	row("instance", c.InstanceURL)
	row("scopes", strings.Join(c.Scopes, " "))
	if c.LoggedIn != nil {
		row("since", moment(*c.LoggedIn))
	}
	if c.Refreshed != nil {
		row("refreshed", moment(*c.Refreshed))
	}
	if c.Pinned != "" && c.Pinned != c.OrganizationID {
		row("belongs to", c.Pinned)
	}
	row("token store", c.Store)
}

// orgText is an org as people know it: Example Corp (00D..., production).
func orgText(c *pipelines.Connection) string {
	kind := ""
	if c.Sandbox != nil {
		kind = map[bool]string{true: "sandbox", false: "production"}[*c.Sandbox]
	}
	switch {
	case c.OrganizationID == "":
		return ""
	case c.Organization == "" && kind == "":
		return c.OrganizationID
	case c.Organization == "":
		return c.OrganizationID + " (" + kind + ")"
	}
	return fmt.Sprintf("%s (%s, %s)", c.Organization, c.OrganizationID, kind)
}
