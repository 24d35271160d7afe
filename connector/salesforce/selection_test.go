package salesforce_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
)

const accountDescribe = `{"name":"Account","keyPrefix":"001","queryable":true,"fields":[
	{"name":"Id","type":"id","length":18},
	{"name":"Name","label":"Account Name","type":"string","length":255},
	{"name":"Industry","label":"Industry","type":"picklist","length":255},
	{"name":"BillingStreet","label":"Billing Street","type":"textarea","length":255,"compoundFieldName":"BillingAddress"},
	{"name":"BillingCity","label":"Billing City","type":"string","length":40,"compoundFieldName":"BillingAddress"},
	{"name":"BillingAddress","label":"Billing Address","type":"address"},
	{"name":"Place__c","label":"Place","type":"location"},
	{"name":"Place__Latitude__s","label":"Place (Latitude)","type":"double","compoundFieldName":"Place__c"},
	{"name":"Place__Longitude__s","label":"Place (Longitude)","type":"double","compoundFieldName":"Place__c"},
	{"name":"Logo__c","label":"Logo","type":"base64"},
	{"name":"AnnualRevenue","label":"Annual Revenue","type":"currency","precision":18,"scale":0},
	{"name":"NumberOfEmployees","label":"Employees","type":"int","digits":8},
	{"name":"CurrencyIsoCode","label":"Account Currency","type":"picklist","length":3},
	{"name":"Custom_Segment__c","label":"Segment","type":"string","length":80,"custom":true,"calculated":true},
	{"name":"ParentId","label":"Parent Account ID","type":"reference","relationshipName":"Parent","referenceTo":["Account"]},
	{"name":"OwnerId","label":"Owner ID","type":"reference","relationshipName":"Owner","referenceTo":["Group","User"]},
	{"name":"Secret__c","label":"Hidden","type":"reference","relationshipName":"Secret__r","referenceTo":["Hidden__c"]}]}`

const userDescribe = `{"name":"User","keyPrefix":"005","queryable":true,"fields":[
	{"name":"Name","label":"Full Name","type":"string","length":121},
	{"name":"Address","label":"Address","type":"address"},
	{"name":"City","label":"City","type":"string","length":40,"compoundFieldName":"Address"},
	{"name":"ManagerId","label":"Manager ID","type":"reference","relationshipName":"Manager","referenceTo":["User"]}]}`

func described(t *testing.T) (*fake, *salesforce.Description) {
	t.Helper()
	f := newFake(t)
	f.describe["account"], f.describe["user"] = accountDescribe, userDescribe
	f.describe["group"] = `{"name":"Group","keyPrefix":"00G","queryable":true,"fields":[{"name":"Name","label":"Name","type":"string","length":40}]}`
	d, err := connect(t, f).Describe(context.Background(), "account")
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "Account" || d.KeyPrefix != "001" {
		t.Errorf("described as %s, %s", d.Name, d.KeyPrefix)
	}
	return f, d
}

