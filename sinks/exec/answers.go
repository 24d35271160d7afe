package exec

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/axisync/axisync/sinks"
)

// The longest lines: of an answer, of a line for the log, and of a reason.
const (
	longestAnswer = 1 << 20
	longestWords  = 4 << 10
	longestReason = 8 << 10
)

// answer is a line of the program's standard output.
type answer struct {
	CustomerID *string           `json:"customer_id"`
	Axis       *string           `json:"axis"`
	Outcome    sinks.OutcomeKind `json:"outcome"`
	Code       code              `json:"code"`
	Reason     string            `json:"reason"`
}

// code is a text, or a number as its text.
type code string

// UnmarshalJSON takes both.
func (c *code) UnmarshalJSON(raw []byte) error {
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		*c = code(number)
		return nil
	}
	var text string
	err := json.Unmarshal(raw, &text)
	*c = code(text)
	return err
}

// listen takes the answers to the end. The first that is wrong ends the program.
func (h *handing) listen() {
	lines := bufio.NewReaderSize(h.program.out, 1<<16)
	for number := 1; ; number++ {
		line, whole, err := readLine(lines, longestAnswer)
		if errors.Is(err, errTooLong) {
			h.stop(fmt.Errorf("line %d of the answers is longer than %d bytes, it begins with %s", number, longestAnswer, quoted(line)))
			return
		}
		if len(bytes.TrimSpace(line)) > 0 {
			if wrong := h.take(line); wrong != nil && (whole || json.Valid(line)) { // what a dying program leaves of a line is no answer
				h.stop(fmt.Errorf("line %d of the answers: %w", number, wrong))
				return
			}
			h.alive()
		}
		if err != nil {
			return // the end, or what was left behind keeps the pipe open
		}
	}
}

// take records one answer.
func (h *handing) take(line []byte) error {
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return fmt.Errorf("it is no answer, which looks like {\"customer_id\":\"C-1\",\"axis\":\"A\",\"outcome\":\"acknowledged\"}: %s", quoted(line))
	}
	switch {
	case a.CustomerID == nil || a.Axis == nil:
		return fmt.Errorf("customer_id or axis is missing: %s", quoted(line))
	case a.Outcome != sinks.Acknowledged && a.Outcome != sinks.Accepted && a.Outcome != sinks.Rejected:
		return fmt.Errorf("the outcome %q is none of acknowledged, accepted, rejected", a.Outcome)
	}
	name := cellName{*a.CustomerID, *a.Axis}
	h.mu.Lock()
	cell, known := h.cells[name]
	if cell != nil {
		h.cells[name] = nil
		h.answered++
	}
	h.mu.Unlock()
	switch {
	case !known:
		return fmt.Errorf("the cell %q of customer %q was not handed over", name.axis, name.customer)
	case cell == nil:
		return fmt.Errorf("the cell %q of customer %q is answered twice", name.axis, name.customer)
	}
	outcome := h.outcome(a, *cell)
	if outcome.Kind == sinks.Rejected {
		h.refused = append(h.refused, refusal{name.customer, outcome.Code, outcome.Reason})
	}
	return h.journal.Record(outcome)
}

// refusal is a cell that the program refused.
type refusal struct{ customer, code, reason string }

// count adds the customers that a start of the program has refused to the others.
func (h *handing) count(refused *sinks.Refusals) {
	slices.SortStableFunc(h.refused, func(a, b refusal) int { return strings.Compare(a.customer, b.customer) })
	for _, r := range h.refused {
		refused.Add(r.customer, sinks.RefusedKind{Code: r.code, Reason: r.reason, Remedy: Remedy(h.config.Name)})
	}
}

// Remedy says what to do about a reject of the program of a target. It is kept
// nowhere: who shows a reject asks for it.
func Remedy(name string) string { return "look at what the program " + name + " says of this cell" }

func (h *handing) outcome(a answer, cell sinks.Cell) sinks.Outcome {
	o := sinks.Outcome{Kind: a.Outcome, CustomerID: *a.CustomerID, Cell: cell, Now: cell.Before, At: h.config.Now()}
	switch a.Outcome {
	case sinks.Acknowledged:
		o.Now = cell.After
	case sinks.Rejected:
		o.Code, o.Reason = shortened(string(a.Code), 200), shortened(a.Reason, longestReason)
		if o.Code == "" {
			o.Code = "rejected"
		}
		o.Remedy = Remedy(h.config.Name)
	}
	return o
}

// logs puts what the program writes to standard error into the log.
func (h *handing) logs() {
	lines := bufio.NewReaderSize(h.program.wrote, longestWords)
	for {
		line, _, err := readLine(lines, longestWords)
		if text := strings.TrimSpace(strings.ToValidUTF8(string(line), "\ufffd")); text != "" {
			h.config.Log.Info("the program says", "program", h.config.Name, "text", text)
			h.mu.Lock()
			h.last = shortened(text, 200)
			h.mu.Unlock()
		}
		if err != nil && !errors.Is(err, errTooLong) {
			return
		}
	}
}

var errTooLong = errors.New("the line is too long")

// readLine reads a line without its end. Of one that is longer than most it gives the
// beginning, with errTooLong; the next call goes on in it. whole: its end was there.
func readLine(r *bufio.Reader, most int) (line []byte, whole bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return bytes.TrimRight(line, "\r\n"), true, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, false, io.EOF // or a pipe that was given up
		case len(line) >= most:
			return line, false, errTooLong
		}
	}
}

func quoted(line []byte) string { return fmt.Sprintf("%q", shortened(string(line), 200)) }

// shortened cuts a text, between characters.
func shortened(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
