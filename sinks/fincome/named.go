package fincome

import (
	"context"
	"net/http"
	"slices"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
)

// told is how many issues of one axis are told.
const told = 3

// named gives, by axis, why cells of a write were refused, where the answer names
// axes of this write and nothing else. nil: the refusal is about the whole.
func named(failure *fincome.Error, write []sinks.Cell) map[string]string {
	if failure.Status != http.StatusBadRequest && failure.Status != http.StatusUnprocessableEntity || len(failure.Issues) == 0 {
		return nil
	}
	reasons, times := map[string]string{}, map[string]int{}
	for _, issue := range failure.Issues {
		if issue.Axis == "" || !written(write, issue.Axis) {
			return nil
		}
		switch times[issue.Axis]++; {
		case times[issue.Axis] == 1:
			reasons[issue.Axis] = issue.Message
		case times[issue.Axis] <= told:
			reasons[issue.Axis] += "; " + issue.Message
		}
	}
	return reasons
}

// rejectNamed reports the cells that the answer names. The others were not written
// either: they are attempted again, from the read on.
func (h *handling) rejectNamed(ctx context.Context, failure *fincome.Error, write []sinks.Cell, reasons map[string]string) error {
	isNamed := func(cell sinks.Cell) bool { _, is := reasons[cell.Axis]; return is }
	refused := slices.DeleteFunc(slices.Clone(write), func(cell sinks.Cell) bool { return !isNamed(cell) })
	if err := h.reject(failure, refused, reasons); err != nil {
		return err
	}
	h.left.Cells = slices.DeleteFunc(slices.Clone(h.left.Cells), isNamed)
	if len(h.left.Cells) == 0 {
		return nil
	}
	if err := h.pace.again(ctx); err != nil {
		return err
	}
	return errAgain
}
