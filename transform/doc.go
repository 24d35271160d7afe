// Package transform decides: it matches customers to accounts, names the axes,
// gives values their canonical text, and holds every cell against the table of
// design.md 4.5. What comes out is a change set and a full account of every
// customer, account and cell.
//
// It is the only package that knows DuckDB. Batches go in as one-shot Arrow
// views, each read by exactly one statement (a second scan of a view silently
// gives no rows), with the view on the left of the join, so that the hash table
// is built on the small side. Nothing grows with the number of accounts: of the
// stream of accounts only those are kept that a customer may mean, and what
// leaves DuckDB leaves in slices.
package transform
