// Package browser is a person with a browser before the simulated login page, for
// tests: it opens the page of an app's request, logs in, and allows or denies.
package browser

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Person is who sits there.
type Person struct {
	Username, Password string
	// Deny is the button that is pressed at the end.
	Deny bool
}

// Visit opens the page and answers the address to which the browser is sent at
// the end, without going there. A page that sends nowhere is an error with its
// text.
func (p Person) Visit(ctx context.Context, address string) (string, error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	decision := "allow"
	if p.Deny {
		decision = "deny"
	}
	page, end, err := open(ctx, client, http.MethodGet, address, nil)
	for _, typed := range []map[string]string{{"username": p.Username, "password": p.Password}, {"decision": decision}} {
		if err != nil || end != "" {
			return end, err
		}
		form := fields(page)
		for name, value := range typed {
			form.Set(name, value)
		}
		page, end, err = open(ctx, client, http.MethodPost, address, form)
	}
	if err == nil && end == "" {
		err = fmt.Errorf("the browser was sent nowhere: %s", page)
	}
	return end, err
}

// Follow visits the page and goes where the browser is sent: it answers the text
// of the page there.
func (p Person) Follow(ctx context.Context, address string) (string, error) {
	end, err := p.Visit(ctx, address)
	if err != nil {
		return "", err
	}
	return Get(ctx, end)
}

// Get is the text of a page, whatever its status.
func Get(ctx context.Context, address string) (string, error) {
	client := &http.Client{}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	return html.UnescapeString(string(page)), err
}

// open loads a page. end is where it sends the browser.
func open(ctx context.Context, client *http.Client, method, address string, form url.Values) (page, end string, err error) {
	target, _, _ := strings.Cut(address, "?")
	if method == http.MethodGet {
		target = address
	}
	request, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(request)
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("the page answers %d: %s", response.StatusCode, html.UnescapeString(string(content)))
	}
	return string(content), response.Header.Get("Location"), err
}

var inputs, values, names = regexp.MustCompile(`<input[^>]*>`), regexp.MustCompile(`value="([^"]*)"`), regexp.MustCompile(`name="([^"]*)"`)

// fields are the inputs of the form of a page.
func fields(page string) url.Values {
	form := url.Values{}
	for _, input := range inputs.FindAllString(page, -1) {
		name, value := names.FindStringSubmatch(input), values.FindStringSubmatch(input)
		if name == nil {
			continue
		}
		text := ""
		if value != nil {
			text = html.UnescapeString(value[1])
		}
		form.Add(html.UnescapeString(name[1]), text)
	}
	return form
}
