package pipelines

import (
	"fmt"
	"slices"
	"strings"

	"github.com/axisync/axisync/transform/recordid"
)

// stranger is the error for a customer that the snapshot does not have, with the
// nearest thing to do.
func (x *explaining) stranger() error {
	m := x.snapshot.Manifest()
	text := fmt.Sprintf("the snapshot of the run %s has no customer %q", m.RunID, x.customerID)
	account, customers, err := x.customersOf()
	switch {
	case err != nil:
		return err
	case account != "" && len(customers) == 0:
		return configurationf("%s: it is an account, and no customer means it; see axisync history %s %s", text, x.File, account)
	case account != "":
		return configurationf("%s: it is an account; the customers that mean it are %s", text, listed(customers))
	}
	for _, f := range slices.Backward(x.found) {
		snapshot, err := open(f)
		if err != nil || f.RunID == m.RunID {
			continue
		}
		row, err := one(snapshot.Find("customers", x.customerID))
		if err == nil && row != nil {
			return configurationf("%s; that of %s has it: add --run %[2]s, or see axisync history", text, f.RunID)
		}
	}
	near, err := x.similar()
	switch {
	case err != nil:
		return err
	case near != "":
		return configurationf("%s; did you mean %q?", text, near)
	}
	return configurationf("%s, which holds %d; ids are those of the column customer_id of the table customers", text, x.snapshot.Rows("customers"))
}

// customersOf are the customers that mean the account whose id was given for a
// customer's, in any form; account is empty if it is none.
func (x *explaining) customersOf() (account string, customers []string, err error) {
	for _, id := range idsOf(x.customerID) {
		row, err := matchOf(x.snapshot, "account", id)
		if err != nil {
			return "", nil, err
		}
		if row != nil {
			account = id
			break
		}
	}
	if account == "" {
		return "", nil, nil
	}
	err = eachText(x.snapshot, "matches", []string{"id", "side", "account_id"}, func(cells []string) {
		if cells[1] == "customer" && cells[2] == account {
			customers = append(customers, strings.Clone(cells[0]))
		}
	})
	return account, customers, err
}

// idsOf are the ids that a text may stand for: itself, and the Record ID that it
// can be read as.
func idsOf(text string) []string {
	ids := []string{text}
	if id := recordid.Read(text).ID; id != "" && id != text {
		ids = append(ids, id)
	}
	return ids
}

// similar is the customer whose id differs in blanks or letter case only.
func (x *explaining) similar() (string, error) {
	asked, near := strings.TrimSpace(x.customerID), ""
	err := eachText(x.snapshot, "customers", []string{"customer_id"}, func(cells []string) {
		if near == "" && strings.EqualFold(strings.TrimSpace(cells[0]), asked) {
			near = strings.Clone(cells[0])
		}
	})
	return near, err
}

// listed names the first of many.
func listed(names []string) string {
	const shown = 10
	quoted := make([]string, 0, shown)
	for _, name := range names[:min(len(names), shown)] {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	text := strings.Join(quoted, ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
