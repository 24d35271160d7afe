package fincome

import (
	"encoding/json"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/axisync/axisync/sinks"
)

// encode is a value as JSON; what is no UTF-8 was refused long before. What is
// no JSON of its type goes as the text that it is.
func encode(v sinks.Value) json.RawMessage {
	text := v.Text
	if v.Type != "" && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		quoted, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\ufffd"))
	}
	return json.RawMessage(quoted)
}
