// Package browser opens the report of a diff in a real browser, with the network off.
//
// It is a module of its own, so that the program does not depend on what drives one.
package browser
