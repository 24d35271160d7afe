package salesforce

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Receive takes what a browser came back with. ErrOtherLogin and ErrNoAnswer mean
// that a better answer is awaited; any other error, and nil, end the wait.
type Receive func(ctx context.Context, answer url.Values) error

// Loopback reports whether a redirect URL is one that Serve can serve: plain http
// on this machine.
func Loopback(redirectURL string) bool {
	u, err := url.Parse(redirectURL)
	return err == nil && u.Scheme == "http" && isLoopback(u)
}

// Callback serves a redirect URL on loopback.
type Callback struct {
	address   *url.URL
	listeners []net.Listener
}

// Listen takes the port of a redirect URL for which Loopback is true. localhost
// is both 127.0.0.1 and, where the machine has it, ::1: a browser may try either.
func Listen(redirectURL string) (*Callback, error) {
	u, err := url.Parse(redirectURL)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	hosts := []string{u.Hostname()}
	if u.Hostname() == "localhost" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	c := &Callback{address: u}
	for i, host := range hosts {
		listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err != nil && i > 0 && !errors.Is(err, syscall.EADDRINUSE) {
			continue // no IPv6
		}
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("the redirect URL %s cannot be served: %w; free the port, or log in with --paste", redirectURL, err)
		}
		c.listeners = append(c.listeners, listener)
	}
	return c, nil
}

// Close frees the port.
func (c *Callback) Close() {
	for _, listener := range c.listeners {
		_ = listener.Close()
	}
}

// Wait serves the page until an answer was received for good, and gives what
// receive said of it: the person has read the same in the browser.
func (c *Callback) Wait(ctx context.Context, receive Receive) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	page := &waiting{ctx: ctx, address: c.address, receive: receive, turn: make(chan struct{}, 1), done: make(chan error, 1)}
	server := &http.Server{Handler: page, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Second}
	for _, listener := range c.listeners {
		go server.Serve(listener) // ends with Close or Shutdown, which is all it can tell
	}
	defer server.Close()
	select {
	case err := <-page.done:
		const patience = 5 * time.Second
		flushed, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_ = server.Shutdown(flushed) // the page is to arrive
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waiting answers the browser until there is an answer.
type waiting struct {
	ctx     context.Context
	address *url.URL
	receive Receive
	turn    chan struct{} // one answer at a time
	over    bool          // guarded by turn
	done    chan error
}

var callbackPage = template.Must(template.New("callback").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>{{.Title}} | axisync</title></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 4em auto"><h1>{{.Title}}</h1><p>{{.Text}}</p></body></html>
`))

func (p *waiting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A page of somebody else may have this address under a name of its own.
	if !sameHost(r.Host, p.address.Host) || r.URL.Path != p.path() {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	if p.over {
		p.show(w, http.StatusGone, "This login is over", "Close this page and look at the terminal.")
		return
	}
	err := p.receive(p.ctx, r.URL.Query())
	switch {
	case errors.Is(err, ErrOtherLogin), errors.Is(err, ErrNoAnswer):
		p.show(w, http.StatusBadRequest, "Not connected yet", err.Error()+".")
		return
	case err != nil:
		p.show(w, http.StatusOK, "Not connected", err.Error())
	default:
		p.show(w, http.StatusOK, "Connected", "The source is connected. Close this page and go back to the terminal.")
	}
	p.over = true
	p.done <- err
}

// sameHost compares two hosts; the port 80 goes without saying.
func sameHost(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, ":80"), strings.TrimSuffix(b, ":80"))
}

// path is the path of the redirect URL; that of http://localhost:1717 is /.
func (p *waiting) path() string {
	if p.address.Path == "" {
		return "/"
	}
	return p.address.Path
}

func (p *waiting) show(w http.ResponseWriter, status int, title, text string) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Connection", "close")
	w.WriteHeader(status)
	_ = callbackPage.Execute(w, map[string]string{"Title": title, "Text": text}) // only fails when the browser is gone
}

// Paste reads the address on which the browser ended, one to a line, until one
// was received for good.
func Paste(ctx context.Context, from io.Reader, receive Receive) error {
	lines, failed := make(chan string), make(chan error, 1)
	go func() {
		scanner := bufio.NewScanner(from)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
		failed <- errors.Join(errors.New("the input ended before an address was pasted"), scanner.Err())
	}()
	for {
		select {
		case line := <-lines:
			err := receive(ctx, pasted(line))
			if !errors.Is(err, ErrOtherLogin) && !errors.Is(err, ErrNoAnswer) {
				return err
			}
		case err := <-failed:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// pasted is the query of an address, or what somebody copied of it.
func pasted(line string) url.Values {
	line = strings.Trim(strings.TrimSpace(line), `"'<>`)
	if _, query, found := strings.Cut(line, "?"); found {
		line = query
	}
	line, _, _ = strings.Cut(line, "#")
	values, err := url.ParseQuery(line)
	if err != nil {
		return nil
	}
	return values
}
