package org

// accountFields is every field of Account, in describe's order.
func accountFields(cfg Config) []*Field {
	fields := standardFields()
	if cfg.MultiCurrency {
		fields = append(fields, &Field{Name: "CurrencyIsoCode", Label: "Account Currency", Type: "picklist", Length: 3,
			Picklist: currencies, NotNillable: true, value: oneOf(1000, currencies)})
	}
	fields = append(fields, customFields()...)
	if cfg.Formulas {
		fields = append(fields, formulaFields()...)
	}
	return fields
}

func standardFields() []*Field {
	return []*Field{
		{Name: "Id", Label: "Account ID", Type: "id", Length: 18, NotNillable: true, ReadOnly: true, value: id},
		{Name: "IsDeleted", Label: "Deleted", Type: "boolean", NotNillable: true, ReadOnly: true, value: isDeleted},
		{Name: "MasterRecordId", Label: "Master Record ID", Type: "reference", Length: 18, ReadOnly: true,
			Relationship: "MasterRecord", ReferenceTo: "Account", value: masterRecordID},
		{Name: "Name", Label: "Account Name", Type: "string", Length: 255, NotNillable: true, value: accountName},
		{Name: "Type", Label: "Account Type", Type: "picklist", Length: 255, Picklist: accountTypes, value: oneOf(850, accountTypes)},
		{Name: "ParentId", Label: "Parent Account ID", Type: "reference", Length: 18, Relationship: "Parent", ReferenceTo: "Account", value: parentID},
		{Name: "BillingStreet", Label: "Billing Street", Type: "textarea", Length: 255, Compound: "BillingAddress", value: street},
		{Name: "BillingCity", Label: "Billing City", Type: "string", Length: 40, Compound: "BillingAddress", value: city},
		{Name: "BillingState", Label: "Billing State/Province", Type: "string", Length: 80, Compound: "BillingAddress", value: state},
		{Name: "BillingPostalCode", Label: "Billing Zip/Postal Code", Type: "string", Length: 20, Compound: "BillingAddress", value: postalCode},
		{Name: "BillingCountry", Label: "Billing Country", Type: "string", Length: 80, Compound: "BillingAddress", value: country},
		{Name: "BillingLatitude", Label: "Billing Latitude", Type: "double", Precision: 18, Scale: 15, Compound: "BillingAddress", value: coordinate(90)},
		{Name: "BillingLongitude", Label: "Billing Longitude", Type: "double", Precision: 18, Scale: 15, Compound: "BillingAddress", value: coordinate(180)},
		{Name: "BillingAddress", Label: "Billing Address", Type: "address", ReadOnly: true, value: null},
		{Name: "Phone", Label: "Account Phone", Type: "phone", Length: 40, value: phone},
		{Name: "AccountNumber", Label: "Account Number", Type: "string", Length: 40, value: accountNumber},
		{Name: "Website", Label: "Website", Type: "url", Length: 255, value: website},
		{Name: "Industry", Label: "Industry", Type: "picklist", Length: 255, Picklist: industries, value: oneOf(820, industries)},
		{Name: "AnnualRevenue", Label: "Annual Revenue", Type: "currency", Precision: 18, value: annualRevenue},
		{Name: "NumberOfEmployees", Label: "Employees", Type: "int", Digits: 8, value: employees},
		{Name: "Ownership", Label: "Ownership", Type: "picklist", Length: 255, Picklist: owners, value: oneOf(300, owners)},
		{Name: "Description", Label: "Account Description", Type: "textarea", Length: 32000, value: description},
		{Name: "Rating", Label: "Account Rating", Type: "picklist", Length: 255, Picklist: ratings, value: oneOf(500, ratings)},
		{Name: "AccountSource", Label: "Account Source", Type: "picklist", Length: 255, Picklist: sources, value: oneOf(600, sources)},
		{Name: "OwnerId", Label: "Owner ID", Type: "reference", Length: 18, NotNillable: true, Relationship: "Owner", ReferenceTo: "User", value: userID},
		{Name: "CreatedDate", Label: "Created Date", Type: "datetime", NotNillable: true, ReadOnly: true, value: createdDate},
		{Name: "CreatedById", Label: "Created By ID", Type: "reference", Length: 18, NotNillable: true, ReadOnly: true,
			Relationship: "CreatedBy", ReferenceTo: "User", value: userID},
		{Name: "LastModifiedDate", Label: "Last Modified Date", Type: "datetime", NotNillable: true, ReadOnly: true, value: lastModifiedDate},
		{Name: "LastModifiedById", Label: "Last Modified By ID", Type: "reference", Length: 18, NotNillable: true, ReadOnly: true,
			Relationship: "LastModifiedBy", ReferenceTo: "User", value: userID},
		{Name: "SystemModstamp", Label: "System Modstamp", Type: "datetime", NotNillable: true, ReadOnly: true, value: systemModstamp},
		{Name: "LastActivityDate", Label: "Last Activity", Type: "date", value: lastActivityDate},
	}
}

func customFields() []*Field {
	return []*Field{
		{Name: "Custom_Segment__c", Label: "Custom Segment", Type: "picklist", Length: 255, Picklist: segments, value: oneOf(800, segments)},
		{Name: "Region__c", Label: "Region", Type: "string", Length: 80, value: region},
		{Name: "Products__c", Label: "Products", Type: "multipicklist", Length: 4099, Picklist: products, value: productList},
		{Name: "Renewal_Date__c", Label: "Renewal Date", Type: "date", value: renewalDate},
		{Name: "Onboarded_At__c", Label: "Onboarded At", Type: "datetime", value: onboardedAt},
		{Name: "Health_Score__c", Label: "Health Score", Type: "double", Precision: 18, Scale: 4, value: healthScore},
		{Name: "Is_Partner__c", Label: "Is Partner", Type: "boolean", NotNillable: true, value: isPartner},
		{Name: "Contract_Value__c", Label: "Contract Value", Type: "currency", Precision: 16, Scale: 2, value: contractValue},
		{Name: "Discount__c", Label: "Discount", Type: "percent", Precision: 5, Scale: 2, value: discount},
		{Name: "External_Id__c", Label: "External Id", Type: "string", Length: 20, ExternalID: true, Unique: true, CaseSensitive: true,
			ReadOnly: true, value: externalID},
		{Name: "Legacy_Notes__c", Label: "Legacy Notes", Type: "textarea", Length: 255, value: legacyNotes},
		{Name: "Support_Email__c", Label: "Support Email", Type: "email", Length: 80, value: supportEmail},
		{Name: "Tier__c", Label: "Tier", Type: "string", Length: 1300, Calculated: true, Formula: "TEXT(AnnualRevenue)", ReadOnly: true, value: tier},
		{Name: "Location__Latitude__s", Label: "Location (Latitude)", Type: "double", Precision: 8, Scale: 5, Compound: "Location__c", value: coordinate(90)},
		{Name: "Location__Longitude__s", Label: "Location (Longitude)", Type: "double", Precision: 8, Scale: 5, Compound: "Location__c", value: coordinate(180)},
		{Name: "Location__c", Label: "Location", Type: "location", ReadOnly: true, value: null},
	}
}
