package oracle_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
)

// spy stands before Fincome and counts the cells that updates change.
type spy struct {
	next  http.Handler
	key   string
	whole bool // updates carry the whole dictionary: what differs is counted

	mu sync.Mutex
	// meanwhile is called once, before the next customer is read for its delivery.
	meanwhile func()
	// die, where it is set, ends the run in the middle of its next update, which is
	// carried out or not.
	die     func()
	carried bool
	died    bool
	cells   int
	calls   int
}

func (s *spy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/clients/") {
		s.mu.Lock()
		if s.meanwhile != nil {
			s.meanwhile()
			s.meanwhile = nil
		}
		s.mu.Unlock()
	}
	if r.Method == http.MethodPatch {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(raw))
		s.count(r.URL, raw)
		if s.die != nil {
			s.died = true
			if s.carried {
				s.next.ServeHTTP(httptest.NewRecorder(), r)
			}
			s.die()
			panic(http.ErrAbortHandler) // no answer
		}
	}
	s.next.ServeHTTP(w, r)
}

func (s *spy) count(at *url.URL, raw []byte) {
	sent, held := dictionary(raw), map[string]json.RawMessage{}
	if s.whole {
		held = dictionary(s.ask("GET", at.EscapedPath()))
	}
	changed := 0
	for key, value := range sent {
		if before, there := held[key]; !there || !bytes.Equal(before, value) {
			changed++
		}
	}
	for key := range held {
		if _, there := sent[key]; !there {
			changed++
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cells += changed
	s.calls++
}

// dictionary reads the custom properties of a body; what is no JSON has none.
func dictionary(raw []byte) map[string]json.RawMessage {
	var body struct {
		Properties map[string]json.RawMessage `json:"custom_properties"`
	}
	_ = json.Unmarshal(raw, &body)
	return body.Properties
}

// ask asks Fincome behind the program's back.
func (s *spy) ask(method, target string) []byte {
	request := httptest.NewRequest(method, target, nil)
	request.Header.Set("Authorization", "Bearer "+s.key)
	answer := httptest.NewRecorder()
	s.next.ServeHTTP(answer, request)
	return answer.Body.Bytes()
}

// take gives the counts since the last time.
func (s *spy) take() (cells, calls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cells, calls = s.cells, s.calls
	s.cells, s.calls = 0, 0
	return cells, calls
}
