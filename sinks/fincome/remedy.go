package fincome

// Remedy says what to do about a cell that was refused with a code.
func Remedy(code string) string {
	switch code {
	case "404", "410":
		return "the customer is gone from Fincome: export the customers again"
	case "400", "422":
		return "Fincome does not take this value: correct it in Salesforce, or leave the property out"
	case "not_applied":
		return "Fincome accepts the value and never shows it: look at the axis in Fincome"
	}
	return "look at the customer in Fincome"
}
