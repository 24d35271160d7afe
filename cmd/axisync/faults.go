package main

import (
	"fmt"
	"os"
	"strings"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
)

// readFaults reads a file of faults. What is wrong with it is the user's to put
// right.
func readFaults(path string) (*salesforce.FaultPlan, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{fmt.Errorf("the file of faults cannot be read: %w", err)}
	}
	plan, err := salesforce.ParseFaults(path, content)
	if err != nil {
		return nil, usageError{err}
	}
	return plan, nil
}

// faultTable lists the kinds of faults for the help of simulate.
func faultTable() string {
	var b strings.Builder
	for _, kind := range salesforce.FaultKinds {
		fmt.Fprintf(&b, "  %-17s %-7s %s", kind.Name, kind.Outcome, kind.Meaning)
		if len(kind.Keys) > 0 {
			fmt.Fprintf(&b, " (%s)", strings.Join(kind.Keys, ", "))
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n")
}
