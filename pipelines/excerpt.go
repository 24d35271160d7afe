package pipelines

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// An excerpt of a file is shown on screens and in logs. What may be a secret in it is
// hidden: whatever stands at a key that is one or sounds like one, on its line and on
// the lines under it, unless it says where the secret is. A file that is no YAML has no
// keys: then only the sound of its lines tells.

// dots stand for what is hidden.
const dots = "..."

// hide hides the value at a node in every excerpt.
func (r *reporter) hide(node *yaml.Node) {
	if r.hidden == nil {
		r.hidden = map[int]int{}
	}
	if column, already := r.hidden[node.Line]; !already || node.Column < column {
		r.hidden[node.Line] = node.Column
	}
}

// excerpt is a line as it may be shown.
func (r *reporter) excerpt(line int) string {
	text := strings.ReplaceAll(strings.TrimRight(r.lines[line-1], "\r"), "\t", " ")
	if r.underSecret(line) && !places.MatchString(text) {
		return text[:indent(text)] + dots
	}
	if column, hidden := r.hidden[line]; hidden {
		if runes := []rune(text); column-1 < len(runes) {
			text = string(runes[:column-1]) + dots
		}
	}
	return masked(text)
}

// underSecret reports whether a line stands under one whose key is a secret.
func (r *reporter) underSecret(line int) bool {
	depth := indent(r.lines[line-1])
	for above := line - 1; above >= 1 && depth > 0; above-- {
		text := r.lines[above-1]
		if first := strings.TrimSpace(text); first == "" || first[0] == '#' || indent(text) >= depth {
			continue
		}
		depth = indent(text)
		if _, hidden := r.hidden[above]; hidden || soundsSecret.MatchString(text) {
			return true
		}
	}
	return false
}

// indent is how far a line is indented. An entry of a list may stand as far left as the
// key of the list, and belongs to it all the same.
func indent(text string) int {
	n := len(text) - len(strings.TrimLeft(text, " \t"))
	if strings.HasPrefix(text[n:], "- ") {
		n++
	}
	return n
}

var (
	soundsSecret = regexp.MustCompile(`(?i)(?:secret|key|token|passw|webhook)[^:,{]*:`)
	// places are the value of a key, or a whole line, that says where a secret is.
	places    = regexp.MustCompile(`^[\s\-"']*(?:\$\{(?:env|file):[^}]*\})+["']?\s*(?:#.*)?$`)
	placesNow = regexp.MustCompile(`^\s*["']?(?:\$\{(?:env|file):[^}]*\})+["']?\s*(?:$|[,}\]]|#.*$)`)
)

// What may hold a password or a token in an address: all up to the last @, also where
// the scheme is missing or has one slash, what follows the path, and what follows a
// colon in the name of a bucket.
var (
	userInfo    = regexp.MustCompile(`(?i)(:/|(?:url|audience)["']?\s*:\s*["']?|\b(?:s3|gs|azblob):).*@`)
	afterPath   = regexp.MustCompile(`(:/[^\s?#]*[?#])\S+`)
	afterBucket = regexp.MustCompile(`(?i)(\b(?:s3|gs|azblob):/*[^\s/:]+:)[^\s/]+`)
)

// masked hides what may be a secret in a line: whatever follows a key that sounds like
// one, unless it says where the secret is.
func masked(line string) string {
	line = afterPath.ReplaceAllString(userInfo.ReplaceAllString(line, "$1"+dots+"@"), "$1"+dots)
	line = afterBucket.ReplaceAllString(line, "$1"+dots)
	for at := 0; ; {
		m := soundsSecret.FindStringIndex(line[at:])
		if m == nil {
			return line
		}
		at += m[1]
		value := line[at:]
		if place := placesNow.FindString(value); place != "" {
			at += len(place)
			continue
		}
		if value = strings.TrimLeft(value, " \t"); value == "" || value[0] == '#' {
			return line
		}
		return line[:len(line)-len(value)] + dots
	}
}
