package fincome_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
)

var fuzzed = connector.CustomerQuery{IdentificationAxis: "k", Axes: []string{"a", "é", "a b", "b"}}

// FuzzListing compares what is read of a page with what encoding/json makes of
// it.
func FuzzListing(f *testing.F) {
	for _, properties := range []string{
		`{"k":"1","a":"x","b":2}`, `{"a":null,"b":"","é":true,"a b":false}`, `{"\u0061":"\ud83d\ude80\ud83d\"","k":[1,{"a":{}}]}`,
		`{"a":-0.5e+10,"k":"` + "\xff" + `"}`, `{"a":1,"\u0061":2}`, `{"a":{"b":1,"b":2}}`, `null`, `[]`, `{"a":"0123456789abcdef\n0123456789"}`,
		`{"a":01}`, `{"a":"` + "\n" + `"}`, `{"a":1.}`, `{"":[],"a":"\u12g4","b":tru}`, "{ \"a\" :\t\"é\" ,\r\n\"b\":[ ] }", `{"a":1,}`, `{"a" 1}`, `{,}`,
	} {
		f.Add([]byte(`{"data":[{"id":"c","custom_properties":` + properties + `},{"id":7}],"next_cursor":null}`))
	}
	f.Add([]byte(`{"next_cursor":"n","x":{"data":1},"data":[]}`))
	f.Add([]byte(`{"next_cursor":1,"data":[{"id":"a","name":"b","custom_properties":{"a":"x","b":"y"}},{"id":"b","custom_properties":{"b":"y","a":"x"}}]} `))
	f.Add([]byte(`{"data":[{"id":"a"},{"id":"a"}],"next_cursor":null} {`))
	f.Fuzz(func(t *testing.T, page []byte) {
		got, axes, err := readPage(t, page)
		want, wantAxes, wrong := expected(page)
		if (err != nil) != (wrong != nil) {
			t.Fatalf("%q: %v, want %v", page, err, wrong)
		}
		if err == nil {
			same(t, want, got)
			if !slices.Equal(axes, wantAxes) {
				t.Fatalf("%q: axes %q, want %q", page, axes, wantAxes)
			}
		}
	})
}

// readPage reads a listing of this page and an empty one after it.
func readPage(t *testing.T, page []byte) (rows []row, axes []string, err error) {
	t.Helper()
	bodies := [][]byte{page, []byte(`{"data":[],"next_cursor":null}`)}
	client, err := fincome.New(fincome.Config{APIKey: connector.NewSecret("k")}, roundTrip(func(*http.Request) (*http.Response, error) {
		body := bodies[0]
		bodies = bodies[1:]
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, fincome.API{Client: client}, fuzzed)
}

// expected is what is to be read of a page, by encoding/json alone.
func expected(page []byte) (rows []row, axes []string, err error) {
	if !json.Valid(page) {
		return nil, nil, fmt.Errorf("no JSON")
	}
	if err := unique(json.NewDecoder(bytes.NewReader(page))); err != nil {
		return nil, nil, err
	}
	var keys map[string]json.RawMessage
	var customers []map[string]json.RawMessage
	switch err := json.Unmarshal(page, &keys); {
	case err != nil:
		return nil, nil, err
	case keys["data"] == nil, keys["data"][0] != '[', keys["next_cursor"] == nil, strings.ContainsRune("{[tf", rune(keys["next_cursor"][0])):
		return nil, nil, fmt.Errorf("no data or no cursor")
	}
	if err := json.Unmarshal(keys["data"], &customers); err != nil {
		return nil, nil, err
	}
	ids := map[string]bool{}
	for _, customer := range customers {
		r, carried, err := expectedRow(customer)
		if err != nil {
			return nil, nil, err
		}
		if ids[r.ID] {
			return nil, nil, fmt.Errorf("%q twice", r.ID)
		}
		ids[r.ID] = true
		rows, axes = append(rows, r), append(axes, carried...)
	}
	slices.Sort(axes)
	return rows, slices.Compact(axes), nil
}

func expectedRow(customer map[string]json.RawMessage) (r row, carried []string, err error) {
	var kind string
	raw := customer["id"]
	if r.ID, kind = told(raw); raw == nil || r.ID == "" || kind != null && kind != connector.TypeNumber || r.ID == null && raw[0] == 'n' {
		return r, nil, fmt.Errorf("no id")
	}
	if kind == null && (!utf8.Valid(raw) || strings.ContainsRune(r.ID, utf8.RuneError) && !bytes.ContainsRune(raw, utf8.RuneError)) {
		return r, nil, fmt.Errorf("the id is no UTF-8")
	}
	var properties map[string]json.RawMessage
	if given := customer["custom_properties"]; given != nil {
		if err := json.Unmarshal(given, &properties); err != nil {
			return r, nil, err
		}
	}
	r.Identifier, _ = told(properties[fuzzed.IdentificationAxis])
	for _, axis := range fuzzed.Axes {
		text, kind := told(properties[axis])
		r.Values, r.Types = append(r.Values, text), append(r.Types, kind)
	}
	for axis, value := range properties {
		if string(value) != "null" && string(value) != `""` {
			carried = append(carried, axis)
		}
	}
	return r, carried, nil
}

// told is the text and the type of a value.
func told(value json.RawMessage) (text, kind string) {
	if value == nil {
		return null, null
	}
	switch value[0] {
	case 'n':
		return null, null
	case '"':
		_ = json.Unmarshal(value, &text) // the page was valid
		return text, null
	case 't', 'f':
		return string(value), connector.TypeBoolean
	case '{', '[':
		return strings.ToValidUTF8(string(value), "\ufffd"), connector.TypeJSON
	}
	return string(value), connector.TypeNumber
}

// unique is an error when an object of the value that comes next has a name
// twice.
func unique(d *json.Decoder) error {
	d.UseNumber()
	token, err := d.Token()
	if err != nil {
		return err
	}
	if _, is := token.(json.Delim); !is {
		return nil
	}
	names := map[string]bool{}
	for d.More() {
		if token == json.Delim('{') {
			name, err := d.Token()
			if err != nil {
				return err
			}
			if names[name.(string)] {
				return fmt.Errorf("%q twice", name)
			}
			names[name.(string)] = true
		}
		if err := unique(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
