package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
)

// people adds to the simulated Fincome what people do there, and what no real
// one tells: what became of it. It lies beside the API, below its base path.
func (w *world) people(base string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+base+"/simulator/edit", w.edit)
	mux.HandleFunc("POST "+base+"/simulator/settle", func(out http.ResponseWriter, _ *http.Request) {
		w.fincome.Settle()
		fmt.Fprintln(out, "settled")
	})
	mux.HandleFunc("GET "+base+"/simulator/lost", func(out http.ResponseWriter, _ *http.Request) { tell(out, lost(w.fincome.LostEdits())) })
	mux.HandleFunc("GET "+base+"/simulator/requests", func(out http.ResponseWriter, _ *http.Request) { tell(out, requests(w.fincome)) })
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if strings.HasPrefix(in.URL.Path, base+"/simulator/") {
			mux.ServeHTTP(out, in)
			return
		}
		w.fincome.ServeHTTP(out, in)
	})
}

func (w *world) edit(out http.ResponseWriter, in *http.Request) {
	customer, axis := in.FormValue("customer"), in.FormValue("axis")
	if customer == "" || axis == "" {
		http.Error(out, "customer and axis have to be given, and a value unless the axis is to be removed", http.StatusBadRequest)
		return
	}
	var value any
	if in.Form.Has("value") {
		value = in.FormValue("value")
	}
	if err := w.fincome.Edit(customer, axis, value); err != nil {
		http.Error(out, err.Error(), http.StatusNotFound)
		return
	}
	fmt.Fprintf(out, "edited %s of %s\n", axis, customer)
}

// tell answers JSON. A client that has gone away is no concern of the server.
func tell(out http.ResponseWriter, value any) {
	out.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(out).Encode(value)
}

type lostEdit struct {
	Customer string          `json:"customer"`
	Axis     string          `json:"axis"`
	Value    json.RawMessage `json:"value"`  // null: the axis was removed
	Became   json.RawMessage `json:"became"` // likewise
	Edited   time.Time       `json:"edited"`
	Read     *time.Time      `json:"read"` // null: never
	Updated  time.Time       `json:"updated"`
	Informed bool            `json:"informed"`
}

func lost(edits []fincome.LostEdit) []lostEdit {
	told := make([]lostEdit, 0, len(edits))
	for _, e := range edits {
		l := lostEdit{e.Customer, e.Axis, e.Value, e.Became, e.Edited, &e.Read, e.Updated, e.Informed}
		if e.Read.IsZero() {
			l.Read = nil
		}
		told = append(told, l)
	}
	return told
}

type requestCount struct {
	Method string `json:"method"`
	Kind   string `json:"kind"`
	Status int    `json:"status"` // 0: cut before any answer
	Count  int    `json:"count"`
}

// requests are the counts of requests, and of the property names that updates
// carried.
func requests(server *fincome.Server) any {
	var counts []requestCount
	for r, n := range server.Requests() {
		counts = append(counts, requestCount{r.Method, r.Kind, r.Status, n})
	}
	slices.SortFunc(counts, func(a, b requestCount) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Status, b.Status))
	})
	return map[string]any{"requests": counts, "carried": server.Carried()}
}
