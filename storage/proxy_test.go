package storage_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/storage/storagetest"
)

// proxied is a bucket behind a proxy: answer may answer a request itself, after next
// did what it asks for or without.
func proxied(t testing.TB, server *storagetest.Server, name string, answer func(w http.ResponseWriter, r *http.Request, next http.Handler)) *storage.Bucket {
	t.Helper()
	server.Bucket(t, name)
	return opened(t, storage.Join(server.URL(name, proxy(t, server, answer)), "some", "prefix"))
}

// proxy gives the address of a proxy before a server.
func proxy(t testing.TB, server *storagetest.Server, answer func(w http.ResponseWriter, r *http.Request, next http.Handler)) string {
	t.Helper()
	next := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", server.Address, r.In.Host
		},
		ErrorLog:  log.New(io.Discard, "", 0), // of clients that give up
		Transport: &http.Transport{MaxIdleConnsPerHost: 100},
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, next) }))
	t.Cleanup(front.Close)
	return strings.TrimPrefix(front.URL, "http://")
}

// unheard lets a request happen, and loses the answer.
func unheard(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	http.Error(w, "busy", http.StatusServiceUnavailable)
}
