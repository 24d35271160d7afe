package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector/fincome/simulator"
)

// What null and "" do is decided for each alone, under both kinds of update.
func TestEveryEffectOfNullAndEmpty(t *testing.T) {
	t.Parallel()
	effects := []simulator.Effect{simulator.Removes, simulator.Stores, simulator.Ignores, simulator.Refuses}
	for _, null := range effects {
		for _, empty := range effects {
			for _, update := range []simulator.Update{simulator.Merge, simulator.Replace} {
				config := one(map[string]string{"n": `"old"`, "e": `"old"`, "rest": `1`})
				config.Null, config.Empty, config.Update, config.Clear = null, empty, update, simulator.EmptyText
				_, a := serve(t, config)
				want := map[string]string{"n": `"old"`, "e": `"old"`, "rest": `1`, "new": `"x"`}
				if update == simulator.Replace {
					delete(want, "rest")
				}
				refused := affect(want, "n", "null", null)
				refused = affect(want, "e", `""`, empty) || refused
				status, answer, _ := a.do("PATCH", "/clients/c", `{"custom_properties":{"n":null,"e":"","new":"x"}}`)
				if refused {
					want = map[string]string{"n": `"old"`, "e": `"old"`, "rest": `1`}
				}
				if got := a.properties("c"); !cmp.Equal(got, want) || refused != (status == 422) {
					t.Errorf("null %d, empty %d, update %d: %d %s\n%v, want %v", null, empty, update, status, answer, got, want)
				}
			}
		}
	}
}

// affect is what an effect does to a wanted dictionary.
func affect(want map[string]string, name, value string, e simulator.Effect) (refused bool) {
	switch e {
	case simulator.Removes:
		delete(want, name)
	case simulator.Stores:
		want[name] = value
	case simulator.Refuses:
		return true
	}
	return false
}

func TestWhichTypesAreKept(t *testing.T) {
	t.Parallel()
	values := map[string]string{"num": `12.50`, "exp": `-1e2`, "yes": `true`, "no": `false`, "list": `[1, "a"]`, "map": `{"a": {}}`}
	of := map[string]int{"num": 0, "exp": 0, "yes": 1, "no": 1, "list": 2, "map": 2}
	texts := map[string]string{"num": `"12.50"`, "exp": `"-1e2"`, "yes": `"true"`, "no": `"false"`, "list": `"[1,\"a\"]"`, "map": `"{\"a\":{}}"`}
	asSent := map[string]string{"num": `12.50`, "exp": `-1e2`, "yes": `true`, "no": `false`, "list": `[1,"a"]`, "map": `{"a":{}}`}
	for _, kept := range [][3]simulator.Keep{
		{}, {simulator.KeptAsText}, {simulator.KeptNot}, {0, simulator.KeptAsText}, {0, simulator.KeptNot}, {0, 0, simulator.KeptAsText}, {0, 0, simulator.KeptNot},
		{simulator.KeptAsText, simulator.KeptNot, simulator.KeptAsText},
	} {
		config := one(map[string]string{"held": `7`})
		config.Numbers, config.Booleans, config.Structures = kept[0], kept[1], kept[2]
		_, a := serve(t, config)
		for name, sent := range values {
			status, answer, _ := a.do("PATCH", "/clients/c", fmt.Sprintf(`{"custom_properties":{%q:%s,"held":7}}`, name, sent))
			got := a.properties("c")
			want, there := map[simulator.Keep]string{simulator.KeptAsSent: asSent[name], simulator.KeptAsText: texts[name]}[kept[of[name]]]
			if got[name] != want || there != (status == 202) || got["held"] != `7` {
				t.Errorf("%v: %s became %s, want %s: %d %s", kept, sent, got[name], want, status, answer)
			}
		}
	}
}

