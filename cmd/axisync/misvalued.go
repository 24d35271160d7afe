package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/pflag"
)

// fromOne are the flags of numbers to which 0 says nothing.
var fromOne = []string{"limit-customers", "last", "parallel"}

// misvalued says of a flag of a number or a duration what it takes; the words of the
// library are those of whoever wrote the program, not of whoever uses it. Any other error
// stays as it is.
func misvalued(err error) error {
	var wrong *pflag.InvalidValueError
	if !errors.As(err, &wrong) {
		return err
	}
	flag, takes := wrong.GetFlag(), ""
	switch flag.Value.Type() {
	case "int", "int64", "uint64":
		takes = "a number from 0 on"
		if slices.Contains(fromOne, flag.Name) {
			takes = "a number from 1 on"
		}
		if errors.Is(err, strconv.ErrRange) {
			takes = "a smaller number"
		}
	case "duration":
		takes = "a duration such as 90s, 15m or 2h"
	default:
		return err
	}
	return fmt.Errorf("--%s %q: it takes %s", flag.Name, wrong.GetValue(), takes)
}
