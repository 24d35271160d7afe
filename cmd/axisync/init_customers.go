package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/axisync/axisync/pipelines"
)

// fincome asks for the key until it is taken, and for the customers until they can be
// read.
func (i *initiation) fincome(ctx context.Context) error {
	i.heading("fincome")
	defer func() { i.redo = false }()
	for key := false; ; {
		if !key {
			if err := i.askKey(ctx); err != nil {
				return err
			}
			key = true
		}
		if err := i.askCustomers(); err != nil {
			return err
		}
		failed := i.tryCustomers(ctx)
		if failed == nil {
			return nil
		}
		if on, err := i.goOn(failed); on || err != nil {
			return err
		}
		i.redo, key = true, pipelines.ExitCode(failed) != pipelines.ExitAuthorization
	}
}

const usualFincome = "https://api2.fincome.co/product"

// askKey asks for the address and the key until the key is taken.
func (i *initiation) askKey(ctx context.Context) error {
	d := &i.draft
	for {
		if err := i.question("fincome-url", "address of the API", usualFincome, &d.FincomeURL, anything); err != nil {
			return err
		}
		if d.FincomeURL == usualFincome {
			d.FincomeURL = ""
		}
		if d.APIKey == "none" {
			d.APIKey = ""
			return nil
		}
		if err := i.secret("api-key", "api_key", "API key (Settings > Developers)", &d.APIKey); err != nil {
			return err
		}
		failed := i.tryKey(ctx)
		if failed == nil {
			i.redo = false
			return nil
		}
		if on, err := i.goOn(failed); on || err != nil {
			return err
		}
		i.redo = true
	}
}

func (i *initiation) tryKey(ctx context.Context) error {
	if i.offline {
		return nil
	}
	p, err := i.draft.ForCustomers()
	if err != nil {
		return err
	}
	return pipelines.TryKey(ctx, p)
}

func (i *initiation) askCustomers() error {
	err := i.question("customers", "customers: a CSV or XLSX of the export centre, or api", "", &i.customers, i.customersFrom)
	if i.draft.CustomersFile = i.customers; i.customers == "api" {
		i.draft.CustomersFile = ""
	}
	return err
}

// customersFrom takes the api, or a file that is there, relative to the pipeline file.
func (i *initiation) customersFrom(text string) (string, error) {
	if text == "api" && i.draft.APIKey == "" {
		return "", errors.New("the api needs a key: say where it is with --api-key, or name a file of customers")
	}
	if text == "" || text == "api" || i.offline {
		return anything(text)
	}
	path := text
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(i.draft.File), path)
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is not there: export the customers in Fincome's export centre, with their axes", path)
	}
	return text, nil
}

func (i *initiation) tryCustomers(ctx context.Context) error {
	if i.seen = nil; i.offline {
		return nil
	}
	p, err := i.draft.ForCustomers()
	if err != nil {
		return err
	}
	seen, err := pipelines.LookAtCustomers(ctx, p)
	if err != nil {
		return err
	}
	if i.seen = seen; seen.All {
		i.tell("  %s customers, %s axes", count(int64(seen.Customers)), count(int64(len(seen.Axes))))
	} else {
		i.tell("  customers can be read: of the first %s", count(int64(seen.Customers)))
	}
	return nil
}
