// Command exec is a worked example of a program for the sink exec (docs/targets.md). It
// keeps the axes of every customer in a JSON file, as a stand-in for the system of your
// own that it is to be replaced by:
//
//	sinks:
//	  - exec: { name: crm, command: [./crm, --longest, "255", crm.json] }
//
// It is safe to be given the same cell again, keeps what it has taken before it answers,
// and refuses what its system cannot hold instead of failing.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

func main() {
	longest := flag.Int("longest", 255, "characters of a value that are taken at most")
	flag.Parse()
	if err := run(flag.Arg(0), *longest); err != nil {
		fmt.Fprintln(os.Stderr, err) // goes to the log of axisync
		os.Exit(1)
	}
}

// answer is a line of the standard output.
type answer struct {
	CustomerID string `json:"customer_id"`
	Axis       string `json:"axis"`
	Outcome    string `json:"outcome"` // acknowledged, accepted or rejected
	Code       string `json:"code,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

func run(path string, longest int) error {
	customers, err := load(path)
	if err != nil {
		return err
	}
	changes, err := ipc.NewReader(os.Stdin)
	if err != nil {
		return err
	}
	defer changes.Release()
	out := bufio.NewWriter(os.Stdout)
	lines := json.NewEncoder(out)
	for changes.Next() {
		answers := take(customers, changes.RecordBatch(), longest)
		if err := save(path, customers); err != nil { // what is answered has to be kept
			return err
		}
		for _, a := range answers {
			if err := lines.Encode(a); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	if err := changes.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// take carries out a batch. Its columns are customer_id, axis, before, before_type,
// after, case and after_type; an after that is null empties the cell.
func take(customers map[string]map[string]string, batch arrow.RecordBatch, longest int) []answer {
	column := func(name string) *array.String {
		return batch.Column(batch.Schema().FieldIndices(name)[0]).(*array.String)
	}
	ids, axes, values := column("customer_id"), column("axis"), column("after")
	var answers []answer
	for row := range int(batch.NumRows()) {
		a := answer{CustomerID: ids.Value(row), Axis: axes.Value(row), Outcome: "acknowledged"}
		if customers[a.CustomerID] == nil {
			customers[a.CustomerID] = map[string]string{}
		}
		switch value := values.Value(row); {
		case values.IsNull(row):
			delete(customers[a.CustomerID], a.Axis)
		case utf8.RuneCountInString(value) > longest:
			a.Outcome, a.Code, a.Reason = "rejected", "too_long", fmt.Sprintf("a value has %d characters at most", longest)
		default:
			customers[a.CustomerID][a.Axis] = value
		}
		answers = append(answers, a)
	}
	return answers
}

func load(path string) (map[string]map[string]string, error) {
	customers := map[string]map[string]string{}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return customers, nil
	}
	if err != nil {
		return nil, err
	}
	return customers, json.Unmarshal(content, &customers)
}

// save replaces the file as a whole.
func save(path string, customers map[string]map[string]string) error {
	content, err := json.MarshalIndent(customers, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(content, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
