package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
)

// world is both simulators on loopback, the customers of one referring to the
// accounts of the other.
type world struct {
	salesforce    *salesforce.Server
	fincome       *fincome.Server
	salesforceURL string
	fincomeURL    string
	servers       []*http.Server
	leave         context.CancelFunc // sends those who edit in Fincome home
	editing       sync.WaitGroup
}

type worldConfig struct {
	accounts, customers         int
	seed                        uint64
	salesforceAddr, fincomeAddr string
	replace                     bool
	// faults is a file of what goes wrong with requests to Salesforce.
	faults string
	lively bool
	access accessConfig
	// switches are values of --fincome, fincomeFaults a file of what goes wrong
	// with requests to it.
	switches      []string
	fincomeFaults string
}

func newWorld(config worldConfig) (*world, error) {
	crm, err := config.access.config(config.seed, config.accounts)
	if err != nil {
		return nil, err
	}
	crm.Lively, crm.Formulas = config.lively, config.lively
	setup, err := readSwitches(config.switches)
	if err != nil {
		return nil, usageError{err}
	}
	w := &world{salesforce: salesforce.New(crm)}
	if err := w.begin(config, setup); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// begin serves both.
func (w *world) begin(config worldConfig, setup fincomeSetup) (err error) {
	if config.faults != "" {
		plan, err := readFaults(config.faults, salesforce.ParseFaults)
		if err != nil {
			return err
		}
		w.salesforce.Faults(plan)
	}
	if config.replace {
		setup.Update = fincome.Replace
	}
	setup.Seed, setup.Customers, setup.Accounts = config.seed, config.customers, w.accounts()
	w.fincome = fincome.New(setup.Config)
	if config.fincomeFaults != "" {
		plan, err := readFaults(config.fincomeFaults, fincome.ParseFaults)
		if err != nil {
			return err
		}
		w.fincome.Faults(plan)
	}
	if w.salesforceURL, err = w.serve(config.salesforceAddr, w.days(w.salesforce)); err != nil {
		return err
	}
	base := cmp.Or(setup.BasePath, "/product")
	if w.fincomeURL, err = w.serve(config.fincomeAddr, w.people(base)); err != nil {
		return err
	}
	w.fincomeURL += base
	if setup.editors > 0 && config.customers > 0 {
		var ctx context.Context
		ctx, w.leave = context.WithCancel(context.Background())
		editor := w.fincome.Editor(fincome.EditorConfig{Seed: config.seed, Axes: setup.edited})
		w.editing.Go(func() { editor.Run(ctx, setup.editors) })
	}
	return nil
}

// accounts are what the customers may refer to.
func (w *world) accounts() iter.Seq[fincome.Account] {
	return func(yield func(fincome.Account) bool) {
		for a := range w.salesforce.All() {
			name, _ := a.Value("Name")
			number, _ := a.Value("External_Id__c")
			if !yield(fincome.Account{ID: a.ID(), Name: name, Deleted: a.Deleted(), MasterID: a.MasterRecordID(), Number: number}) {
				return
			}
		}
	}
}

// days adds to the simulated Salesforce what no real one has: the next day.
func (w *world) days(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /simulator/advance", func(out http.ResponseWriter, _ *http.Request) {
		w.salesforce.Advance()
		fmt.Fprintf(out, "day %d\n", w.salesforce.Day())
	})
	mux.HandleFunc("POST /simulator/change", func(out http.ResponseWriter, in *http.Request) {
		share, err := strconv.ParseFloat(in.FormValue("share"), 64)
		if err != nil || share < 0 || share > 1 {
			http.Error(out, "share has to be a number from 0 to 1", http.StatusBadRequest)
			return
		}
		w.salesforce.Change(share)
		fmt.Fprintf(out, "changed %g of the accounts\n", share)
	})
	w.access(mux)
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if strings.HasPrefix(in.URL.Path, "/simulator/") {
			mux.ServeHTTP(out, in)
			return
		}
		next.ServeHTTP(out, in) // without a mux: it would clean paths that the real one refuses
	})
}

func (w *world) serve(address string, handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("a simulator cannot listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	w.servers = append(w.servers, server)
	go server.Serve(listener) // ends with close, which is all it can tell
	return "http://" + listener.Addr().String(), nil
}

func (w *world) close() {
	for _, server := range w.servers {
		server.Close()
	}
	w.salesforce.Close()
	if w.leave != nil {
		w.leave()
		w.editing.Wait()
	}
}

// environment is what the example files ask for.
func (w *world) environment() map[string]string {
	credentials := w.salesforce.Credentials()
	return map[string]string{
		"SALESFORCE_URL": w.salesforceURL, "SALESFORCE_CLIENT_ID": credentials.ClientID, "SALESFORCE_CLIENT_SECRET": credentials.ClientSecret,
		"FINCOME_URL": w.fincomeURL, "FINCOME_API_KEY": fincome.DefaultAPIKey,
	}
}

// check finds what no world can have.
func (w worldConfig) check() error {
	if w.accounts < 0 || w.customers < 0 {
		return usageError{errors.New("--accounts and --customers cannot be negative")}
	}
	return nil
}

func (c *command) simulate() *cobra.Command {
	config := worldConfig{}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "a simulated Salesforce and a simulated Fincome, until interrupted",
		Long:  simulateHelp(),
		Example: "  axisync simulate --accounts 10000 --customers 2000\n" +
			"  axisync simulate --fincome 'verb=PUT,path=/customers/{id},null=stores,delay=5s,rate=50,editors=10'",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := config.check(); err != nil {
				return err
			}
			return c.serveWorld(cmd.Context(), config)
		},
	}
	cmd.Flags().IntVar(&config.accounts, "accounts", 100_000, "live accounts on the first day")
	cmd.Flags().IntVar(&config.customers, "customers", 20_000, "customers in Fincome")
	cmd.Flags().Uint64Var(&config.seed, "seed", 1, "the same seed and numbers give the same data")
	cmd.Flags().StringVar(&config.salesforceAddr, "salesforce-addr", "127.0.0.1:0", "address of the simulated Salesforce")
	cmd.Flags().StringVar(&config.fincomeAddr, "fincome-addr", "127.0.0.1:0", "address of the simulated Fincome")
	cmd.Flags().StringVar(&config.faults, "faults", "", "a file of what goes wrong with requests to Salesforce")
	cmd.Flags().BoolVar(&config.lively, "lively", false, "the days also bring hard deletes, undeletes, renamed users; and formula fields that change by themselves")
	config.access.flags(cmd)
	cmd.Flags().BoolVar(&config.replace, "replace", false, "the same as --fincome update=replace")
	cmd.Flags().StringSliceVar(&config.switches, "fincome", nil, "how Fincome behaves: key=value,... of the table above; may be given several times")
	cmd.Flags().StringVar(&config.fincomeFaults, "fincome-faults", "", "a file of what goes wrong with requests to Fincome")
	return cmd
}

func (c *command) serveWorld(ctx context.Context, config worldConfig) error {
	w, err := newWorld(config)
	if err != nil {
		return err
	}
	defer w.close()
	credentials := w.salesforce.Credentials()
	line, err := json.Marshal(map[string]string{
		"salesforce_url": w.salesforceURL, "fincome_url": w.fincomeURL,
		"client_id": credentials.ClientID, "client_secret": credentials.ClientSecret,
		"username": credentials.Username, "password": credentials.Password,
		"fincome_api_key": fincome.DefaultAPIKey,
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, string(line))
	<-ctx.Done()
	return ctx.Err()
}
