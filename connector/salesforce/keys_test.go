package salesforce

import (
	"reflect"
	"testing"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	d := Description{fields: []field{
		{Name: "Id", Type: "id", Length: 18, Unique: true},
		{Name: "Name", Type: "string", Length: 255, CompoundField: "Name"},
		{Name: "FirstName", Type: "string", Length: 40, CompoundField: "Name"},
		{Name: "BillingCity", Type: "string", Length: 40, CompoundField: "BillingAddress"},
		{Name: "BillingAddress", Type: "address"},
		{Name: "Notes__c", Type: "textarea", Length: 32000},
		{Name: "Short__c", Type: "textarea", Length: 255},
		{Name: "Amount__c", Type: "currency", Unique: true},
		{Name: "Number__c", Type: "double", Precision: 18},
		{Name: "Ratio__c", Type: "double", Precision: 18, Scale: 2},
		{Name: "Odd__c", Type: "double", Precision: 18, Scale: 2, ExternalID: true},
		{Name: "Auto__c", Type: "string", AutoNumber: true},
		{Name: "Industry", Type: "picklist"}, {Name: "Active__c", Type: "boolean"}, {Name: "CreatedDate", Type: "datetime"},
		{Name: "OwnerId", Type: "reference", Length: 18}, {Name: "Employees", Type: "int"}, {Name: "Phone", Type: "phone"},
	}}
	var got []string
	for _, key := range d.Keys() {
		name := key.Name
		if key.Declared {
			name += "!"
		}
		got = append(got, name)
	}
	want := []string{"Odd__c!", "Auto__c!", "Name", "FirstName", "Short__c", "Number__c", "Employees", "Phone"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
