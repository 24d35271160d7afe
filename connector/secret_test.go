package connector_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector"
)

func TestSecretCannotPrintItself(t *testing.T) {
	const text = "hunter2-hunter2"
	held := struct{ Key connector.Secret }{connector.NewSecret(text)}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x %d", held, held, held, held.Key, held.Key, held.Key, held.Key)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "held", held, "key", held.Key)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "held", held, "key", held.Key)
	encoded, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	fmt.Fprint(&out, fmt.Errorf("wrapped: %v", held.Key))
	for _, leak := range []string{text, fmt.Sprintf("%x", text)} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("the secret shows: %s", out.String())
		}
	}
	if held.Key.Reveal() != text {
		t.Error("the secret is lost")
	}
}
