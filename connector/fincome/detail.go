package fincome

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const maxMessage = 500

// read takes code and message from the body of an answer. The documented body
// is {"detail":[{"loc","msg","type"}]}; detail may also be a text or an object,
// or be absent, and a gateway in front may answer {"message"} or no JSON at all.
// What was sent (input) is never repeated.
func (e *Error) read(body []byte, secret string) {
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) == nil {
		e.Code, e.Message = detail(answer)
	} else if text := strings.TrimSpace(string(body)); !strings.HasPrefix(text, "<") {
		e.Message = text
	}
	if e.Message == "" {
		e.Message = cmp.Or(e.Code, http.StatusText(e.Status)) // an object may hold no more than a code
	}
	e.Code, e.Message = clean(e.Code, secret), clean(e.Message, secret)
}

// clean makes one line of s, without the key and of bounded length.
func clean(s, secret string) string {
	if secret != "" {
		s = strings.ReplaceAll(s, secret, "[secret]")
	}
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxMessage {
		s = string(runes[:maxMessage]) + "..."
	}
	return s
}

func detail(answer map[string]json.RawMessage) (code, message string) {
	raw, given := answer["detail"]
	if !given {
		return fromObject(answer)
	}
	var (
		text   string
		object map[string]json.RawMessage
		issues []json.RawMessage
	)
	switch {
	case json.Unmarshal(raw, &text) == nil:
		return "", text
	case json.Unmarshal(raw, &object) == nil:
		return fromObject(object)
	case json.Unmarshal(raw, &issues) == nil:
		return fromIssues(issues)
	}
	return "", ""
}

// fromObject reads the names that servers commonly use.
func fromObject(object map[string]json.RawMessage) (code, message string) {
	return first(object, "code", "type"), first(object, "message", "msg", "detail", "error_description", "error")
}

func first(object map[string]json.RawMessage, names ...string) string {
	for _, name := range names {
		var text string
		if json.Unmarshal(object[name], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// fromIssues tells the first three validation issues.
func fromIssues(issues []json.RawMessage) (code, message string) {
	var texts []string
	for i, raw := range issues {
		if i == 3 {
			texts = append(texts, fmt.Sprintf("and %d more", len(issues)-i))
			break
		}
		var text string
		if json.Unmarshal(raw, &text) == nil {
			texts = append(texts, text)
			continue
		}
		var issue struct {
			Type string `json:"type"`
			Loc  []any  `json:"loc"`
			Msg  string `json:"msg"`
		}
		if json.Unmarshal(raw, &issue) != nil {
			continue
		}
		if code == "" {
			code = issue.Type
		}
		texts = append(texts, strings.TrimPrefix(place(issue.Loc)+": "+issue.Msg, ": "))
	}
	return code, strings.Join(texts, "; ")
}

// place writes ["body","custom_properties"] as body.custom_properties.
func place(loc []any) string {
	var parts []string
	for _, part := range loc {
		parts = append(parts, fmt.Sprint(part))
	}
	return strings.Join(parts, ".")
}

// pause reads a Retry-After: seconds, or a date counted from the server's own
// clock.
func pause(header http.Header) time.Duration {
	given := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(given); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	until, err := http.ParseTime(given)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(until.Sub(now), 0)
}
