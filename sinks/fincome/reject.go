package fincome

import (
	"fmt"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
)

// Remedy says what to do about a reject of this target, by its code: the status
// that Fincome answered, or one of the codes not_applied, other_customer and
// invalid_id. It is kept nowhere: who shows a reject asks for it.
func Remedy(code string) string {
	switch code {
	case "400", "422":
		return "Fincome does not take this value: correct it in Salesforce, or leave the property out"
	case "404", "410":
		return "the customer is gone from Fincome: export the customers again"
	case "409":
		return "somebody was changing this customer in Fincome at the same time: the next run sends it again"
	case "413":
		return "the customer has become too large for Fincome: shorten the value, or leave the property out"
	case "not_applied":
		return "Fincome accepted the value and did not keep it: set it by hand once, or look whether the axis takes it"
	case fincome.CodeOtherCustomer:
		return "the customer was merged into another in Fincome: export the customers again"
	case fincome.CodeInvalidID:
		return "correct the id in the list of customers"
	}
	return "look at the customer in Fincome"
}

// reject reports every cell of a customer that Fincome refused.
func (d *delivery) reject(failure *fincome.Error, id string, cells []sinks.Cell) error {
	code := failure.Code
	if failure.Status != 0 && code != fincome.CodeOtherCustomer {
		code = fmt.Sprint(failure.Status)
	}
	for _, cell := range cells {
		err := d.journal.Record(sinks.Outcome{
			Kind: sinks.Rejected, CustomerID: id, Cell: cell,
			Code: code, Reason: failure.Message, Remedy: Remedy(code), At: d.config.Now(),
		})
		if err != nil {
			return err
		}
	}
	d.tally.refused.Add(id, code, failure.Message, Remedy(code))
	return nil
}
