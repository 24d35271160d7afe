package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

func TestEveryRestCallNeedsASession(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	id := c.job("SELECT Id FROM Account")
	c.token = ""
	for _, path := range []string{"", "limits", "sobjects/Account/describe", "query?q=x", "jobs/query", "jobs/query/" + id, "jobs/query/" + id + "/results", "nowhere"} {
		c.get(v62+path).refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
		c.get(v62+path, "Authorization", "Bearer 00D!invented").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
		c.get(v62+path, "Authorization", "Basic eDp5").refused(http.StatusUnauthorized, "INVALID_AUTH_HEADER")
	}
	c.post(v62+"jobs/query", "x").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
}

func TestListOfVersions(t *testing.T) {
	t.Parallel()
	for _, latest := range []bool{false, true} {
		c := start(t, simulator.Config{LatestVersion: latest})
		a := c.get("/services/data", "Authorization", "").want(http.StatusOK)
		var list []struct{ Label, URL, Version string }
		if err := json.Unmarshal(a.body, &list); err != nil {
			t.Fatal(err)
		}
		if a.header.Get("Sforce-Limit-Info") != "" {
			t.Error("the list of versions counts against the limit")
		}
		if latest {
			if last := list[len(list)-1]; last.Label != "Latest Release" || last.Version != "68.0" || last.URL != "/services/data/latest" {
				t.Errorf("last entry %+v", last)
			}
			list = list[:len(list)-1]
		}
		labels := map[string]string{}
		for _, v := range list {
			labels[v.Version] = v.Label
			if v.URL != "/services/data/v"+v.Version {
				t.Errorf("entry %+v", v)
			}
			c.get(v.URL + "/limits").want(http.StatusOK)
		}
		if labels["68.0"] != "Winter '27" || labels["66.0"] != "Spring '26" || labels["31.0"] != "Summer '14" || len(list) != 38 {
			t.Errorf("versions %v", labels)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 1234, APICalls: 10, QueryJobs: 7})
	info := func() (used int) {
		header := c.get(v62).want(http.StatusOK).header.Get("Sforce-Limit-Info")
		m := regexp.MustCompile(`^api-usage=(\d+)/10; api-bursts=1/750$`).FindStringSubmatch(header)
		if m == nil {
			t.Fatalf("Sforce-Limit-Info: %s", header)
		}
		used, _ = strconv.Atoi(m[1])
		return used
	}
	before := info()
	c.created("SELECT Id FROM Account")
	d := c.get(v62 + "limits").want(http.StatusOK).object()
	if info() != before+3 {
		t.Error("calls are not counted one by one")
	}
	left := func(d map[string]any, name string) [2]float64 {
		entry := d[name].(map[string]any)
		return [2]float64{entry["Max"].(float64), entry["Remaining"].(float64)}
	}
	if got := left(d, "DailyBulkV2QueryJobs"); got != [2]float64{7, 6} {
		t.Errorf("query jobs %v", got)
	}
	if got := left(d, "DailyApiRequests"); got != [2]float64{10, float64(10 - before - 2)} {
		t.Errorf("calls %v", got)
	}
	if d["DailyBulkApiBatches"] == nil || c.get("/services/data/v48.0/limits").object()["DailyBulkApiRequests"] == nil {
		t.Error("the limit of batches has the wrong name")
	}
	for range 10 {
		c.get(v62)
	}
	if m := c.get(v62+"limits").refused(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED"); m != "TotalRequests Limit exceeded." {
		t.Error(m)
	}
	c.sim.Advance()
	count := c.get(v62 + "limits/recordCount?sObjects=Account,Contact").want(http.StatusOK).object()["sObjects"].([]any)
	if n := count[0].(map[string]any)["count"].(float64); len(count) != 1 || n < 1100 || n > 1300 {
		t.Errorf("record count %v", count)
	}
}

