package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
)

// Update says what the dictionary of an update does to the stored one.
type Update int

// The two that Fincome's documentation leaves open.
const (
	Merge   Update = iota // keys that are not sent stay
	Replace               // keys that are not sent are removed
)

// patch is what an update asks for. A field that is not sent is nil.
type patch struct {
	fields     map[string]*string
	properties *dictionary
}

// textFields are the fields of a customer that an update may set.
var textFields = []string{"id", "root_parent_id", "name", "email", "country", "zip_code"}

func (s *Server) update(w http.ResponseWriter, r *http.Request, id string) {
	raw, err := io.ReadAll(r.Body)
	if err != nil { // the client went away before it had said what it wanted
		return
	}
	p, issues := parsePatch(raw, id)
	if len(issues) > 0 {
		invalid(w, issues...)
		return
	}
	encoded, issues := s.accept(id, p)
	switch {
	case len(issues) > 0:
		invalid(w, issues...)
	case encoded == nil:
		problem(w, http.StatusNotFound, "Client not found")
	case s.config.UpdateStatus == http.StatusNoContent:
		w.WriteHeader(http.StatusNoContent)
	case s.config.Silent:
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(s.config.UpdateStatus)
	default:
		answer(w, s.config.UpdateStatus, encoded)
	}
}

func parsePatch(raw []byte, id string) (patch, []issue) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return patch{}, []issue{{Type: "missing", Loc: []any{"body"}, Msg: "Field required"}}
	}
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(raw, &sent); err != nil || sent == nil {
		return patch{}, []issue{bodyIssue(raw, err)}
	}
	p := patch{fields: map[string]*string{}}
	var issues []issue
	for _, name := range textFields {
		if value, given := sent[name]; given {
			var field *string
			if json.Unmarshal(value, &field) != nil {
				issues = append(issues, fieldIssue("string_type", name, "Input should be a valid string", value))
			}
			p.fields[name] = field
		}
	}
	if other := p.fields["id"]; other != nil && *other != id {
		issues = append(issues, fieldIssue("value_error", "id", "Value error, the id cannot be changed", sent["id"]))
	}
	if value, given := sent["custom_properties"]; given {
		p.properties = new(dictionary)
		if p.properties.UnmarshalJSON(compact(value)) != nil {
			issues = append(issues, fieldIssue("dict_type", "custom_properties", "Input should be a valid dictionary", value))
		}
	}
	return p, issues
}

func compact(raw []byte) []byte {
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		panic("fincome simulator: a part of valid JSON is none: " + err.Error())
	}
	return out.Bytes()
}

func bodyIssue(raw []byte, err error) issue {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return issue{
			Type: "json_invalid", Loc: []any{"body", syntax.Offset}, Msg: "JSON decode error",
			Input: map[string]any{}, Ctx: map[string]any{"error": syntax.Error()},
		}
	}
	return issue{
		Type: "model_attributes_type", Loc: []any{"body"}, Input: json.RawMessage(raw),
		Msg: "Input should be a valid dictionary or object to extract fields from",
	}
}

func fieldIssue(kind, name, message string, input json.RawMessage) issue {
	return issue{Type: kind, Loc: []any{"body", name}, Msg: message, Input: input}
}

// refusals are the values of the patch that b's customer may not be given.
func (p patch) refusals(b body, c Config) []issue {
	if p.properties == nil {
		return nil
	}
	var issues []issue
	for _, sent := range *p.properties {
		if held, there := b.Properties.get(sent.name); there && bytes.Equal(held, sent.value) {
			continue
		}
		at := []any{"body", "custom_properties", sent.name}
		switch {
		case slices.Contains(c.RefuseAxes, sent.name):
			issues = append(issues, issue{Type: "value_error", Loc: at, Input: sent.value, Msg: "Value error, this axis is filled by another source"})
		case c.effect(sent.value) == Refuses:
			issues = append(issues, issue{Type: "string_type", Loc: at, Input: sent.value, Msg: "Input should be a valid string"})
		}
	}
	return issues
}

// applyTo does what the patch asks to b.
func (p patch) applyTo(b *body, c Config) {
	for name, target := range map[string]**string{
		"root_parent_id": &b.RootParentID, "name": &b.Name, "email": &b.Email,
		"country": &b.Country, "zip_code": &b.ZipCode,
	} {
		if value, given := p.fields[name]; given {
			*target = value
		}
	}
	if p.properties == nil {
		return
	}
	next := slices.Clone(b.Properties)
	if c.Update == Replace {
		next = slices.DeleteFunc(next, func(held property) bool {
			_, sent := p.properties.get(held.name)
			return !sent
		})
	}
	for _, sent := range *p.properties {
		if held, there := next.get(sent.name); there && bytes.Equal(held, sent.value) {
			continue // sent back as it is held: a null stays null, a text is not re-typed
		}
		switch c.effect(sent.value) {
		case Stores:
			next.set(sent.name, c.form(sent.value))
		case Removes:
			next.remove(sent.name)
		}
	}
	b.Properties = next
}
