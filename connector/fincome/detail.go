package fincome

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

const maxMessage = 500

// read takes code and message from the body of an answer. The documented body
// is {"detail":[{"loc","msg","type"}]}; detail may also be a text or an object,
// or be absent, and a gateway in front may answer {"message"} or no JSON at all.
// What was sent (input) is never repeated.
func (e *Error) read(body []byte, secret string) {
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) == nil {
		issues := issuesOf(answer)
		for i := range issues {
			issues[i].Message = clean(issues[i].Message, secret)
		}
		e.Issues = issues
		e.Code, e.Message = detail(answer, issues)
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

func detail(answer map[string]json.RawMessage, issues []Issue) (code, message string) {
	raw, given := answer["detail"]
	if !given {
		return fromObject(answer)
	}
	var (
		text   string
		object map[string]json.RawMessage
	)
	switch {
	case json.Unmarshal(raw, &text) == nil:
		return "", text
	case json.Unmarshal(raw, &object) == nil:
		return fromObject(object)
	}
	return fromIssues(issues)
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
func fromIssues(issues []Issue) (code, message string) {
	var texts []string
	for _, issue := range issues {
		code = cmp.Or(code, issue.Code)
		if issue.Message != "" {
			texts = append(texts, issue.Message)
		}
	}
	if more := len(texts) - 3; more > 0 {
		texts = append(texts[:3], fmt.Sprintf("and %d more", more))
	}
	return code, strings.Join(texts, "; ")
}