func TestMethodsAndAddresses(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	c.do("PUT", v62+"jobs/query", nil).refused(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
	c.get("/services/oauth2/token").refused(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
	for _, path := range []string{"/", "/services", "/services/oauth2/nothing", v62 + "sobjects/Contact/describe", v62 + "nothing", v62 + "sobjects/Account/" + c.sim.View().At(0).ID()} {
		c.get(path).refused(http.StatusNotFound, "NOT_FOUND")
	}
	c.get(v62+"query?q="+strings.Repeat("x", 16_384)).refused(http.StatusRequestURITooLong, "URI_TOO_LONG")
	if d := c.get(v62).object(); d["sobjects"] != v62+"sobjects" {
		t.Errorf("resources %v", d)
	}
	if d := c.get(v62 + "sobjects/User/" + c.sim.UserID()).want(http.StatusOK).object(); d["Username"] != c.sim.Credentials().Username {
		t.Errorf("user %v", d)
	}
	if d := c.get(v62 + "sobjects").object(); d["sobjects"].([]any)[0].(map[string]any)["keyPrefix"] != "001" {
		t.Errorf("objects %v", d)
	}
	c.get(v62 + "sobjects/account").want(http.StatusOK)
}

func (c *client) fields() map[string]map[string]any {
	c.t.Helper()
	fields := map[string]map[string]any{}
	for _, f := range c.get(v62 + "sobjects/Account/describe").want(http.StatusOK).object()["fields"].([]any) {
		field := f.(map[string]any)
		fields[field["name"].(string)] = field
	}
	return fields
}

// attributes is the complete list of a field's attributes.
var attributes = strings.Fields(`aggregatable autoNumber byteLength calculated calculatedFormula cascadeDelete caseSensitive compoundFieldName
	controllerName createable custom defaultValue defaultValueFormula defaultedOnCreate dependentPicklist deprecatedAndHidden digits
	displayLocationInDecimal encrypted externalId extraTypeInfo filterable filteredLookupInfo groupable highScaleNumber htmlFormatted idLookup
	inlineHelpText label length mask maskType name nameField namePointing nillable permissionable picklistValues precision queryByDistance
	referenceTargetField referenceTo relationshipName relationshipOrder restrictedDelete restrictedPicklist scale soapType sortable type unique
	updateable writeRequiresMasterRead polymorphicForeignKey searchPrefilterable aiPredictionField`)

func TestDescribe(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, MultiCurrency: true})
	object := c.get(v62 + "sobjects/account/describe").want(http.StatusOK).object()
	for _, name := range []string{"keyPrefix", "queryable", "replicateable", "retrieveable", "mergeable", "custom", "childRelationships", "recordTypeInfos", "urls"} {
		if _, ok := object[name]; !ok {
			t.Errorf("describe lacks %s", name)
		}
	}
	fields := c.fields()
	standard := 0
	for name, f := range fields {
		for _, attribute := range attributes {
			if _, ok := f[attribute]; !ok {
				t.Errorf("%s lacks %s", name, attribute)
			}
		}
		if kind := f["type"]; f["custom"] == false && kind != "address" && kind != "location" {
			standard++
		}
	}
	if standard < 15 {
		t.Errorf("%d standard fields can be used", standard)
	}
	for name, want := range map[string]map[string]any{
		"Id":                    {"type": "id", "length": 18.0, "soapType": "tns:ID", "nillable": false},
		"BillingAddress":        {"type": "address", "soapType": "urn:address", "filterable": false},
		"BillingCity":           {"type": "string", "compoundFieldName": "BillingAddress"},
		"Location__c":           {"type": "location", "custom": true},
		"Location__Latitude__s": {"type": "double", "compoundFieldName": "Location__c", "custom": true},
		"AnnualRevenue":         {"type": "currency", "precision": 18.0, "scale": 0.0, "soapType": "xsd:double"},
		"NumberOfEmployees":     {"type": "int", "digits": 8.0},
		"Description":           {"type": "textarea", "length": 32000.0, "filterable": false},
		"OwnerId":               {"type": "reference", "relationshipName": "Owner", "referenceTo": []any{"User"}},
		"MasterRecordId":        {"type": "reference", "relationshipName": "MasterRecord", "referenceTo": []any{"Account"}},
		"Contract_Value__c":     {"type": "currency", "precision": 16.0, "scale": 2.0, "custom": true},
		"External_Id__c":        {"type": "string", "externalId": true, "unique": true, "caseSensitive": true},
		"Tier__c":               {"type": "string", "calculated": true, "updateable": false},
		"Products__c":           {"type": "multipicklist"},
		"Is_Partner__c":         {"type": "boolean", "nillable": false},
		"Discount__c":           {"type": "percent"},
		"CurrencyIsoCode":       {"type": "picklist"},
		"LastActivityDate":      {"type": "date", "custom": false},
		"SystemModstamp":        {"type": "datetime"},
	} {
		for attribute, value := range want {
			if got := fields[name][attribute]; fmt.Sprint(got) != fmt.Sprint(value) {
				t.Errorf("%s: %s is %v, want %v", name, attribute, got, value)
			}
		}
	}
	if n := len(fields["Industry"]["picklistValues"].([]any)); n < 20 {
		t.Errorf("Industry has %d values", n)
	}
	if _, ok := start(t, simulator.Config{}).fields()["CurrencyIsoCode"]; ok {
		t.Error("an org of one currency has a CurrencyIsoCode")
	}
}

