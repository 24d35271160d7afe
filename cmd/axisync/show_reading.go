package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/axisync/axisync/pipelines"
)

// showReading tells how the accounts were read where it was not as usual: all.
func showReading(w io.Writer, r *pipelines.Result) {
	switch reading := r.Reading; {
	case reading == nil:
	case reading.FullBecause != "":
		fmt.Fprintf(w, "read      all accounts: %s\n", reading.FullBecause)
	case reading.Mode == "incremental":
		l := r.Ledger
		fmt.Fprintf(w, "read      what has changed since %s: %s changed, %s new, %s gone; the others from %s\n", reading.Since.Format("2006-01-02 15:04 UTC"),
			count(l["accounts_replaced"]), count(l["accounts_added"]), count(l["accounts_removed"]+l["accounts_left"]), reading.Base)
		if len(reading.Whole) > 0 {
			fmt.Fprintf(w, "          of all accounts: %s, for nothing tells when they change\n", strings.Join(reading.Whole, ", "))
		}
	}
}
