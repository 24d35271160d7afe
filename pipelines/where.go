package pipelines

import (
	"fmt"
	"regexp"
	"strings"
)

// clauses are what follows a condition in a query. A condition that holds one would
// switch off the chunking of a job (LIMIT, ORDER BY) or ask for something else than
// rows; words that a condition may hold are not taken for one.
var clauses = []struct {
	form *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`(?i)^where\b`), "WHERE"},
	{regexp.MustCompile(`(?i)^select\b`), "SELECT"},
	{regexp.MustCompile(`(?i)^limit\s+[0-9:]`), "LIMIT"},
	{regexp.MustCompile(`(?i)^offset\s+[0-9:]`), "OFFSET"},
	{regexp.MustCompile(`(?i)^order\s+by\b`), "ORDER BY"},
	{regexp.MustCompile(`(?i)^group\s+by\b`), "GROUP BY"},
	{regexp.MustCompile(`(?i)^having\b`), "HAVING"},
	{regexp.MustCompile(`(?i)^with\b`), "WITH"},
	{regexp.MustCompile(`(?i)^using\s+scope\b`), "USING SCOPE"},
	{regexp.MustCompile(`(?i)^for\s+view\b`), "FOR VIEW"},
	{regexp.MustCompile(`(?i)^for\s+reference\b`), "FOR REFERENCE"},
	{regexp.MustCompile(`(?i)^for\s+update\b`), "FOR UPDATE"},
	{regexp.MustCompile(`(?i)^all\s+rows\b`), "ALL ROWS"},
}

// conditionProblem is what keeps a text from being a condition in SOQL, and what to
// do; both are empty when nothing does that can be seen without Salesforce.
func conditionProblem(where string) (text, hint string) {
	depth, atWord := 0, true
	for i := 0; i < len(where); i++ {
		c := where[i]
		switch {
		case c == '\'':
			end := closingQuote(where, i)
			if end < 0 {
				return "a quote is not closed", `write a quote within a text as \'`
			}
			i = end
		case c == '"':
			return "texts stand in single quotes", "write 'text', not \"text\""
		case c == ';':
			return "a semicolon is no part of a condition", "write the condition alone"
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return "a parenthesis is closed that was not opened", ""
			}
		case atWord && depth == 0:
			if name := clause(where[i:]); name != "" {
				return name + " is no part of a condition", advice(name)
			}
		}
		atWord = !wordByte(c)
	}
	if depth > 0 {
		return "a parenthesis is not closed", ""
	}
	return "", ""
}

func clause(rest string) string {
	for _, c := range clauses {
		if c.form.MatchString(rest) {
			return c.name
		}
	}
	return ""
}

func advice(name string) string {
	switch name {
	case "WHERE", "SELECT":
		return "write what follows WHERE, such as Type = 'Customer'"
	case "LIMIT", "OFFSET":
		return "leave it out: all accounts of the condition are read"
	}
	return "leave it out"
}

// closingQuote is where the text that begins at open ends; a backslash escapes what
// follows it.
func closingQuote(where string, open int) int {
	for i := open + 1; i < len(where); i++ {
		switch where[i] {
		case '\\':
			i++
		case '\'':
			return i
		}
	}
	return -1
}

func wordByte(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// checkWhere refuses a condition that is none, before anything is contacted.
func (d document) checkWhere(t *tree) {
	if node := t.at("salesforce.where"); node != nil && strings.TrimSpace(node.Value) == "" {
		t.problem("salesforce.where", "salesforce.where is empty", "leave it out for all accounts")
		return
	}
	if text, hint := conditionProblem(strings.TrimSpace(d.Salesforce.Where)); text != "" {
		t.problem("salesforce.where", fmt.Sprintf("salesforce.where: %s", text), hint)
	}
}
