package pipelines_test

import (
	"regexp"
)

var propertiesBlock = regexp.MustCompile(`(?s)  properties:\n.*?\n\n`)

// withProperties is a pipeline file with another list of properties.
func withProperties(file []byte, properties string) []byte {
	return propertiesBlock.ReplaceAll(file, []byte("  properties: "+properties+"\n\n"))
}
