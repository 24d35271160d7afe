package fincome_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/openapitest"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

var oddIDs = []string{"plain", "a/b", "a b", "é", "?x=1", "#f", "%41", "a+b", "../up", "..hidden", "北 海/道", `q"uote`, "a;b", "x%2Fy", "1,2", "{id}"}

var oddValues = map[string]string{
	"Num": `12.50`, "Exp": `1e2`, "Big": `9007199254740993`, "Nest": `{"b":[1,null,"<&>"],"a":{}}`, "List": `[]`,
	"Text": `"é \u0001 \" \\ <b>  "`, "Yes": `true`, "Null": `null`, `Ax "is" é/`: `""`, "": `"no name"`,
}

// kinds are servers and the clients that fit them.
var kinds = map[string]struct {
	server simulator.Config
	client fincome.Config
}{
	"default": {},
	"another address": {
		simulator.Config{BasePath: "/v1", ClientPath: "/customers/{id}/axes", UpdateVerb: "PUT", AuthHeader: "X-Api-Key",
			List: simulator.List{Path: "/all", LimitName: "size", After: "page", DataKey: "items", NextKey: "more", Numbered: true}},
		fincome.Config{ClientPath: "/customers/{id}/axes", UpdateVerb: "PUT", AuthHeader: "X-Api-Key",
			List: fincome.List{Path: "/all?sort=id", LimitName: "size", After: "page", DataKey: "items", NextKey: "more", Limit: 3}},
	},
	"replace, and no body":  {simulator.Config{Update: simulator.Replace, Silent: true, DeniedStatus: 403}, fincome.Config{}},
	"204, and nothing kept": {simulator.Config{UpdateStatus: 204, Null: simulator.Refuses, Empty: simulator.Refuses, Numbers: simulator.KeptNot, Unknown: simulator.UnknownInvalid}, fincome.Config{UpdateVerb: "PATCH"}},
	"200, and POST":         {simulator.Config{UpdateStatus: 200, UpdateVerb: "POST", Unknown: simulator.UnknownCreated}, fincome.Config{UpdateVerb: "POST"}},
	"by offset":             {simulator.Config{List: simulator.List{Offset: true, MaxLimit: 1000}}, fincome.Config{List: fincome.List{Offset: true, Limit: 3}}},
	"by offset, and bare": {
		simulator.Config{List: simulator.List{Path: "/all", LimitName: "top", After: "skip", Offset: true, Bare: true}},
		fincome.Config{List: fincome.List{Path: "/all", LimitName: "top", After: "skip", Offset: true, Bare: true, Limit: 4}},
	},
	"no list":              {simulator.Config{List: simulator.List{Refused: 404}}, fincome.Config{}},
	"a list that is a 405": {simulator.Config{List: simulator.List{Refused: 405}}, fincome.Config{}},
	"a limit by date":      {simulator.Config{Limit: simulator.Limit{PerSecond: 1e-3, Burst: 2, RetryAfter: simulator.RetryDate}}, fincome.Config{}},
	"a limit untold":       {simulator.Config{Limit: simulator.Limit{PerSecond: 1e-3, Burst: 2, RetryAfter: simulator.RetryUntold}}, fincome.Config{}},
	"a limit":              {simulator.Config{Limit: simulator.Limit{PerSecond: 1e-3, Burst: 2}}, fincome.Config{}},
}

func TestEveryAnswerOfTheSimulatorIsInTheDocument(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind.server.Customers, kind.server.RejectIDs = 5, []string{"a b"}
			kind.server.RefuseAxes = []string{"e"}
			for _, id := range oddIDs {
				kind.server.Extra = append(kind.server.Extra, given(id, oddValues))
			}
			config := kind.client
			config.BaseURL = "http://localhost" + cmp.Or(kind.server.BasePath, "/product")
			handler := openapitest.Answers(t, config, simulator.New(kind.server))
			for _, key := range []string{simulator.DefaultAPIKey, "wrong", ""} {
				for _, r := range strangeRequests(config) {
					request := httptest.NewRequest(r[0], config.BaseURL+r[1], strings.NewReader(r[2]))
					full := config.WithDefaults()
					request.Header.Set(full.AuthHeader, strings.TrimSpace(full.AuthScheme+" "+key))
					handler.ServeHTTP(httptest.NewRecorder(), request)
				}
			}
		})
	}
}