func TestSelect(t *testing.T) {
	t.Parallel()
	name := connector.Property{Name: "Name", Label: "Account Name", Type: "string", Length: 255}
	revenue := connector.Property{Name: "AnnualRevenue", Label: "Annual Revenue", Type: "currency", Precision: 18}
	currency := connector.Property{Name: "CurrencyIsoCode", Label: "Account Currency", Type: "picklist", Length: 3}
	segment := connector.Property{Name: "Custom_Segment__c", Label: "Segment", Type: "string", Length: 80, Custom: true, Formula: true}
	for asked, want := range map[string]salesforce.Selection{
		"Name": {Usable: []connector.Property{name}},
		"Custom_Segment__c, Name, NumberOfEmployees": {Usable: []connector.Property{segment, name, {Name: "NumberOfEmployees", Label: "Employees", Type: "int", Precision: 8}}},
		"name, NAME":                     {Usable: []connector.Property{name}, Corrected: []salesforce.Correction{{"name", "Name"}, {"NAME", "Name"}}},
		"AnnualRevenue, Name":            {Usable: []connector.Property{revenue, name, currency}, Added: []string{"CurrencyIsoCode"}},
		"CurrencyIsoCode, AnnualRevenue": {Usable: []connector.Property{currency, revenue}},
		"Custom_Segmnet__c":              {Unknown: []salesforce.Unknown{{"Custom_Segmnet__c", "Custom_Segment__c"}}},
		"Custom_Segment":                 {Unknown: []salesforce.Unknown{{"Custom_Segment", "Custom_Segment__c"}}},
		"Billing City":                   {Unknown: []salesforce.Unknown{{"Billing City", "BillingCity"}}},
		"Indutsry":                       {Unknown: []salesforce.Unknown{{"Indutsry", "Industry"}}},
		"Xyzzy":                          {Unknown: []salesforce.Unknown{{"Xyzzy", ""}}},
		"BillingAddress": {NotExtractable: []salesforce.NotExtractable{
			{"BillingAddress", "a compound address cannot be extracted in bulk", []string{"BillingStreet", "BillingCity"}}}},
		"Place__c": {NotExtractable: []salesforce.NotExtractable{
			{"Place__c", "a geolocation cannot be extracted in bulk", []string{"Place__Latitude__s", "Place__Longitude__s"}}}},
		"Logo__c": {NotExtractable: []salesforce.NotExtractable{{"Logo__c", "a binary field cannot be extracted in bulk", nil}}},
		"id":      {NotExtractable: []salesforce.NotExtractable{{"Id", "every row has it already: leave it out", nil}}},
		"Owner.Name, owner.manager.name": {
			Usable:    []connector.Property{{Name: "Owner.Name", Label: "Name", Type: "string", Length: 40}, {Name: "Owner.Manager.Name", Label: "Full Name", Type: "string", Length: 121}},
			Corrected: []salesforce.Correction{{"owner.manager.name", "Owner.Manager.Name"}}},
		"Parent.AnnualRevenue": {Usable: []connector.Property{
			{Name: "Parent.AnnualRevenue", Label: "Annual Revenue", Type: "currency", Precision: 18}, {Name: "Parent.CurrencyIsoCode", Label: "Account Currency", Type: "picklist", Length: 3}},
			Added: []string{"Parent.CurrencyIsoCode"}},
		"Owner.Address": {NotExtractable: []salesforce.NotExtractable{{"Owner.Address", "a compound address cannot be extracted in bulk", []string{"Owner.City"}}}},
		"Owner.Nmae":    {Unknown: []salesforce.Unknown{{"Owner.Nmae", "Owner.Name"}}},
		"Ownr.Name":     {Unknown: []salesforce.Unknown{{"Ownr.Name", "Owner.Name"}}},
		"OwnerId.Name":  {Unknown: []salesforce.Unknown{{"OwnerId.Name", "Owner.Name"}}},
		"Owner.":        {Unknown: []salesforce.Unknown{{"Owner.", ""}}},
		"":              {Unknown: []salesforce.Unknown{{"", ""}}},
		"Secret__r.X":   {Unknown: []salesforce.Unknown{{"Secret__r.X", ""}}},
		"Parent.Parent.Parent.Parent.Parent.Parent.Name": {Unknown: []salesforce.Unknown{{"Parent.Parent.Parent.Parent.Parent.Parent.Name", ""}}},
	} {
		t.Run(asked, func(t *testing.T) {
			t.Parallel()
			_, d := described(t)
			got, err := d.Select(context.Background(), strings.Split(asked, ","))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEachObjectIsDescribedOnce(t *testing.T) {
	t.Parallel()
	f, d := described(t)
	if _, err := d.Select(context.Background(), []string{"Owner.Name", "Owner.Manager.City", "Parent.Name", "Parent.Owner.City"}); err != nil {
		t.Fatal(err)
	}
	for _, object := range []string{"User", "Group"} {
		if n := f.count("GET " + base + "/sobjects/" + object + "/describe"); n != 1 {
			t.Errorf("%s was described %d times", object, n)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	_, d := described(t)
	var names []string
	for _, p := range d.Fields() {
		names = append(names, p.Name)
	}
	want := "Name Industry BillingStreet BillingCity Place__Latitude__s Place__Longitude__s AnnualRevenue NumberOfEmployees CurrencyIsoCode Custom_Segment__c ParentId OwnerId Secret__c"
	if diff := cmp.Diff(want, strings.Join(names, " ")); diff != "" {
		t.Error(diff)
	}
}

func TestObjectThatCannotBeQueried(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.describe["hidden__c"] = `{"name":"Hidden__c","queryable":false}`
	org := connect(t, f)
	for object, want := range map[string]string{"Hidden__c": "cannot be queried", "Accuont": "404 NOT_FOUND", "Account/../User": "is not the API name of an object", "": "is not the API name"} {
		if _, err := org.Describe(context.Background(), object); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", object, err)
		}
	}
}

// What Salesforce says about a query that it refuses, on one line.
func TestErrorOfSalesforce(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path != base+"/query" {
			return false
		}
		fail(w, 400, "INVALID_FIELD", "\nSELECT COUNT() FROM Account WHERE Nope = 1\n   ^\nERROR at Row:1:Column:34\nNo such column 'Nope' on entity 'Account'.")
		return true
	}
	_, err := connect(t, f).Count(context.Background(), "Account", "Nope = 1")
	want := "salesforce: GET /services/data/v68.0/query answered 400 INVALID_FIELD: SELECT COUNT() FROM Account WHERE Nope = 1 ^ ERROR at Row:1:Column:34 No such column 'Nope' on entity 'Account'."
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if f.count("GET "+base+"/query") != 1 {
		t.Error("it was tried again")
	}
}

func TestTemporary(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err       salesforce.Error
		temporary bool
		auth      bool
	}{
		{salesforce.Error{Status: 503}, true, false}, {salesforce.Error{Status: 500}, true, false}, {salesforce.Error{Status: 429}, true, false},
		{salesforce.Error{Status: 420}, true, false}, {salesforce.Error{Status: 406}, true, false}, {salesforce.Error{Status: 400, Code: "INVALID_FIELD"}, false, false},
		{salesforce.Error{Status: 403, Code: "REQUEST_LIMIT_EXCEEDED", Message: "TotalRequests Limit exceeded."}, false, false},
		{salesforce.Error{Status: 403, Code: "REQUEST_LIMIT_EXCEEDED", Message: "ConcurrentRequests (Concurrent API Requests) Limit exceeded."}, true, false},
		{salesforce.Error{Status: 401, Code: "INVALID_SESSION_ID"}, false, true}, {salesforce.Error{Status: 403, Code: "API_DISABLED_FOR_ORG"}, false, true},
		{salesforce.Error{Status: 404}, false, false}, {salesforce.Error{Status: 410}, false, false},
	} {
		if test.err.Temporary() != test.temporary || test.err.Auth() != test.auth {
			t.Errorf("%v: temporary %v, auth %v", &test.err, test.err.Temporary(), test.err.Auth())
		}
	}
}
