// Package suggest finds out which property of the accounts says which customer is
// which account. It holds a sample of the values of every axis of the customers
// against every property of all accounts, read once, and ranks the pairs.
//
// It is pure and bounded: the sample takes so many values in all, whatever the
// number of customers and axes, and nothing is kept of an account but a few ids
// for examples. Values are compared by 64-bit hashes: of a hundred million cells
// against four hundred thousand values one in four hundred thousand such trials
// takes one pair of values for equal that is not.
package suggest

import "github.com/axisync/axisync/connector"

// Property is a column of the accounts that is tried.
type Property struct {
	connector.Property
	// Declared: Salesforce itself says that it identifies an account (an external
	// id, a unique or an auto number field).
	Declared bool
}

// Pair is one axis of the customers with one property of the accounts.
type Pair struct {
	Axis     string `json:"identification_axis"`
	Property string `json:"match_key"`
	// Carried is how many customers have a value in the axis, of Customers in all.
	Carried   int64 `json:"carried"`
	Customers int64 `json:"customers"`
	// Sampled is how many of those were looked at; the figures below are of them.
	Sampled int64 `json:"sampled"`
	// Plain are the figures of a literal comparison; for the Record ID after every
	// repair.
	Plain Figures `json:"figures"`
	// Eased are the figures under match.trim and match.fold_case as far as Trim and
	// Fold say so, which are set where that finds more customers; else they are
	// Plain.
	Eased Figures `json:"eased"`
	Trim  bool    `json:"trim"`
	Fold  bool    `json:"fold_case"`

	Examples []Example `json:"examples"`

	declared bool
}

// Figures say how well a pair fits.
type Figures struct {
	Found  int64 `json:"found"`  // customers that find an account
	Unique int64 `json:"unique"` // of those, customers that find exactly one
	// SharedByAccounts is how many values of customers several accounts have,
	// SharedByCustomers how many found values several customers of the sample have.
	SharedByAccounts  int64 `json:"values_shared_by_accounts"`
	SharedByCustomers int64 `json:"values_shared_by_customers"`
}

// Example is one customer of a pair.
type Example struct {
	CustomerID string `json:"customer_id"`
	Value      string `json:"value"`
	AccountID  string `json:"account_id,omitempty"` // empty where there is not exactly one
	Verdict    string `json:"verdict"`              // as in a match report
}

// Coverage is the share of the customers with a value in the axis that find an
// account.
func (p Pair) Coverage(f Figures) float64 { return share(f.Found, p.Sampled) }

// Uniqueness is the share of those found that find exactly one.
func (p Pair) Uniqueness(f Figures) float64 { return share(f.Unique, f.Found) }

// Fits reports whether the pair is worth a suggestion: half of the customers that
// have a value in the axis find exactly one account.
func (p Pair) Fits() bool { return 2*p.Eased.Unique >= p.Sampled && p.Eased.Unique > 0 }

// reach is the share of all customers that would find exactly one account.
func (p Pair) reach() float64 {
	return share(p.Carried, p.Customers) * share(p.Eased.Unique, p.Sampled)
}

// The Record ID is given ten points in the ranking, because it cannot be shared,
// retyped or reused, and a property that Salesforce declares an identifier five.
func (p Pair) score() float64 {
	switch {
	case p.Property == connector.AccountID:
		return p.reach() + 0.10
	case p.declared:
		return p.reach() + 0.05
	}
	return p.reach()
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
