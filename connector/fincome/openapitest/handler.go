package openapitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/axisync/axisync/connector/fincome"
)

// Exchange serves next and fails the test for every request, and every answer of
// next, that is not in the document as it reads under config. Answers that are
// cut are passed on unseen. The key is looked for, not compared.
func Exchange(t testing.TB, config fincome.Config, next http.Handler) http.Handler {
	t.Helper()
	h := Answers(t, config, next).(*handler)
	h.requests = true
	return h
}

// Answers is Exchange for requests that are wrong on purpose: only the answers
// have to be in the document.
func Answers(t testing.TB, config fincome.Config, next http.Handler) http.Handler {
	t.Helper()
	doc, err := Document(config)
	if err != nil {
		t.Fatal(err)
	}
	return &handler{t: t, config: config.WithDefaults(), doc: doc, next: next}
}

type handler struct {
	t        testing.TB
	config   fincome.Config
	doc      *openapi3.T
	next     http.Handler
	requests bool // are checked as well
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	about := h.about(r, body)
	if h.requests {
		if err := h.checkRequest(about, r); err != nil {
			h.t.Errorf("openapi.yaml: the request %s %s %.200q: %v", r.Method, r.URL.RequestURI(), body, err)
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	seen := &tee{ResponseWriter: w}
	h.next.ServeHTTP(seen, r) // leaves by panic when the answer is cut
	if seen.status == 0 {
		return // the client is gone
	}
	if err := h.checkAnswer(about, seen); err != nil {
		h.t.Errorf("openapi.yaml: the answer to %s %s, %d %.200q: %v", r.Method, r.URL.RequestURI(), seen.status, seen.body.Bytes(), err)
	}
}

// about is the request as the validator takes it. Where the document has no such
// path or verb the operation is made up of how that is answered.
func (h *handler) about(r *http.Request, body []byte) *openapi3filter.RequestValidationInput {
	copied := r.Clone(context.WithoutCancel(r.Context()))
	copied.Body = io.NopCloser(bytes.NewReader(body))
	template, id := place(h.doc, r.URL.EscapedPath())
	input := &openapi3filter.RequestValidationInput{
		Request: copied, PathParams: map[string]string{"id": id},
		Options: &openapi3filter.Options{AuthenticationFunc: h.authenticated, IncludeResponseStatus: true, SkipSettingDefaults: true},
		Route:   &routers.Route{Spec: h.doc, Server: h.doc.Servers[0], Path: template, Method: r.Method, PathItem: h.doc.Paths.Value(template)},
	}
	if input.Route.PathItem == nil {
		input.Route.Operation = h.stranger(nil)
	} else if input.Route.Operation = input.Route.PathItem.GetOperation(r.Method); input.Route.Operation == nil {
		input.Route.Operation = h.stranger(h.doc.Components.Responses["MethodNotAllowed"])
	}
	return input
}

// stranger stands for an operation that the document does not have; notAllowed
// is how it is refused where another is there.
func (h *handler) stranger(notAllowed *openapi3.ResponseRef) *openapi3.Operation {
	of := func(name string) *openapi3.ResponseRef { return h.doc.Components.Responses[name] }
	answers := openapi3.NewResponses(
		openapi3.WithStatus(http.StatusNotFound, of("UnknownPath")), openapi3.WithStatus(http.StatusMethodNotAllowed, notAllowed),
		openapi3.WithStatus(http.StatusUnauthorized, of("Denied")), openapi3.WithStatus(http.StatusForbidden, of("Denied")),
		openapi3.WithStatus(http.StatusTooManyRequests, of("TooMany")),
	)
	answers.Set("5XX", of("OutOfOrder"))
	return &openapi3.Operation{Responses: answers}
}

func (h *handler) checkRequest(about *openapi3filter.RequestValidationInput, r *http.Request) error {
	operation := about.Route.Operation
	if operation.OperationID == "" {
		return fmt.Errorf("there is no such operation")
	}
	for name := range r.URL.Query() {
		if operation.Parameters.GetByInAndName("query", name) == nil && !strings.Contains(h.config.List.Path, name+"=") {
			return fmt.Errorf("the operation has no parameter %q", name)
		}
	}
	return openapi3filter.ValidateRequest(about.Request.Context(), about)
}

// authenticated looks for a key, not for the right one.
func (h *handler) authenticated(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	given := input.RequestValidationInput.Request.Header.Get(input.SecurityScheme.Name)
	key, schemed := strings.CutPrefix(given, h.config.AuthScheme+" ")
	if h.config.AuthScheme == "" {
		key, schemed = given, true
	}
	if key == "" || !schemed {
		return fmt.Errorf("no key in the header %s", input.SecurityScheme.Name)
	}
	return nil
}

func (h *handler) checkAnswer(about *openapi3filter.RequestValidationInput, seen *tee) error {
	response := about.Route.Operation.Responses.Status(seen.status)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: about, Status: seen.status, Header: seen.Header(), Options: about.Options,
	}
	input.SetBodyBytes(seen.body.Bytes())
	if seen.body.Len() == 0 && response != nil && response.Value.Extensions["x-may-be-empty"] == true {
		bare := *about.Options
		bare.ExcludeResponseBody = true
		input.Options = &bare
	}
	return openapi3filter.ValidateResponse(about.Request.Context(), input)
}

// tee keeps an answer while it is sent.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (t *tee) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

func (t *tee) Write(p []byte) (int, error) {
	t.body.Write(p)
	return t.ResponseWriter.Write(p)
}

// Flush lets a part of an answer out before the rest.
func (t *tee) Flush() {
	if flusher, ok := t.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}
