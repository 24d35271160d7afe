package fincome

import "encoding/json"

// UnmarshalJSON reads a list under the keys of a pipeline file, and as it was written
// before they were used: under the names of the fields.
func (l *List) UnmarshalJSON(content []byte) error {
	type current List
	var before struct{ LimitName, After, DataKey, NextKey string }
	if err := json.Unmarshal(content, &before); err != nil {
		return err
	}
	l.LimitName, l.After, l.DataKey, l.NextKey = before.LimitName, before.After, before.DataKey, before.NextKey
	return json.Unmarshal(content, (*current)(l))
}
