package simulator

import (
	"net/http"
	"strings"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

func (s *Server) sobjects(c *call) error {
	writeJSON(c.w, http.StatusOK, map[string]any{"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": []any{account(c)}})
	return nil
}

func account(c *call) map[string]any { return object(c, "Account", "Accounts", "001") }

// sobject is the short description of an object.
func (s *Server) sobject(c *call) error {
	if !strings.EqualFold(c.args[0], "Account") {
		return errNotFound
	}
	writeJSON(c.w, http.StatusOK, map[string]any{"objectDescribe": account(c), "recentItems": []any{}})
	return nil
}

// describe is the description of an object with the fields the user sees:
// Account, or User, to which Account's references lead.
func (s *Server) describe(c *call) error {
	_, schema := s.visible()
	d := account(c)
	listed := schema.Fields()
	switch {
	case strings.EqualFold(c.args[0], "User"):
		d, listed = object(c, "User", "Users", "005"), org.UserFields()
	case !strings.EqualFold(c.args[0], "Account"):
		return errNotFound
	}
	fields := []map[string]any{}
	for _, f := range listed {
		fields = append(fields, describeField(f))
	}
	d["fields"] = fields
	d["childRelationships"] = []map[string]any{{"childSObject": "Contact", "field": "AccountId", "relationshipName": "Contacts",
		"cascadeDelete": true, "deprecatedAndHidden": false, "restrictedDelete": false, "junctionIdListNames": []string{}, "junctionReferenceTo": []string{}}}
	d["recordTypeInfos"] = []map[string]any{{"active": true, "available": true, "defaultRecordTypeMapping": true, "developerName": "Master",
		"master": true, "name": "Master", "recordTypeId": "012000000000000AAA"}}
	d["supportedScopes"], d["namedLayoutInfos"], d["actionOverrides"] = []any{}, []any{}, []any{}
	writeJSON(c.w, http.StatusOK, d)
	return nil
}

// object is what every description says of an object.
func object(c *call, name, plural, keyPrefix string) map[string]any {
	root := c.path("sobjects/%s", name)
	return map[string]any{
		"name": name, "label": name, "labelPlural": plural, "keyPrefix": keyPrefix, "custom": false, "customSetting": false,
		"activateable": false, "associateEntityType": nil, "associateParentEntity": nil, "createable": true, "deletable": true,
		"deprecatedAndHidden": false, "feedEnabled": true, "hasSubtypes": false, "isInterface": false, "isSubtype": false, "layoutable": true,
		"mergeable": true, "mruEnabled": true, "queryable": true, "replicateable": true, "retrieveable": true, "searchable": true,
		"triggerable": true, "undeletable": true, "updateable": true,
		"urls": map[string]string{"sobject": root, "describe": root + "/describe", "rowTemplate": root + "/{ID}",
			"compactLayouts": root + "/describe/compactLayouts", "layouts": root + "/describe/layouts"},
	}
}

var soapTypes = map[string]string{
	"id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double", "currency": "xsd:double",
	"percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime", "address": "urn:address", "location": "urn:location",
}

// describeField is the complete list of a field's attributes.
func describeField(f *org.Field) map[string]any {
	soapType, ok := soapTypes[f.Type]
	if !ok {
		soapType = "xsd:string"
	}
	writable, searchable := !f.ReadOnly, !f.LongText() && !f.IsCompound()
	d := map[string]any{
		"aggregatable": searchable && f.Type != "boolean", "aiPredictionField": false, "autoNumber": false, "byteLength": byteLength(f),
		"calculated": f.Calculated, "calculatedFormula": nil, "cascadeDelete": false, "caseSensitive": f.CaseSensitive,
		"compoundFieldName": nil, "controllerName": nil, "createable": writable, "custom": f.Custom(), "defaultValue": nil,
		"defaultValueFormula": nil, "defaultedOnCreate": f.Type == "boolean" || f.NotNillable && f.ReadOnly, "dependentPicklist": false,
		"deprecatedAndHidden": false, "digits": f.Digits, "displayLocationInDecimal": f.Type == "location", "encrypted": false,
		"externalId": f.ExternalID, "extraTypeInfo": nil, "filterable": searchable, "filteredLookupInfo": nil,
		"formulaTreatNullNumberAsZero": false, "groupable": searchable && !isNumber(f.Type) && f.Type != "datetime",
		"highScaleNumber": false, "htmlFormatted": false, "idLookup": f.Name == "Id" || f.ExternalID, "inlineHelpText": nil,
		"label": f.Label, "length": f.Length, "mask": nil, "maskType": nil, "name": f.Name, "nameField": f.Name == "Name",
		"namePointing": false, "nillable": !f.NotNillable, "permissionable": writable && f.Name != "Name", "picklistValues": picklist(f),
		"polymorphicForeignKey": false, "precision": f.Precision, "queryByDistance": f.Type == "location", "referenceTargetField": nil,
		"referenceTo": []string{}, "relationshipName": nil, "relationshipOrder": nil, "restrictedDelete": false,
		"restrictedPicklist": false, "scale": f.Scale, "searchPrefilterable": f.Type == "reference", "soapType": soapType,
		"sortable": searchable && f.Type != "multipicklist", "type": f.Type, "unique": f.Unique, "updateable": writable,
		"writeRequiresMasterRead": false,
	}
	if f.Compound != "" {
		d["compoundFieldName"] = f.Compound
	}
	if f.ReferenceTo != "" {
		d["referenceTo"], d["relationshipName"] = []string{f.ReferenceTo}, f.Relationship
	}
	if f.Calculated {
		d["calculatedFormula"] = f.Formula
	}
	return d
}

func byteLength(f *org.Field) int {
	if f.Type == "id" || f.Type == "reference" {
		return f.Length
	}
	return 3 * f.Length
}

func picklist(f *org.Field) []map[string]any {
	values := []map[string]any{}
	for _, value := range f.Picklist {
		values = append(values, map[string]any{"active": true, "defaultValue": false, "label": value, "validFor": nil, "value": value})
	}
	return values
}
