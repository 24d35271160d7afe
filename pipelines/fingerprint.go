package pipelines

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// fingerprint stands for what rows and cells mean: object, key, condition,
// identification axis, properties and names, and where the customers come from.
// How things are sent is not part of it.
func (p *Pipeline) fingerprint() string {
	receives := p.receives()
	if receives == targetFincome {
		receives = "" // as in the snapshots of older programs
	}
	content, err := json.Marshal(struct {
		Object, Where, Key, Axis, Customers string
		Zone                                string
		Strict, Trim, Fold, ClearOurs       bool
		Properties                          []Property
		Naming                              any
		Receives                            string `json:",omitempty"` // where it is not Fincome
	}{p.Object, p.Where, p.Key, p.IdentificationAxis, p.CustomersFile, p.Zone.String(), p.Strict, p.Trim, p.Fold, p.ClearOurs, p.Properties, p.Naming, receives})
	if err != nil {
		panic(err) // plain texts and flags always encode
	}
	return digest(string(content))
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
