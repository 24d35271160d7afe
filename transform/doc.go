// Package transform decides: it matches customers to accounts, names the axes,
// gives values their canonical text, and holds every cell against the table of
// design.md 4.5, which stands in table.go and nowhere else. What comes out is a
// change set and a full account of every customer, account and cell.
//
// It is the only package that knows DuckDB. Batches go in as one-shot Arrow
// views, each read by exactly one statement (a second scan of a view silently
// gives no rows), with the view on the left of the join, so that the hash table
// is built on the small side. DuckDB sees keys alone: whatever is wide (the cells
// of a customer, the texts that an account has for the axes) lies in a file of
// records and is found by its place there. Nothing grows with the number of
// accounts: a Bloom filter lets only those through that a customer may mean, and
// what leaves DuckDB leaves some customers at a time.
package transform
