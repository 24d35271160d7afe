package pipelines

import (
	"errors"
	"strings"

	"github.com/axisync/axisync/connector/salesforce"
)

// remedies are what to do about a box that does not say it itself.
var remedies = map[string]string{
	"state":               "make it writable, or move it and say where it is: state in the file, or --state",
	"snapshots":           "make it writable, or move it and say where it is: sinks.parquet.path",
	"import files":        "make the folder writable, or name another one under sinks.file.path",
	"program":             "check sinks.exec.command, and that the program may be executed",
	"salesforce login":    "try again; axisync auth status tells more of the connection",
	"properties":          "axisync fields lists the properties there are: correct salesforce.properties",
	"quota":               "try again, or look at Setup > Company Information > API Requests",
	"customers":           "check fincome.customers, fincome.base_url and fincome.api_key",
	"identification axis": "fill the axis in Fincome, or name another one under fincome.identification_axis",
	"fincome api":         "axisync fincome probe finds out how this account behaves",
	"probe":               "axisync fincome probe puts back what was not",
	"axis names":          "write tag, prefix or bare under axes",
}

// remedied parts what is to be told of a box that is not ticked into what happened and
// what to do: by our rules the second stands behind a semicolon.
func remedied(name, text string) (what, remedy string) {
	if what, remedy, found := strings.Cut(text, "; "); found {
		return what, remedy
	}
	return text, remedies[name]
}

// remediedError is remedied for an error, and for each where several are joined.
func remediedError(name string, err error) (what, remedy string) {
	var refused *salesforce.AuthError
	var hinting interface{ Hint() string }
	text := err.Error()
	switch {
	case errors.As(err, &refused):
		if at := strings.LastIndex(text, "; "+string(refused.Remedy)); at >= 0 { // the server's words may have semicolons too
			return text[:at], text[at+2:]
		}
	case errors.As(err, &hinting) && hinting.Hint() != "":
		if what, found := strings.CutSuffix(text, ": "+hinting.Hint()); found {
			return what, hinting.Hint()
		}
	}
	return remedied(name, text)
}