func TestHiddenProperties(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	c.sim.HideProperty("industry")
	c.sim.HideProperty("OwnerId")
	if fields := c.fields(); fields["Industry"] != nil || fields["OwnerId"] != nil || fields["Phone"] == nil {
		t.Error("hidden fields are described")
	}
	for _, query := range []string{"SELECT Id, Industry FROM Account", "SELECT Id FROM Account WHERE Industry = 'x'", "SELECT Owner.Name FROM Account"} {
		c.post(v62+"jobs/query", map[string]string{"operation": "query", "query": query}).refused(http.StatusBadRequest, "INVALID_FIELD")
	}
	c.sim.ShowProperty("Industry")
	c.job("SELECT Industry FROM Account")
}

// soql runs a REST query.
func (c *client) soql(query string, headers ...string) answer {
	c.t.Helper()
	return c.get(v62+"query?q="+url.QueryEscape(query), headers...)
}

func (c *client) count(condition string) int {
	c.t.Helper()
	d := c.soql("SELECT COUNT() FROM Account" + condition).want(http.StatusOK).object()
	if d["done"] != true || len(d["records"].([]any)) != 0 {
		c.t.Fatalf("count answers %v", d)
	}
	return int(d["totalSize"].(float64))
}

// oracle counts the live accounts for which f holds.
func (c *client) oracle(f func(value func(string) string) bool) int {
	n := 0
	for a := range c.sim.All() {
		if !a.Deleted() && f(func(property string) string { v, _ := a.Value(property); return v }) {
			n++
		}
	}
	return n
}