// strangeRequests are right and wrong ones: method, address and body.
func strangeRequests(config fincome.Config) [][3]string {
	config = config.WithDefaults()
	at := func(id string) string { return strings.Replace(config.ClientPath, "{id}", id, 1) }
	list, _, _ := strings.Cut(config.List.Path, "?")
	requests := [][3]string{{"GET", "/nowhere", ""}, {"POST", "", "{}"}, {"GET", list + "/", ""}}
	for _, id := range []string{"plain", "a%2Fb", "a%20b", "nobody", "%C3%A9", strings.Repeat("x", 300)} {
		for _, method := range []string{"GET", "PATCH", "PUT", "POST", "DELETE"} {
			for _, body := range []string{``, `{`, `[]`, `null`, `{}`, `{"id":"other"}`, `{"name":5}`, `{"custom_properties":7}`, `{"custom_properties":null}`,
				`{"custom_properties":{"a":null,"b":"","c":1.50,"d":[1],"e":true}}`, `{"name":null,"zip_code":"01234"}`} {
				if method != "GET" || body == "" {
					requests = append(requests, [3]string{method, at(id), body})
				}
			}
		}
	}
	for _, query := range []string{"", "?%s=3", "?%s=0", "?%s=1001", "?%s=ten", "?%s=3&x=y"} {
		if strings.Contains(query, "%s") {
			query = fmt.Sprintf(query, config.List.LimitName)
		}
		requests = append(requests, [3]string{"GET", list + query, ""}, [3]string{"POST", list + query, "{}"})
	}
	return append(requests, [3]string{"GET", list + "?" + config.List.After + "=%25%25", ""})
}

func TestEveryRequestOfTheClientIsInTheDocument(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		if kind.server.Limit.PerSecond > 0 || kind.server.List.Refused > 0 || kind.server.Numbers != 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind.server.Clear = simulator.RemoveKey
			for _, id := range oddIDs {
				kind.server.Extra = append(kind.server.Extra, given(id, oddValues))
			}
			server := simulator.New(kind.server)
			host := httptest.NewServer(nil)
			t.Cleanup(host.Close)
			config := kind.client
			config.BaseURL = host.URL + cmp.Or(kind.server.BasePath, "/product")
			config.APIKey = connector.NewSecret(simulator.DefaultAPIKey)
			host.Config.Handler = openapitest.Exchange(t, config, server)
			client, err := fincome.New(config, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			for _, id := range oddIDs {
				if _, err := client.Retrieve(t.Context(), id); err != nil {
					t.Error(err)
				}
				if _, err := client.Update(t.Context(), id, raw(oddValues)); err != nil {
					t.Error(err)
				}
				if _, err := client.Update(t.Context(), id, nil); err != nil {
					t.Error(err)
				}
			}
			for _, customers := range []connector.Customers{fincome.API{Client: client}, fincome.Singles{Client: client, IDs: append(slices.Clone(oddIDs), "nobody")}} {
				if rows := drain(t, customers); rows != int64(len(oddIDs)) {
					t.Errorf("%d customers were read", rows)
				}
			}
		})
	}
}

