// Package openapitest holds what goes between the client and a simulated Fincome
// against connector/fincome/openapi.yaml. Tests alone import it.
package openapitest

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/axisync/axisync/connector/fincome"
)

// Document is the document as it reads under config: every assumption is changed
// to what its setting says.
func Document(config fincome.Config) (*openapi3.T, error) {
	config = config.WithDefaults()
	doc, err := openapi3.NewLoader().LoadFromData(fincome.OpenAPI)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	assumed := fincome.Config{}.WithDefaults()
	doc.Servers[0].URL = config.BaseURL
	doc.Components.SecuritySchemes["APIKey"].Value.Name = config.AuthHeader

	one := doc.Paths.Value(assumed.ClientPath)
	update := one.GetOperation(assumed.UpdateVerb)
	one.SetOperation(assumed.UpdateVerb, nil)
	one.SetOperation(config.UpdateVerb, update)
	move(doc.Paths, assumed.ClientPath, config.ClientPath)

	list := doc.Paths.Value(assumed.List.Path)
	list.Get.Parameters.GetByInAndName("query", assumed.List.LimitName).Name = config.List.LimitName
	list.Get.Parameters.GetByInAndName("query", assumed.List.After).Name = config.List.After
	move(doc.Paths, assumed.List.Path, path(config.List.Path))

	page := doc.Components.Schemas["CustomerPage"].Value
	data, next := page.Properties[assumed.List.DataKey], page.Properties[assumed.List.NextKey]
	page.Required, page.Properties = []string{config.List.DataKey, config.List.NextKey}, openapi3.Schemas{config.List.DataKey: data, config.List.NextKey: next}
	if config.List.Offset {
		page.Required, page.Properties = []string{config.List.DataKey}, openapi3.Schemas{config.List.DataKey: data}
	}
	if config.List.Bare {
		*page = *data.Value
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	return doc, nil
}

func move(paths *openapi3.Paths, from, to string) {
	item := paths.Value(from)
	paths.Delete(from)
	paths.Set(to, item)
}

// path is an address without its query.
func path(address string) string {
	path, _, _ := strings.Cut(address, "?")
	return path
}

// place finds the path of the document that a request is about, and the id in it.
// An id may hold an escaped slash.
func place(doc *openapi3.T, escaped string) (template, id string) {
	base, err := url.Parse(doc.Servers[0].URL)
	if err != nil {
		return "", "" // Document validated it
	}
	rest, ours := strings.CutPrefix(escaped, strings.TrimSuffix(base.EscapedPath(), "/"))
	if !ours {
		return "", ""
	}
	if doc.Paths.Value(rest) != nil {
		return rest, ""
	}
	for template := range doc.Paths.Map() {
		before, after, one := strings.Cut(template, "{id}")
		middle, front := strings.CutPrefix(rest, before)
		middle, back := strings.CutSuffix(middle, after)
		if !one || !front || !back || middle == "" || strings.Contains(middle, "/") {
			continue
		}
		if id, err := url.PathUnescape(middle); err == nil {
			return template, id
		}
	}
	return "", ""
}
