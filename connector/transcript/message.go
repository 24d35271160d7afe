package transcript

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// anything is a body that may be anything.
const anything = "{{*}}"

// marked finds the marks that JSON templates have and JSON has not.
var marked = regexp.MustCompile(`"\.\.\."|"[?!]\w+"\s*:`)

// render is the body to send.
func (m message) render(b *Bindings) (string, error) {
	switch {
	case m.body == anything:
		return "", nil
	case m.isForm():
		return m.renderForm(b)
	case !m.isJSON():
		return b.Render(m.body), nil
	}
	text := b.renderJSON(m.body)
	if !marked.MatchString(text) {
		return text, nil
	}
	root, err := tree(text)
	if err != nil {
		return "", fmt.Errorf("the transcript's body is no JSON: %w", err)
	}
	var sent strings.Builder
	encoder := json.NewEncoder(&sent)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(plain(root))
	return sent.String(), err
}

func (m message) renderForm(b *Bindings) (string, error) {
	form, err := url.ParseQuery(m.body)
	for _, values := range form {
		values[0] = b.Render(values[0])
	}
	return form.Encode(), err
}

func (m message) isForm() bool {
	return strings.HasPrefix(m.header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

func (m message) isJSON() bool {
	return m.body != "" && strings.Contains("{[", m.body[:1]) && !strings.HasPrefix(m.header.Get("Content-Type"), "text/")
}

// renderHeader writes the headers. A star at the end of a value, which says that
// more may follow, is not sent.
func (m message) renderHeader(b *Bindings, into http.Header) {
	for name, values := range m.header {
		into.Set(name, strings.TrimSuffix(b.Render(values[0]), "*"))
	}
}

// match compares headers and body.
func (m message) match(b *Bindings, header http.Header, body string) error {
	for name, values := range m.header {
		template := values[0]
		if open, found := strings.CutSuffix(template, "*"); found {
			template = open + anything
		}
		if len(header.Values(name)) == 0 {
			return fmt.Errorf("the header %s is missing", name)
		}
		if err := b.match(template, header.Get(name)); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
	}
	for _, name := range m.absent {
		if len(header.Values(name)) > 0 {
			return fmt.Errorf("the header %s must be absent, it is %q", name, header.Get(name))
		}
	}
	return m.matchBody(b, body)
}

func (m message) matchBody(b *Bindings, body string) error {
	switch {
	case m.body == anything:
		return nil
	case m.isForm():
		want, err := url.ParseQuery(m.body)
		got, bad := url.ParseQuery(body)
		if err != nil || bad != nil {
			return errors.Join(err, bad)
		}
		return b.matchParameters(want, got, nil)
	case m.isJSON():
		return b.matchJSON(m.body, body)
	}
	// Whether a last line ends with a line feed is known of no system.
	return b.match(m.body, strings.TrimSuffix(body, "\n"))
}

// matchParameters compares query or form parameters; those of maybe need not be
// there.
func (b *Bindings) matchParameters(want, got url.Values, maybe map[string]string) error {
	for name, values := range want {
		if len(got[name]) != 1 {
			return fmt.Errorf("the parameter %s is there %d times", name, len(got[name]))
		}
		if err := b.match(values[0], got.Get(name)); err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	for name := range got {
		template, may := maybe[name]
		if _, must := want[name]; !must && !may {
			return fmt.Errorf("there is a parameter %s too many", name)
		}
		if may {
			if err := b.match(template, got.Get(name)); err != nil {
				return fmt.Errorf("parameter %s: %w", name, err)
			}
		}
	}
	return nil
}

// matchRequest compares what a client sent with what it should send.
func (e *exchange) matchRequest(b *Bindings, r *http.Request, body string) error {
	path, query, _ := strings.Cut(e.target, "?")
	if r.Method != e.method {
		return fmt.Errorf("the method is %s, want %s", r.Method, e.method)
	}
	if err := b.matchPath(path, r.URL.EscapedPath()); err != nil {
		return err
	}
	want, err := url.ParseQuery(query)
	if err != nil {
		return err
	}
	if err := b.matchParameters(want, r.URL.Query(), e.asked.queries); err != nil {
		return err
	}
	return e.asked.match(b, r.Header, body)
}

// matchPath compares segment by segment, so that an escaped slash is none.
func (b *Bindings) matchPath(want, got string) error {
	wants, gots := strings.Split(want, "/"), strings.Split(got, "/")
	if len(wants) != len(gots) {
		return fmt.Errorf("the path is %s, want %s", got, want)
	}
	for i := range wants {
		template, err := url.PathUnescape(wants[i])
		text, bad := url.PathUnescape(gots[i])
		if err = errors.Join(err, bad); err == nil {
			err = b.match(template, text)
		}
		if err != nil {
			return fmt.Errorf("the path is %s: %w", got, err)
		}
	}
	return nil
}

// matchResponse compares what a server answered with what it should answer.
func (e *exchange) matchResponse(b *Bindings, r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if err := b.match(e.status, fmt.Sprint(r.StatusCode)); err != nil {
		return fmt.Errorf("status: %w: %s", err, body)
	}
	return e.answered.match(b, r.Header, string(body))
}
