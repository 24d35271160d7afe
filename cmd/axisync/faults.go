package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/axisync/axisync/connector/faults"
	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
)

// readFaults reads a file of faults. What is wrong with it is the user's to put
// right.
func readFaults[T any](path string, parse func(name string, content []byte) (T, error)) (T, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		var none T
		return none, usageError{fmt.Errorf("the file of faults cannot be read: %w", err)}
	}
	plan, err := parse(path, content)
	if err != nil {
		return plan, usageError{err}
	}
	return plan, nil
}

// faultTable lists the kinds of faults for the help of simulate.
func faultTable() string {
	var b strings.Builder
	for _, kind := range salesforce.FaultKinds {
		faultLine(&b, kind.Name, kind.Outcome, kind.Meaning, kind.Keys)
	}
	return strings.TrimRight(b.String(), "\n")
}

// fincomeFaultTable is that of --fincome-faults.
func fincomeFaultTable() string {
	var b strings.Builder
	for _, kind := range fincome.FaultKinds {
		faultLine(&b, kind.Name, kind.Outcome, kind.Meaning, kind.Keys)
	}
	return strings.TrimRight(b.String(), "\n")
}

func faultLine(b *strings.Builder, name string, outcome faults.Outcome, meaning string, keys []string) {
	fmt.Fprintf(b, "  %-17s %-7s %s", name, outcome, meaning)
	if len(keys) > 0 {
		fmt.Fprintf(b, " (%s)", strings.Join(keys, ", "))
	}
	b.WriteByte('\n')
}
