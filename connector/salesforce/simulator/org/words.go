package org

import "strings"

// The words that names and texts are made of.
var (
	firstNames = strings.Fields("Ada Grace José Zoë Søren Łukasz Chloé Bjørn Aïcha Marie-Claire Noah Olivia Liam Emma Jürgen Siân")
	lastNames  = strings.Fields("Lovelace Hopper García O'Neill Müller Nowak Dupont Sørensen d'Angelo Smith Jones Nguyễn Kowalska Öztürk Lefèvre")

	nameHeads = strings.Fields("Acme Northwind Contoso Globex Initech Umbra Vandelay Stark Wayne Tyrell Hooli Soylent Aperture Cyberdyne Wonka " +
		"Oscorp Gringotts Duff Blue Red Silver Golden Green Rapid Bright Summit River Harbor Cedar Maple Granite Falcon Lynx Orion Vega Atlas " +
		"Delta Omega Prime Nova Zenith Pioneer Liberty Union Central Pacific Atlantic Nordic Alpine Baltic Iberia Gallia Helvetia Batavia")
	nameTails = strings.Fields("Logistics Foods Systems Software Energy Motors Textiles Analytics Pharma Robotics Media Capital Insurance Aviation " +
		"Steel Chemicals Retail Telecom Consulting Games Labs Networks Security Materials Health Education Packaging Farms Marine Optics")
	nameForms = []string{"Inc.", "LLC", "GmbH", "SAS", "S.A.", "Ltd", "B.V.", "AG", "AB", "Oy", "S.r.l.", "Co.", "Group", "Holding"}

	// Names as people and imports leave them in a CRM. %s is an ordinary name.
	oddNames = []string{
		"%s, Inc.", "Smith, Jones & %s", "%s, %s", `"%s"`, `The "%s" Company`, `%s "West"`, "%s\nEMEA", "%s\r\nSecond line, same name",
		"Société %s Générale", "%s Zürich", "Café %s – São Paulo", "Ångström %s", "株式会社%s", "北京%s有限公司", "%s 주식회사", "Общество %s",
		"%s 🚀", "👩‍🔬 %s Labs", "%s; formerly Other", "%s | North", "%s\tTab", " %s", "%s  ", "=%s+1", "'%s", "%s`", "^%s", `%s\`, "N/A", "None", "null",
	}

	// literalNulls are texts that mean nothing to a person and are still values.
	literalNulls = []string{"N/A", "None", "null", "#N/A"}

	accountTypes = []string{"Prospect", "Customer - Direct", "Customer - Channel", "Channel Partner / Reseller", "Installation Partner",
		"Technology Partner", "Other"}
	industries = []string{"Agriculture", "Apparel", "Banking", "Biotechnology", "Chemicals", "Communications", "Construction", "Consulting",
		"Education", "Electronics", "Energy", "Engineering", "Entertainment", "Environmental", "Finance", "Food & Beverage", "Government",
		"Healthcare", "Hospitality", "Insurance", "Machinery", "Manufacturing", "Media", "Not For Profit", "Recreation", "Retail", "Shipping",
		"Technology", "Telecommunications", "Transportation", "Utilities", "Other"}
	ratings    = []string{"Hot", "Warm", "Cold"}
	sources    = []string{"Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"}
	owners     = []string{"Public", "Private", "Subsidiary", "Other"}
	segments   = []string{"Enterprise", "Mid-Market", "SMB", "Strategic", "Public sector", "None", "N/A"}
	regions    = []string{"EMEA", "AMER", "APAC", "LATAM", "DACH", "Île-de-France", "Nordics"}
	products   = []string{"Core", "Billing", "Analytics", "Forecast", "API", "Premium support"}
	tiers      = []string{"Bronze", "Silver", "Gold", "Platinum"}
	currencies = []string{"EUR", "USD", "GBP", "CHF"}

	streets = []string{"Main Street", "High Street", "rue de la Paix", "Bahnhofstraße", "Avenida da Liberdade", "Via Roma", "Calle Mayor",
		"Storgatan", "中关村大街", "Market St", "Broadway", "boulevard Saint-Germain"}
	prose = strings.Fields("the customer renewed early and asked for a second contract with our team; pricing was agreed, delivery is planned for " +
		"spring | a \"champion\" left, new contact is in Lyon. see notes: équipe très satisfaite, naïve rollout, 30% discount – résumé sent, 重要 客户 👍")
)

// place is a city with what an address of it looks like.
type place struct{ city, state, country, postalCodes string }

// places have postal codes as patterns: # is a digit. Some begin with zeros,
// which software that takes them for numbers loses.
var places = []place{
	{"Boston", "MA", "United States", "021##"}, {"Hoboken", "NJ", "United States", "070##"}, {"San Juan", "PR", "United States", "009##"},
	{"New York", "NY", "United States", "100##"}, {"Chicago", "IL", "United States", "606##"}, {"San Francisco", "CA", "United States", "941##"},
	{"Paris", "", "France", "750##"}, {"Bourg-en-Bresse", "", "France", "010##"}, {"Nice", "", "France", "060##"},
	{"Dresden", "Sachsen", "Germany", "010##"}, {"München", "Bayern", "Germany", "80###"}, {"Zürich", "ZH", "Switzerland", "80##"},
	{"Roma", "RM", "Italy", "001##"}, {"A Coruña", "Galicia", "Spain", "150##"}, {"São Paulo", "SP", "Brazil", "0####-###"},
	{"London", "", "United Kingdom", "EC#A #BB"}, {"København", "", "Denmark", "#### K"}, {"東京", "東京都", "Japan", "1##-00##"},
	{"北京", "", "China", "1000##"}, {"Łódź", "", "Poland", "9#-0##"}, {"Toronto", "ON", "Canada", "M#B #X#"}, {"Bogotá", "", "Colombia", "11####"},
}