func TestConditions(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Seed: 2, Accounts: 3000})
	number := func(s string) float64 { f, _ := strconv.ParseFloat(s, 64); return f }
	id := c.sim.View().At(100).ID()
	type get = func(string) string
	for condition, holds := range map[string]func(get) bool{
		"":                                      func(get) bool { return true },
		"Industry = 'banking'":                  func(v get) bool { return v("Industry") == "Banking" },
		"Industry != 'Banking'":                 func(v get) bool { return v("Industry") != "Banking" },
		"Industry = null":                       func(v get) bool { return v("Industry") == "" },
		"Industry <> NULL":                      func(v get) bool { return v("Industry") != "" },
		"Industry IN ('Banking', 'Energy')":     func(v get) bool { return v("Industry") == "Banking" || v("Industry") == "Energy" },
		"Industry IN ('Banking', null)":         func(v get) bool { return v("Industry") == "Banking" || v("Industry") == "" },
		"Industry NOT IN ('Banking', 'Energy')": func(v get) bool { return v("Industry") != "Banking" && v("Industry") != "Energy" },
		"NOT Industry LIKE 'B%'":                func(v get) bool { return !strings.HasPrefix(v("Industry"), "B") },
		"Name LIKE '%société%'":                 func(v get) bool { return strings.Contains(v("Name"), "Société") },
		`Discount__c > 50.5`:                    func(v get) bool { return number(v("Discount__c")) > 50.5 },
		"AnnualRevenue >= 1.0E9":                func(v get) bool { return number(v("AnnualRevenue")) >= 1e9 },
		"NumberOfEmployees <= 10":               func(v get) bool { return v("NumberOfEmployees") != "" && number(v("NumberOfEmployees")) <= 10 },
		"NumberOfEmployees = 50":                func(v get) bool { return v("NumberOfEmployees") == "50" },
		"NumberOfEmployees IN (50, 60)":         func(v get) bool { return v("NumberOfEmployees") == "50" || v("NumberOfEmployees") == "60" },
		"Is_Partner__c = TRUE":                  func(v get) bool { return v("Is_Partner__c") == "true" },
		"Is_Partner__c != true":                 func(v get) bool { return v("Is_Partner__c") == "false" },
		"Renewal_Date__c < 2026-06-01":          func(v get) bool { return v("Renewal_Date__c") != "" && v("Renewal_Date__c") < "2026-06-01" },
		"SystemModstamp > 2026-01-01T00:00:00Z": func(v get) bool { return v("SystemModstamp") > "2026-01-01T00:00:00" },
		"SystemModstamp > 2026-05-01T00:00:00Z AND SystemModstamp <= 2026-05-20T12:00:00.500Z": func(v get) bool {
			return v("SystemModstamp") > "2026-05-01T00:00:00.000Z" && v("SystemModstamp") <= "2026-05-20T12:00:00.500Z"
		},
		// Day 0 is 2026-06-01.
		"Renewal_Date__c = LAST_N_DAYS:30": func(v get) bool { return v("Renewal_Date__c") >= "2026-05-02" && v("Renewal_Date__c") <= "2026-06-01" },
		"Renewal_Date__c = today":          func(v get) bool { return v("Renewal_Date__c") == "2026-06-01" },
		"Renewal_Date__c != THIS_MONTH":    func(v get) bool { return !strings.HasPrefix(v("Renewal_Date__c"), "2026-06") },
		"Renewal_Date__c > NEXT_N_DAYS:7":  func(v get) bool { return v("Renewal_Date__c") > "2026-06-08" },
		"SystemModstamp >= LAST_MONTH":     func(v get) bool { return v("SystemModstamp") >= "2026-05-01" },
		"SystemModstamp < N_DAYS_AGO:10":   func(v get) bool { return v("SystemModstamp") < "2026-05-22" },
		"CreatedDate <= LAST_YEAR":         func(v get) bool { return v("CreatedDate") < "2026" },
		"CreatedDate <= 2020-01-01T02:00:00+02:00 AND Type = 'Other'": func(v get) bool {
			return v("CreatedDate") <= "2020-01-01T00:00:00.000Z" && v("Type") == "Other"
		},
		"(Type = 'Other' OR Type = 'Prospect') AND Rating != null": func(v get) bool {
			return (v("Type") == "Other" || v("Type") == "Prospect") && v("Rating") != ""
		},
		"Products__c INCLUDES ('API;Core', 'Forecast')": func(v get) bool {
			chosen := strings.Split(v("Products__c"), ";")
			return slices.Contains(chosen, "API") && slices.Contains(chosen, "Core") || slices.Contains(chosen, "Forecast")
		},
		"Products__c EXCLUDES ('API')": func(v get) bool { return !slices.Contains(strings.Split(v("Products__c"), ";"), "API") },
		"Owner.Name = 'ada lovelace'":  func(v get) bool { return v("Owner.Name") == "Ada Lovelace" },
		"Parent.Industry = 'Banking'":  func(v get) bool { return v("Parent.Industry") == "Banking" },
		"Id = '" + id + "'":            func(v get) bool { return v("Id") == id },
		"Id IN ('" + id[:15] + "', '" + id + "', '001000000000000AAA') AND Name != null": func(v get) bool { return v("Id") == id },
		"Id != '" + id + "'":             func(v get) bool { return v("Id") != id },
		"ParentId = '" + id[:15] + "'":   func(v get) bool { return v("ParentId") == id },
		"Account.Phone LIKE '(___) %'":   func(v get) bool { return strings.HasPrefix(v("Phone"), "(") },
		"External_Id__c = '" + "x" + "'": func(v get) bool { return false },
	} {
		if condition != "" {
			condition = " WHERE " + condition
		}
		want := c.oracle(holds)
		if got := c.count(condition); got != want {
			t.Errorf("%s: %d accounts, want %d", condition, got, want)
		}
	}
	if n := c.count(" WHERE Industry = 'Banking' LIMIT 5"); n != 5 {
		t.Errorf("a limited count is %d", n)
	}
}

