package connector

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
)

// AccountID is the name of the first column of every batch of accounts.
const AccountID = "Id"

// AccountName is the property with what people call an account.
const AccountName = "Name"

// Property is a field of the Salesforce object as its describe tells it.
type Property struct {
	Name      string // API name in describe's spelling; `Owner.Name` for a relationship field
	Label     string
	Type      string // describe type: string, picklist, currency, date, ...
	Length    int    // characters, for texts
	Precision int    // digits in all, for numbers
	Scale     int    // digits after the point, for numbers
	Custom    bool
	Formula   bool // calculated by Salesforce
}

// AccountSchema is the schema of a batch of accounts: Id, then one column per
// property, all utf8, holding what Salesforce wrote. An empty field is null.
// The describe of each property rides along as field metadata.
func AccountSchema(properties []Property) *arrow.Schema {
	fields := []arrow.Field{{Name: AccountID, Type: arrow.BinaryTypes.String}}
	for _, p := range properties {
		fields = append(fields, arrow.Field{Name: p.Name, Type: arrow.BinaryTypes.String, Nullable: true, Metadata: p.metadata()})
	}
	return arrow.NewSchema(fields, nil)
}

func (p Property) metadata() arrow.Metadata {
	return arrow.MetadataFrom(map[string]string{
		"salesforce.label":     p.Label,
		"salesforce.type":      p.Type,
		"salesforce.length":    strconv.Itoa(p.Length),
		"salesforce.precision": strconv.Itoa(p.Precision),
		"salesforce.scale":     strconv.Itoa(p.Scale),
		"salesforce.custom":    strconv.FormatBool(p.Custom),
		"salesforce.formula":   strconv.FormatBool(p.Formula),
	})
}

// PropertyOf reads the describe back from a field of AccountSchema. The Id
// column answers a property of type id.
func PropertyOf(field arrow.Field) Property {
	if field.Name == AccountID {
		return Property{Name: AccountID, Type: "id", Length: 18}
	}
	text := func(key string) string {
		value, _ := field.Metadata.GetValue("salesforce." + key)
		return value
	}
	number := func(key string) int {
		n, _ := strconv.Atoi(text(key)) // absent is zero
		return n
	}
	return Property{
		Name: field.Name, Label: text("label"), Type: text("type"),
		Length: number("length"), Precision: number("precision"), Scale: number("scale"),
		Custom: text("custom") == "true", Formula: text("formula") == "true",
	}
}

// AccountModified is the property with the time of the last change of an account, by
// a user or by Salesforce itself; a formula and what stands on another record change
// without it. To delete an account, to merge and to undelete it are changes.
const AccountModified = "SystemModstamp"

// DeletedSchema is the schema of the accounts that were deleted or that lost a
// merge: Id, the id of the winner, null for a plain deletion, and when that was.
func DeletedSchema() *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{
		{Name: AccountID, Type: arrow.BinaryTypes.String},
		{Name: "MasterRecordId", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: AccountModified, Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
}

// ListedSchema is the schema of the accounts that Salesforce lists as deleted in a
// span of time, those that cannot be read any more too: Id, and when that was.
func ListedSchema() *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{
		{Name: AccountID, Type: arrow.BinaryTypes.String},
		{Name: "deletedDate", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
}
