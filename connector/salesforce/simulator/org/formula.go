package org

import (
	"strconv"
	"time"
)

// formulaFields are the formula fields whose values change although nobody
// touches the account.
func formulaFields() []*Field {
	return []*Field{
		{Name: "Days_To_Renewal__c", Label: "Days To Renewal", Type: "double", Precision: 18, Calculated: true, ReadOnly: true,
			Formula: "Renewal_Date__c - TODAY()", value: daysToRenewal},
		{Name: "Owner_Name__c", Label: "Owner Name", Type: "string", Length: 1300, Calculated: true, ReadOnly: true,
			Formula: `Owner.FirstName & " " & Owner.LastName`, value: follow("Owner.Name")},
		{Name: "Parent_Industry__c", Label: "Parent Industry", Type: "string", Length: 1300, Calculated: true, ReadOnly: true,
			Formula: "TEXT(Parent.Industry)", value: follow("Parent.Industry")},
	}
}

func daysToRenewal(dst []byte, row *Row, _ random) []byte {
	renewal, ok := row.view.schema.Field("Renewal_Date__c")
	if !ok {
		return dst
	}
	date, err := time.Parse(dateLayout, string(renewal.append(nil, row)))
	if err != nil { // there is none
		return dst
	}
	days := int64(date.Sub(row.view.Today()) / (daySeconds * time.Second))
	return append(strconv.AppendInt(dst, days, 10), ".0"...)
}

// follow is the value at the end of a path.
func follow(path string) func([]byte, *Row, random) []byte {
	return func(dst []byte, row *Row, _ random) []byte {
		column, err := row.view.schema.Column(path)
		if err != nil {
			return dst
		}
		return column.Append(dst, row)
	}
}
