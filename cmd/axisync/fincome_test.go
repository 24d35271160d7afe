package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// appears PATTERN: waits for a file that a program in the background writes.
func appears(ts *testscript.TestScript, _ bool, args []string) {
	if !eventually(patience, func() bool { found, _ := filepath.Glob(ts.MkAbs(args[0])); return len(found) > 0 }) {
		ts.Fatalf("%s does not appear", args[0])
	}
}

// holds ID FILE: writes what the simulated Fincome holds of a customer, but the time
// of its last change and the order of its properties, to a file.
func holds(ts *testscript.TestScript, _ bool, args []string) {
	r, err := http.NewRequest(http.MethodGet, ts.Getenv("FINCOME_URL")+"/clients/"+args[0], nil)
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+ts.Getenv("FINCOME_API_KEY"))
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	var customer map[string]json.RawMessage
	ts.Check(json.NewDecoder(answer.Body).Decode(&customer))
	delete(customer, "updated_at")
	var properties map[string]json.RawMessage
	ts.Check(json.Unmarshal(customer["custom_properties"], &properties))
	customer["custom_properties"], err = json.Marshal(properties)
	ts.Check(err)
	content, err := json.MarshalIndent(customer, "", "  ")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), content, 0o600))
}
