package pipelines

import (
	"errors"
	"strings"
	"testing"
)

func TestConditionProblem(t *testing.T) {
	t.Parallel()
	for where, want := range map[string]string{
		"":                           "",
		"Type = 'Customer'":          "",
		"Name = 'O\\'Hara; LIMIT 5'": "",
		"Name LIKE 'a) ORDER BY b%' AND (Type != null OR NOT (Industry IN ('x', 'y)')))":  "",
		"Id IN (SELECT AccountId FROM Contact WHERE Name != null)":                        "",
		"Limit__c > 5 AND Order__c = 'by' AND Group_by__c = null AND Withdrawn__c = true": "",
		"Credit_Limit__c = 5 AND Owner.Limit__c = 5":                                      "",
		"CreatedDate = LAST_N_DAYS:30":                                                    "",
		"Type = 'é' OR Ortlimit = 5":                                                      "",
		"WHERE Type = 'x'":                                                                "WHERE is no part",
		"select Id from Account":                                                          "SELECT is no part",
		"Type = 'x' LIMIT 10":                                                             "LIMIT is no part",
		"Type = 'x'\nlimit\t10":                                                           "LIMIT is no part",
		"Type = 'x'LIMIT 10":                                                              "LIMIT is no part",
		"(Type = 'x')OFFSET 10":                                                           "OFFSET is no part",
		"Type = 'x' order  by Name":                                                       "ORDER BY is no part",
		"Type = 'x' GROUP BY Name":                                                        "GROUP BY is no part",
		"Type = 'x' HAVING COUNT(Id) > 1":                                                 "HAVING is no part",
		"Type = 'x' WITH SECURITY_ENFORCED":                                               "WITH is no part",
		"Type = 'x' FOR UPDATE":                                                           "FOR UPDATE is no part",
		"Type = 'x' ALL ROWS":                                                             "ALL ROWS is no part",
		"Type = 'x';":                                                                     "a semicolon",
		"Type = 'x":                                                                       "a quote is not closed",
		"Type = 'x\\'":                                                                    "a quote is not closed",
		"Type = \"x\"":                                                                    "single quotes",
		"(Type = 'x'":                                                                     "is not closed",
		"Type = 'x')":                                                                     "was not opened",
		"Type = 'x') OR (Name != null":                                                    "was not opened",
	} {
		if text, _ := conditionProblem(where); want == "" && text != "" || !strings.Contains(text, want) {
			t.Errorf("%q: %q, want %q", where, text, want)
		}
	}
}

// The problem is told with its line, and nothing is contacted.
func TestWhereInTheFile(t *testing.T) {
	t.Parallel()
	_, err := Load(write(t, strings.Replace(whole, "  properties: Industry, Phone", "  properties: Industry, Phone\n  where: Type = 'x' LIMIT 10", 1)))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Line != 10 || !strings.Contains(problems[0].Text, "LIMIT is no part of a condition") {
		t.Errorf("got %v", err)
	}
}
