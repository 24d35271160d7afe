package fincome

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
)

// Remedy says what to do about a reject of this target, by its code (the status
// that Fincome answered, or one of the codes not_applied, other_customer, no_customer
// and invalid_id), by what its reason names, and by the axis that was refused; empty
// where all were. It is kept nowhere: who shows a reject asks for it.
func Remedy(code, reason, axis string) string {
	switch code {
	case "400", "422":
		return remedyFor(reason, axis)
	case "403":
		return "the key may not read or change this customer: let it, or leave the customer out of the list of customers"
	case "404", "410":
		return "the customer is gone from Fincome: export the customers again"
	case "409":
		return "somebody was changing this customer in Fincome at the same time: the next run sends it again"
	case "413":
		return "the customer has become too large for Fincome: shorten the value, or leave the property out"
	case "414", "431":
		return "the id of the customer is too long for Fincome: correct it in the list of customers"
	case "423":
		return "the customer is locked in Fincome: unlock it, then run with --retry-rejects"
	case "not_applied":
		return "Fincome accepted the value and did not keep it: set it by hand once, or look whether the axis takes it"
	case fincome.CodeOtherCustomer:
		return "the customer was merged into another in Fincome: export the customers again"
	case fincome.CodeInvalidID:
		return "correct the id in the list of customers"
	case fincome.CodeNoCustomer:
		return "Fincome shows this customer in a form that is not known: look at it in Fincome"
	}
	return "look at the customer in Fincome: the reason says what keeps it from being changed"
}

// places are where reasons of a 422 begin that name an axis, or the id in the path.
var (
	axisPlace = regexp.MustCompile(`^body\.([^.:]+\.)?custom_properties\.`)
	pathPlace = regexp.MustCompile(`^(path|query)\b`)
)

// remedyFor is the remedy for what the reason of a 400 or a 422 names first.
func remedyFor(reason, axis string) string {
	place := axisPlace.FindString(reason)
	axis = strings.Join(strings.Fields(axis), " ") // as it stands in a reason
	switch at := strings.TrimPrefix(reason[len(place):], axis); {
	case place != "" && axis != "" && len(place)+len(axis)+len(at) == len(reason) && (strings.HasPrefix(at, ":") || strings.HasPrefix(at, ".")):
		return "Fincome does not take this value: correct it in Salesforce, or leave the property out"
	case place != "":
		return "Fincome does not take what the customer holds in the axis that the reason names: correct it in Fincome"
	case pathPlace.MatchString(reason):
		return "Fincome does not take the id of this customer: correct it in the list of customers, or leave the customer out"
	}
	return "Fincome does not let this customer be changed: the reason says why; look at the customer in Fincome, then run with --retry-rejects"
}

// reject reports cells of a customer that Fincome refused, each with its own reason;
// reasons is nil where the answer is one about all of them.
func (h *handling) reject(failure *fincome.Error, cells []sinks.Cell, reasons map[string]string) error {
	code := failure.Code
	if failure.Status != 0 && code != fincome.CodeOtherCustomer {
		code = fmt.Sprint(failure.Status)
	}
	for _, cell := range cells {
		reason, axis := failure.Message, ""
		if reasons != nil {
			reason, axis = reasons[cell.Axis], cell.Axis
		}
		err := h.journal.Record(sinks.Outcome{
			Kind: sinks.Rejected, CustomerID: h.left.CustomerID, Cell: cell,
			Code: code, Reason: reason, Remedy: Remedy(code, reason, cell.Axis), At: h.config.Now(),
		})
		if err != nil {
			return err
		}
		kind := sinks.RefusedKind{Code: code, Axis: axis, Reason: reason, Remedy: Remedy(code, reason, axis)}
		if !h.refused[kind] { // a customer counts once
			if h.refused == nil {
				h.refused = map[sinks.RefusedKind]bool{}
			}
			h.refused[kind] = true
			h.tally.refused.Add(h.left.CustomerID, kind)
		}
	}
	return nil
}
