package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/transform/recordid"
)

func (c *command) ids() *cobra.Command {
	var column string
	cmd := &cobra.Command{
		Use:   "ids [--column NAME] [FILE]",
		Short: "normalises Record IDs: one a line or a column of a CSV in, CSV out",
		Long: `Reads Salesforce Record IDs, one a line, from FILE or standard input, and writes a
CSV with the columns input, record_id and verdict. record_id is the 18-character
form: of 15 characters (upgraded_15), of an id whose letter case was folded
(case_repairable), from the address of a record (from_url), without outer blanks
(trimmed). It is empty for what cannot be read: invalid_suffix, several_ids,
not_an_id, empty. Which accounts exist is not asked.

With --column NAME the input is a CSV with a header (UTF-8; comma, semicolon or tab,
found from the header) and NAME the header of the column that holds the ids. Every row
comes out as it is, byte for byte, with two more columns at its end: record_id and
verdict (record_id_2, verdict_2 and so on where the file has columns of these names).
A row with more or fewer cells than the header is an error that names its line (exit 2);
the rows before it have been written then. Blank lines are passed on; in a file of one
column they are rows with an empty cell.

--json gives one object a line instead: input, record_id and verdict, or with --column
every cell by the name of its column, which no two may share, and these two.`,
		Example: "  echo 0015f00000BCvRe | axisync ids\n  axisync ids ids.txt > ids.csv\n  axisync ids --column 'Salesforce ID' customers.csv > customers-ids.csv",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("%q is one argument too many: %s", args[1], cmd.UseLine())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			in := cmd.InOrStdin()
			if len(args) == 1 && args[0] != "-" {
				file, err := os.Open(args[0])
				if err != nil {
					return usageError{err}
				}
				defer file.Close()
				in = file
			}
			if cmd.Flags().Changed("column") {
				return normaliseColumn(cmd.Context(), in, c.out, column, c.json)
			}
			return normalise(in, c.out, c.json)
		},
	}
	cmd.Flags().StringVar(&column, "column", "", "read a CSV and normalise the column with this header")
	return cmd
}

// normalise reads a line at a time, in constant memory.
func normalise(in io.Reader, out io.Writer, asJSON bool) error {
	reader := bufio.NewReaderSize(in, 1<<16)
	begin := readingsAsCSV
	if asJSON {
		begin = readingsAsJSON
	}
	write, flush := begin(out)
	var err error
	for line := 1; err == nil; line++ {
		text, readErr := reader.ReadString('\n')
		if readErr != nil && !errors.Is(readErr, io.EOF) {
			err = fmt.Errorf("line %d cannot be read: %w", line, readErr)
			break
		}
		if text == "" && readErr != nil {
			break
		}
		text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
		if line == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		err = write(text, recordid.Read(text))
	}
	return errors.Join(err, flush())
}

// readingsAsCSV gives what writes a line for a reading, below the header, and what ends
// the writing.
func readingsAsCSV(out io.Writer) (write func(text string, reading recordid.Reading) error, flush func() error) {
	lines := csv.NewWriter(out)
	_ = lines.Write([]string{"input", "record_id", "verdict"}) // an error stays
	write = func(text string, reading recordid.Reading) error {
		return lines.Write([]string{text, reading.ID, verdict(reading)})
	}
	return write, func() error {
		lines.Flush()
		return lines.Error()
	}
}

// readingsAsJSON is readingsAsCSV for an object a line.
func readingsAsJSON(out io.Writer) (write func(text string, reading recordid.Reading) error, flush func() error) {
	buffer := bufio.NewWriterSize(out, 1<<16)
	lines := json.NewEncoder(buffer)
	write = func(text string, reading recordid.Reading) error {
		return lines.Encode(struct {
			Input    string `json:"input"`
			RecordID string `json:"record_id"`
			Verdict  string `json:"verdict"`
		}{text, reading.ID, verdict(reading)})
	}
	return write, buffer.Flush
}

// verdict is one word for a reading: what had to be taken off counts more than
// the length, what had to be repaired counts most.
func verdict(r recordid.Reading) string {
	switch r.Shape {
	case recordid.Exact, recordid.Upgraded15:
		if r.Wrapping != recordid.Bare {
			return string(r.Wrapping)
		}
	}
	return string(r.Shape)
}
