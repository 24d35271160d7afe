package simulator

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/axisync/axisync/connector/salesforce/simulator/soql"
)

// apiError is an error of the REST and Bulk APIs.
type apiError struct {
	status        int
	code, message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func badRequest(code, message string) error {
	return &apiError{http.StatusBadRequest, code, message}
}

var errNotFound = &apiError{http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist"}

// writeJSON answers with a JSON document. What cannot be sent was given up by
// the client, so write errors are not reported.
func writeJSON(w http.ResponseWriter, status int, document any) {
	body, err := json.Marshal(document)
	if err != nil {
		panic(err) // the documents are built here, of encodable types
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// writeError answers with the array of one error that REST clients expect.
func writeError(w http.ResponseWriter, err error) {
	var api *apiError
	var query *soql.Error
	switch {
	case errors.As(err, &api):
	case errors.As(err, &query):
		api = &apiError{http.StatusBadRequest, query.Code, query.Message}
	default:
		api = &apiError{http.StatusInternalServerError, "UNKNOWN_EXCEPTION", err.Error()}
	}
	writeJSON(w, api.status, []map[string]string{{"errorCode": api.code, "message": api.message}})
}

// writeOAuthError answers with the object that OAuth clients expect.
func writeOAuthError(w http.ResponseWriter, code, description string) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": description})
}
