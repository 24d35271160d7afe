// Package examples holds the pipeline files that ship with the program.
package examples

import _ "embed"

// Demo is demo.yaml: the simulators, two days.
//
//go:embed demo.yaml
var Demo []byte

// DemoSource is the source of Demo.
const DemoSource = "Demo - Accounts"

// Daily is daily.yaml: a real org, every day, commented for the person who sets
// it up.
//
//go:embed daily.yaml
var Daily []byte
