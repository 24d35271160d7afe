package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// issue is one entry of a 422, as pydantic 2 writes it.
type issue struct {
	Type  string         `json:"type"`
	Loc   []any          `json:"loc"`
	Msg   string         `json:"msg"`
	Input any            `json:"input"`
	Ctx   map[string]any `json:"ctx,omitempty"`
}

// problem answers with FastAPI's HTTPException shape.
func problem(w http.ResponseWriter, status int, detail string) {
	answer(w, status, marshal(map[string]string{"detail": detail}))
}

// invalid answers with FastAPI's HTTPValidationError.
func invalid(w http.ResponseWriter, issues ...issue) {
	answer(w, http.StatusUnprocessableEntity, marshal(map[string][]issue{"detail": issues}))
}

func notAllowed(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	problem(w, http.StatusMethodNotAllowed, "Method Not Allowed")
}

// answer sends body. A client that has gone away is no concern of the server.
func answer(w http.ResponseWriter, status int, body []byte) {
	if w.Header().Get("Content-Type") == "" { // a fault may say that it is a web page
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func marshal(v any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("fincome simulator: an answer cannot be written as JSON: %v", err))
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