func TestQueriesAreRefused(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	for query, want := range map[string]string{
		"SELECT Id FROM ScratchOrgInfo limit 1":                          "INVALID_TYPE: sObject type 'ScratchOrgInfo' is not supported. If you are attempting to use a custom object, be sure to append the '__c'",
		"SELECT CleanStatus FROM Account":                                "INVALID_FIELD: No such column 'CleanStatus' on entity 'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
		"SELECT Id FROM Account WHERE CleanStatus = 'x'":                 "INVALID_FIELD: No such column 'CleanStatus' on entity 'Account'",
		"SELECT Id FROM Account ORDER BY CleanStatus":                    "INVALID_FIELD: No such column 'CleanStatus'",
		"SELECT Foo.Name FROM Account":                                   "INVALID_FIELD: Didn't understand relationship 'Foo' in field path.",
		"SELECT Owner.Foo FROM Account":                                  "INVALID_FIELD: No such column 'Foo' on entity 'Owner'",
		"SELECT Id, Name, id FROM Account":                               "INVALID_FIELD: duplicate field selected: Id",
		"SELECT Id FROM Account WHERE Description = 'x'":                 "INVALID_FIELD: field 'Description' can not be filtered in a query call",
		"SELECT Id FROM Account WHERE Industry = 5":                      "INVALID_FIELD: value of filter criterion for field 'Industry' must be of type string and should be enclosed in quotes",
		"SELECT Id FROM Account WHERE NumberOfEmployees = '5'":           "INVALID_FIELD: value of filter criterion for field 'NumberOfEmployees' must be of type double and should not be enclosed in quotes",
		"SELECT Id FROM Account WHERE CreatedDate > 2026-01-01":          "INVALID_FIELD: value of filter criterion for field 'CreatedDate' must be of type dateTime",
		"SELECT Id FROM Account WHERE Industry = TODAY":                  "INVALID_FIELD: value of filter criterion for field 'Industry' must be of type string and should be enclosed in quotes",
		"SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS:0":       "MALFORMED_QUERY: unexpected token: 'LAST_N_DAYS:0'",
		"SELECT Id FROM Account WHERE CALENDAR_YEAR(CreatedDate) = 2026": "MALFORMED_QUERY: unexpected token: '('",
		"SELECT Id FROM Account WHERE Id = 'xyz'":                        "INVALID_QUERY_FILTER_OPERATOR: invalid ID field: xyz",
		"SELECT Id FROM Account WHERE Is_Partner__c > true":              "INVALID_QUERY_FILTER_OPERATOR: invalid operator on boolean field",
		"SELECT Id FROM Account WHERE AnnualRevenue LIKE '1%'":           "INVALID_QUERY_FILTER_OPERATOR: invalid operator on currency field",
		"SELECT Id FROM Account WHERE Industry INCLUDES ('a')":           "INVALID_QUERY_FILTER_OPERATOR: includes or excludes operator only valid on multipicklist field",
		"SELECT Id FROM Account WHERE":                                   "MALFORMED_QUERY: unexpected token: '<EOF>'",
		"SELECT MAX(Name) FROM Account":                                  "MALFORMED_QUERY: ",
		"SELECT Nothing FROM Organization":                               "INVALID_FIELD: No such column 'Nothing' on entity 'Organization'",
	} {
		code, text, _ := strings.Cut(want, ": ")
		message := c.soql(query).refused(http.StatusBadRequest, code)
		parts := regexp.MustCompile(`(?s)^\n([^\n]*)\n( *)\^\nERROR at Row:1:Column:(\d+)\n(.*)$`).FindStringSubmatch(message)
		if parts == nil || !strings.HasPrefix(parts[4], text) {
			t.Errorf("%s: %q, want %q", query, message, text)
			continue
		}
		column, _ := strconv.Atoi(parts[3])
		if caret := len(parts[2]); caret < len(parts[1]) && parts[1][caret] != query[column-1] {
			t.Errorf("%s: the caret stands at %q, column %d is %q", query, parts[1][caret], column, query[column-1])
		}
	}
}