func TestAnotherAddress(t *testing.T) {
	t.Parallel()
	config := simulator.Config{
		BasePath: "/v2", ClientPath: "/customers/{id}/axes", UpdateVerb: "PUT", DeniedStatus: 403, AuthScheme: "Token",
		Extra: []simulator.Customer{given("a/b", nil), given("b", nil), given("c", nil)},
		List:  simulator.List{Path: "/all", LimitName: "size", After: "page", DataKey: "items", NextKey: "more", MaxLimit: 2, Numbered: true},
	}
	server, a := serve(t, config)
	a.url = strings.TrimSuffix(a.url, "/product")
	for _, c := range []struct {
		method, path, scheme string
		want                 int
		answer               string
	}{
		{"GET", "/v2/customers/a%2Fb/axes", "Token ", 200, `"id":"a/b"`},
		{"PUT", "/v2/customers/a%2Fb/axes", "Token ", 202, `"id":"a/b"`},
		{"PATCH", "/v2/customers/b/axes", "Token ", 405, "Method Not Allowed"},
		{"GET", "/v2/customers/b/axes", "Bearer ", 403, "Not authenticated"},
		{"GET", "/v2/customers/b", "Token ", 404, "Not Found"},
		{"GET", "/product/clients/b", "Token ", 404, "Not Found"},
		{"GET", "/v2/all?page=1", "Token ", 200, `"id":"a/b"`},
		{"GET", "/v2/all", "Token ", 200, `],"more":2}`},
		{"GET", "/v2/all?page=2&size=2", "Token ", 200, `"custom_properties":{}}],"more":null}`},
		{"GET", "/v2/all?page=9", "Token ", 200, `{"items":[],"more":null}`},
		{"GET", "/v2/all?page=0", "Token ", 422, `["query","page"]`},
		{"GET", "/v2/all?size=3", "Token ", 422, "less than or equal to 2"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, a.url+c.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", c.scheme+simulator.DefaultAPIKey)
		status, answer, header := a.read(http.DefaultClient.Do(request))
		if status != c.want || !strings.Contains(answer, c.answer) || status == 405 && header.Get("Allow") != "GET, PUT" {
			t.Errorf("%s %s: %d %s\nwant %d %s", c.method, c.path, status, answer, c.want, c.answer)
		}
	}
	if got := server.Requests(); got[simulator.Request{Method: "PUT", Kind: simulator.KindUpdate, Status: 202}] != 1 ||
		got[simulator.Request{Method: "GET", Kind: simulator.KindOther, Status: 404}] != 2 || got[simulator.Request{Method: "GET", Kind: simulator.KindList, Status: 200}] != 4 {
		t.Errorf("%v", got)
	}
}

func TestNoList(t *testing.T) {
	t.Parallel()
	for _, refused := range []int{404, 405} {
		config := one(nil)
		config.List.Refused = refused
		_, a := serve(t, config)
		status, answer, header := a.do("GET", "/clients?limit=1", "")
		if status != refused || !strings.Contains(answer, http.StatusText(refused)[:6]) || (header.Get("Allow") != "") != (refused == 405) {
			t.Errorf("%d %s %v", status, answer, header)
		}
		if got := a.properties("c"); len(got) != 0 {
			t.Errorf("%v", got)
		}
	}
}

func TestAnswersToAnUpdate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		silent bool
		want   string
	}{{0, false, `202 {`}, {0, true, `202 `}, {200, false, `200 {`}, {200, true, `200 `}, {204, false, `204 `}, {204, true, `204 `}} {
		config := one(nil)
		config.UpdateStatus, config.Silent = c.status, c.silent
		_, a := serve(t, config)
		status, answer, header := a.do("PATCH", "/clients/c", `{"custom_properties":{"a":"b"}}`)
		told := fmt.Sprintf("%d %.1s", status, answer)
		if told != c.want || (answer == "") != (header.Get("Content-Type") == "") || a.properties("c")["a"] != `"b"` {
			t.Errorf("%+v: %d %s %v", c, status, answer, header)
		}
	}
}

func TestUpdateOfAnUnknownCustomer(t *testing.T) {
	t.Parallel()
	for unknown, want := range map[simulator.Unknown]int{simulator.UnknownNotFound: 404, simulator.UnknownInvalid: 422, simulator.UnknownCreated: 202} {
		config := one(nil)
		config.Unknown = unknown
		server, a := serve(t, config)
		status, answer, _ := a.do("PATCH", "/clients/a", `{"custom_properties":{"a":"b"}}`)
		var ids []string
		for c := range server.Customers() {
			ids = append(ids, c.ID)
		}
		made := want == 202
		if status != want || made != (len(ids) == 2) || made && (ids[0] != "a" || a.properties("a")["a"] != `"b"`) {
			t.Errorf("%d %s, customers %q", status, answer, ids)
		}
		if made {
			_, list, _ := a.do("GET", "/clients", "")
			var page struct{ Data []json.RawMessage }
			if err := json.Unmarshal([]byte(list), &page); err != nil || len(page.Data) != 2 {
				t.Errorf("the list: %s, %v", list, err)
			}
		}
	}
}

// An axis that is refused is named, with every other that is; the update is not done,
// and what is sent back as it is held is no change.
func TestRefusedAxesAreNamed(t *testing.T) {
	t.Parallel()
	config := one(map[string]string{"a": `"old"`, "b": `"old"`})
	config.RefuseAxes, config.Numbers = []string{"a", "c"}, simulator.KeptNot
	_, a := serve(t, config)
	for body, want := range map[string]string{
		`{"a":"new","b":"new","c":"x","d":1}`: `["body","custom_properties","a"] ["body","custom_properties","c"] ["body","custom_properties","d"]`,
		`{"a":"old","b":"newer"}`:             "",
	} {
		status, answer, _ := a.do("PATCH", "/clients/c", `{"custom_properties":`+body+`}`)
		var told struct {
			Detail []struct {
				Loc json.RawMessage `json:"loc"`
			} `json:"detail"`
		}
		var named []string
		if status == 422 && json.Unmarshal([]byte(answer), &told) == nil {
			for _, issue := range told.Detail {
				named = append(named, string(issue.Loc))
			}
		}
		if got := strings.Join(named, " "); got != want || (status == 422) != (want != "") {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	if got := a.properties("c"); got["a"] != `"old"` || got["b"] != `"newer"` || len(got) != 2 {
		t.Errorf("it holds %v", got)
	}
}