func drain(t *testing.T, customers connector.Customers) (rows int64) {
	t.Helper()
	reader, err := customers.Read(t.Context(), connector.CustomerQuery{IdentificationAxis: "Text"})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	for reader.Next() {
		rows += reader.RecordBatch().NumRows()
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// failures are what a test would have failed with.
type failures struct {
	testing.TB
	told []string
}

func (f *failures) Errorf(format string, args ...any) {
	f.told = append(f.told, fmt.Sprintf(format, args...))
}

func TestWhatIsNotInTheDocumentIsSeen(t *testing.T) {
	t.Parallel()
	good := `{"id":"c","custom_properties":{}}`
	for name, c := range map[string]struct {
		method, path, body, key string
		status                  int
		answer, kind            string
		want                    string
	}{
		"all is well":               {status: 202, answer: good},
		"an empty 202":              {status: 202},
		"another verb":              {method: "PUT", status: 202, answer: good, want: "no such operation"},
		"another path":              {path: "/customers/c", status: 202, answer: good, want: "no such operation"},
		"no key":                    {key: "Bearer ", status: 202, answer: good, want: "no key in the header Authorization"},
		"another scheme":            {key: "Token k", status: 202, answer: good, want: "no key in the header Authorization"},
		"an unknown field":          {body: `{"custom":{}}`, status: 202, answer: good, want: "custom"},
		"a dictionary as a list":    {body: `{"custom_properties":[]}`, status: 202, answer: good, want: "custom_properties"},
		"no body":                   {body: " ", status: 202, answer: good, want: "body"},
		"an answer without id":      {status: 202, answer: `{"custom_properties":{}}`, want: "id"},
		"a name that is a number":   {status: 202, answer: `{"id":"c","name":5,"custom_properties":{}}`, want: "name"},
		"201":                       {status: 201, answer: good, want: "status is not supported"},
		"a 422 with a text":         {status: 422, answer: `{"detail":"no"}`, want: "detail"},
		"a 200 that is a web page":  {status: 200, answer: "<html>", kind: "text/html", want: "Content-Type"},
		"a 503 that is a web page":  {status: 503, answer: "<html>", kind: "text/html"},
		"an unknown parameter":      {method: "GET", path: "/clients?size=3", status: 200, answer: `{"data":[],"next_cursor":null}`, want: `no parameter "size"`},
		"a page without its cursor": {method: "GET", path: "/clients?limit=3", status: 200, answer: `{"data":[]}`, want: "next_cursor"},
		"a limit of nothing":        {method: "GET", path: "/clients?limit=0", status: 200, answer: `{"data":[],"next_cursor":null}`, want: "limit"},
	} {
		seen := &failures{TB: t}
		handler := openapitest.Exchange(seen, fincome.Config{BaseURL: "http://localhost/product"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", cmp.Or(c.kind, "application/json"))
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.answer))
		}))
		request := httptest.NewRequest(cmp.Or(c.method, "PATCH"), "http://localhost/product"+cmp.Or(c.path, "/clients/c"), strings.NewReader(strings.TrimSpace(cmp.Or(c.body, `{"custom_properties":{"a":1}}`))))
		request.Header.Set("Authorization", cmp.Or(c.key, "Bearer k"))
		request.Header.Set("Content-Type", "application/json")
		handler.ServeHTTP(httptest.NewRecorder(), request)
		if told := strings.Join(seen.told, "\n"); (c.want == "") != (told == "") || !strings.Contains(told, c.want) {
			t.Errorf("%s: %s\nwant %q", name, told, c.want)
		}
	}
}

// An assumption that no setting changes would be a hidden guess.
func TestEveryAssumptionNamesItsSetting(t *testing.T) {
	t.Parallel()
	var doc any
	if err := yaml.Load(fincome.OpenAPI, &doc); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	assumptions(doc, func(a map[string]any) {
		setting, _ := a["setting"].(string)
		field, _ := a["field"].(string)
		if why, _ := a["why"].(string); why == "" || named[setting] {
			t.Errorf("the assumption of %s has no reason, or is there twice", setting)
		}
		named[setting] = true
		switch {
		case field == "":
			if setting != "fincome.update" && setting != "fincome.clear" {
				t.Errorf("%s has no field", setting)
			}
		case !hasField(reflect.TypeFor[fincome.Config](), field):
			t.Errorf("%s names the field %s, which is none", setting, field)
		}
	})
	if len(named) != 14 {
		t.Errorf("%d assumptions", len(named))
	}
}

// assumptions finds every x-assumption in a document.
func assumptions(node any, each func(map[string]any)) {
	switch node := node.(type) {
	case []any:
		for _, part := range node {
			assumptions(part, each)
		}
	case map[string]any:
		for key, part := range node {
			if key != "x-assumption" {
				assumptions(part, each)
				continue
			}
			for _, assumption := range part.([]any) {
				each(assumption.(map[string]any))
			}
		}
	}
}

func hasField(of reflect.Type, path string) bool {
	name, rest, deeper := strings.Cut(path, ".")
	field, there := of.FieldByName(name)
	if !there || !deeper {
		return there
	}
	return hasField(field.Type, rest)
}