func TestSmallQueries(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 450})
	read := map[string]bool{}
	d := c.soql("SELECT Id, Name, AnnualRevenue, Is_Partner__c, SystemModstamp, BillingAddress, Owner.Name, Owner.Email, Parent.Name FROM Account",
		"Sforce-Query-Options", "batchSize=100").want(http.StatusOK).object()
	calls := 1
	for {
		for _, r := range d["records"].([]any) {
			record := r.(map[string]any)
			read[record["Id"].(string)] = true
			checkRecord(t, c, record)
		}
		next, ok := d["nextRecordsUrl"].(string)
		if ok == d["done"].(bool) || d["totalSize"] != 450.0 {
			t.Fatalf("done %v, next %q, total %v", d["done"], next, d["totalSize"])
		}
		if !ok {
			break
		}
		if !regexp.MustCompile(`^/services/data/v62\.0/query/01g[0-9A-Za-z]{15}-\d+$`).MatchString(next) {
			t.Errorf("next page %s", next)
		}
		d = c.get(next).want(http.StatusOK).object()
		calls++
	}
	if len(read) != 450 || calls != 3 {
		t.Errorf("%d records in %d calls", len(read), calls)
	}
	c.get(v62+"query/01g000000000000AAA-200").refused(http.StatusBadRequest, "INVALID_QUERY_LOCATOR")
	if d := c.get(v62 + "queryAll/?q=" + url.QueryEscape("SELECT COUNT() FROM Account")).object(); int(d["totalSize"].(float64)) != c.sim.View().Len() {
		t.Errorf("queryAll counts %v of %d", d["totalSize"], c.sim.View().Len())
	}
	d = c.get(v62 + "query/?q=SELECT+Id,Name+FROM+Account&columns=true").want(http.StatusOK).object()
	if d["entityName"] != "Account" || d["keyPrefix"] != "001" || len(d["columnMetadata"].([]any)) != 2 {
		t.Errorf("columns %v", d)
	}
	d = c.soql("SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix, OrganizationType FROM Organization").want(http.StatusOK).object()
	if record := d["records"].([]any)[0].(map[string]any); record["IsSandbox"] != false || record["Name"] == nil {
		t.Errorf("organization %v", record)
	}
}

// checkRecord compares a record of the REST API with the truth.
func checkRecord(t *testing.T, c *client, record map[string]any) {
	t.Helper()
	a, ok := c.sim.View().Find(record["Id"].(string))
	if !ok {
		t.Fatalf("%v does not exist", record["Id"])
	}
	value := func(name string) string { v, _ := a.Value(name); return v }
	if record["Name"] != value("Name") || fmt.Sprint(record["Is_Partner__c"]) != value("Is_Partner__c") {
		t.Errorf("record %v", record)
	}
	if got := record["SystemModstamp"]; got != strings.TrimSuffix(value("SystemModstamp"), "Z")+"+0000" {
		t.Errorf("SystemModstamp %v", got)
	}
	revenue, _ := strconv.ParseFloat(value("AnnualRevenue"), 64)
	if got, ok := record["AnnualRevenue"].(float64); ok != (value("AnnualRevenue") != "") || got != revenue {
		t.Errorf("AnnualRevenue %v, want %v", record["AnnualRevenue"], value("AnnualRevenue"))
	}
	address, ok := record["BillingAddress"].(map[string]any)
	if city, _ := address["city"].(string); city != value("BillingCity") || ok != (value("BillingCountry") != "") {
		t.Errorf("BillingAddress %v, city %q", record["BillingAddress"], value("BillingCity"))
	}
	if owner := record["Owner"].(map[string]any); owner["Name"] != value("Owner.Name") || owner["Email"] != value("Owner.Email") {
		t.Errorf("Owner %v", owner)
	}
	if parent, ok := record["Parent"].(map[string]any); ok != (value("ParentId") != "") || ok && parent["Name"] != value("Parent.Name") {
		t.Errorf("Parent %v", record["Parent"])
	}
}

func TestOrderAndLimit(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 300})
	names := func(query, field string) (list []string) {
		for _, r := range c.soql(query).want(http.StatusOK).object()["records"].([]any) {
			text, _ := r.(map[string]any)[field].(string)
			list = append(list, strings.ToLower(text))
		}
		return list
	}
	if list := names("SELECT Name FROM Account ORDER BY Name, Id", "Name"); !slices.IsSorted(list) || len(list) != 300 {
		t.Error("rows are not in the order asked for")
	}
	list := names("SELECT Industry FROM Account ORDER BY Industry DESC NULLS LAST LIMIT 270", "Industry")
	slices.Reverse(list)
	if !slices.IsSorted(list) || len(list) != 270 || list[0] != "" {
		t.Error("nulls are not last, or rows not in descending order")
	}
	if list := names("SELECT Industry FROM Account ORDER BY Industry LIMIT 1", "Industry"); list[0] != "" {
		t.Error("nulls are not first")
	}
}

// A relationship of Account leads to users, who can be described like it.
func TestDescribeUser(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	object := c.get(v62 + "sobjects/User/describe").want(http.StatusOK).object()
	names := map[string]bool{}
	for _, field := range object["fields"].([]any) {
		names[field.(map[string]any)["name"].(string)] = true
	}
	if object["keyPrefix"] != "005" || !names["Id"] || !names["Name"] || names["Industry"] {
		t.Errorf("User is described as %v with the fields %v", object["keyPrefix"], names)
	}
}
