package transcript

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// What a transcript says and what is sent or answered: a replay that cannot fail
// would prove nothing, so most of these differ.
func TestJSONByMeaning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		want, got string
		same      bool
	}{
		{`{"a": 1, "b": "x"}`, `{"b":"x","a":1}`, true},
		{`{"a": 1}`, `{"a":1,"b":2}`, false},
		{`{"a": 1, "...": "..."}`, `{"a":1,"b":2}`, true},
		{`{"a": 1, "b": 2}`, `{"a":1}`, false},
		{`{"a": 1, "?b": 2}`, `{"a":1}`, true},
		{`{"a": 1, "?b": 2}`, `{"a":1,"b":3}`, false},
		{`{"a": 1, "!b": ""}`, `{"a":1,"b":2}`, false},
		{`{"a": 1, "!b": ""}`, `{"a":1}`, true},
		{`{"a": "1"}`, `{"a":1}`, false},
		{`{"a": 1}`, `{"a":"1"}`, false},
		{`{"a": 1.50}`, `{"a":1.5}`, false},
		{`{"a": null}`, `{"a":""}`, false},
		{`{"a": null}`, `{}`, false},
		{`{"a": {{n}}}`, `{"a":42}`, true},
		{`{"a": {{n}}}`, `{"a":"42"}`, false},
		{`{"a": "{{n}}"}`, `{"a":42}`, false},
		{`{"a": {{n}}, "b": {{n}}}`, `{"a":42,"b":43}`, false},
		{`{"a": "{{n}}-{{n}}"}`, `{"a":"42-43"}`, false},
		{`{"a": "{{n}}"}`, `{"a":"x"}`, false},
		{`{"a": "{{unheard}}"}`, `{"a":"x"}`, false},
		{`{"a": "{{*}}"}`, `{"a":[1]}`, true},
		{`[1, 2]`, `[2,1]`, false},
		{`[1]`, `[1,2]`, false},
		{`["...", {"a": 2}]`, `[{"a":1},{"a":2},{"a":3}]`, true},
		{`["...", {"a": 4}]`, `[{"a":1},{"a":2}]`, false},
		{`{}`, `{} {}`, false},
		{`{}`, `<html>`, false},
	} {
		b := &Bindings{bound: map[string]string{}, values: map[string]value{"n": {sample: "7", pattern: "[0-9]+"}}}
		if err := b.matchJSON(test.want, test.got); (err == nil) != test.same {
			t.Errorf("%s and %s: %v", test.want, test.got, err)
		}
	}
}

const story = `A customer is asked for and is there.
source: a test
sides: both
-- values --
id = C-1 ~ C-[0-9]+
when : now ~ .+
-- call --
ask
-- request --
POST /a%2Fb/{{id}}?q=x
?may: {{*}}
X-Key: k

{"id": "{{id}}", "?more": 1}
-- response --
200
Content-Type: application/json*
!X-Other

{"id": "{{id}}", "when": "{{when}}", "?more": 1}
-- expect --
ok
`

func told(t *testing.T) *Story {
	t.Helper()
	s, err := parse("story", txtar.Parse([]byte(story)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// complaints is a test that collects what is said against the side under test.
type complaints struct {
	testing.TB
	said []string
}

func (c *complaints) Helper() {}
func (c *complaints) Errorf(format string, args ...any) {
	c.said = append(c.said, fmt.Sprintf(format, args...))
}

// Fatalf does not end the goroutine: nothing follows in these stories.
func (c *complaints) Fatalf(format string, args ...any) { c.Errorf(format, args...) }

func (c *complaints) check(t *testing.T, name, want string) {
	t.Helper()
	if want == "" && len(c.said) > 0 || want != "" && !strings.Contains(strings.Join(c.said, "\n"), want) {
		t.Errorf("%s: %q, want %q", name, c.said, want)
	}
}

// asker is a client that sends what it is told to send.
type asker struct {
	url, method, path, key, body string
	silent                       bool
	status                       int
}

func (a *asker) Setup(string) error { return nil }
func (a *asker) Check(string) error { return nil }
func (a *asker) Call(string) error {
	if a.silent {
		return nil
	}
	r, err := http.NewRequest(a.method, a.url+a.path, strings.NewReader(a.body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Key", a.key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	a.status = answer.StatusCode
	return answer.Body.Close()
}

func TestClientsAreHeldToTheStory(t *testing.T) {
	t.Parallel()
	for want, client := range map[string]*asker{
		"": {method: "POST", path: "/a%2Fb/C-9?may=1&q=x", key: "k", body: `{"id":"C-9"}`},
		"the client did not send POST /a%2Fb/{{id}}?q=x": {silent: true},
		"the method is PUT, want POST":                   {method: "PUT", path: "/a%2Fb/C-9?q=x", key: "k", body: `{"id":"C-9"}`},
		"the path is /a/b/C-9":                           {method: "POST", path: "/a/b/C-9?q=x", key: "k", body: `{"id":"C-9"}`},
		"parameter q":                                    {method: "POST", path: "/a%2Fb/C-9?q=y", key: "k", body: `{"id":"C-9"}`},
		"a parameter z too many":                         {method: "POST", path: "/a%2Fb/C-9?q=x&z=1", key: "k", body: `{"id":"C-9"}`},
		"header X-Key":                                   {method: "POST", path: "/a%2Fb/C-9?q=x", key: "l", body: `{"id":"C-9"}`},
		`got "C-8", want "{{id}}"`:                       {method: "POST", path: "/a%2Fb/C-9?q=x", key: "k", body: `{"id":"C-8"}`},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			heard := &complaints{TB: t}
			told(t).PlayClient(heard, func(_ *Bindings, url string) Client { client.url = url; return client })
			heard.check(t, "client", want)
		})
	}
}

// answerer is a simulator that gives one answer.
type answerer struct {
	status      int
	other, body string
}

func (a answerer) Do(string) error { return nil }
func (a answerer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if a.other != "" {
		w.Header().Set("X-Other", a.other)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
}

func TestSimulatorsAreHeldToTheStory(t *testing.T) {
	t.Parallel()
	for want, simulator := range map[string]answerer{
		"":                         {200, "", `{"id":"C-1","when":"then"}`},
		"status: got \"201\"":      {201, "", `{"id":"C-1","when":"then"}`},
		"X-Other must be absent":   {200, "x", `{"id":"C-1","when":"then"}`},
		`got "C-2", want "{{id}}"`: {200, "", `{"id":"C-2","when":"then"}`},
		`"when" is missing`:        {200, "", `{"id":"C-1"}`},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			heard := &complaints{TB: t}
			told(t).PlaySimulator(heard, func(*Bindings, []string) Simulator { return simulator })
			heard.check(t, "simulator", want)
		})
	}
}

func TestBadStories(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"sides: both\n":                                      "names no source",
		"source: s\nsides: client\n":                         "say both, client or simulator, and why",
		"source: s\nsides: both\n-- respond --\n":            "there is no such section",
		"source: s\nsides: both\n-- response --\n200\n":      "it follows no request",
		"source: s\nsides: both\n-- request often --\nGET /": `"often" is not known`,
		"source: s\nsides: both\n-- values --\na = b ~ (\n":  "value a",
		"source: s\nsides: both\n-- values --\na\n":          "is no value",
	} {
		if _, err := parse("bad", txtar.Parse([]byte(text))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
