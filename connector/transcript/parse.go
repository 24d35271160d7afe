package transcript

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// parse reads one file.
func parse(name string, archive *txtar.Archive) (*Story, error) {
	s := &Story{Name: name, values: map[string]value{}}
	if err := s.comment(string(archive.Comment)); err != nil {
		return nil, err
	}
	for _, file := range archive.Files {
		if err := s.section(file.Name, string(file.Data)); err != nil {
			return nil, fmt.Errorf("section %q: %w", file.Name, err)
		}
	}
	return s, nil
}

// comment reads the lines of the form "word: text" of the comment. Every story
// says where it was taken from.
func (s *Story) comment(text string) error {
	sourced := false
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch word {
		case "source":
			sourced = rest != ""
		case "after":
			s.after = rest
		case "order":
			s.anyOrder = rest == "any"
		case "sides":
			side, why, _ := strings.Cut(rest, " ")
			s.Client, s.Simulator = side != "simulator", side != "client"
			if side != "both" && side != "client" && side != "simulator" || side != "both" && why == "" {
				return fmt.Errorf("sides %q: say both, client or simulator, and why when not both", rest)
			}
		}
	}
	if !sourced {
		return errors.New("the comment names no source")
	}
	return nil
}

// section reads one section.
func (s *Story) section(name, data string) error {
	word, flags, _ := strings.Cut(name, " ")
	switch word {
	case "values":
		return s.valueLines(data)
	case "sample":
		return s.sample(flags, data)
	case "setup", "call", "expect":
		s.steps = append(s.steps, step{kind: kind(word), lines: strings.Split(strings.TrimSpace(data), "\n")})
		return nil
	case "request":
		return s.request(flags, data)
	case "response":
		if len(s.steps) == 0 || s.steps[len(s.steps)-1].exchange == nil || s.steps[len(s.steps)-1].exchange.status != "" {
			return errors.New("it follows no request")
		}
		e := s.steps[len(s.steps)-1].exchange
		var err error
		e.status, e.answered, err = readMessage(data)
		return err
	}
	return errors.New("there is no such section")
}

func (s *Story) request(flags, data string) error {
	e := &exchange{client: true, simulator: true}
	for flag := range strings.FieldsSeq(flags) {
		switch flag {
		case "optional":
			e.optional = true
		case "client":
			e.simulator = false
		case "simulator":
			e.client = false
		default:
			return fmt.Errorf("%q is not known", flag)
		}
	}
	first, asked, err := readMessage(data)
	e.asked = asked
	e.method, e.target, _ = strings.Cut(first, " ")
	s.steps = append(s.steps, step{kind: exchanged, exchange: e})
	return err
}

// readMessage reads the first line, the headers and the body. The line feed at
// the end of the file's section is not part of the body.
func readMessage(data string) (first string, m message, err error) {
	head, body, _ := strings.Cut(data, "\n\n")
	m = message{header: http.Header{}, queries: map[string]string{}, body: strings.TrimSuffix(body, "\n")}
	lines := bufio.NewScanner(strings.NewReader(head))
	for lines.Scan() {
		line := lines.Text()
		name, text, found := strings.Cut(line, ": ")
		switch {
		case first == "":
			first = line
		case strings.HasPrefix(line, "!"):
			m.absent = append(m.absent, line[1:])
		case line == "":
		case strings.ContainsAny(line[:1], "{["):
			// the empty line before the body was left out
			m.body = strings.TrimSuffix(strings.TrimPrefix(data, first+"\n"), "\n")
			return first, m, lines.Err()
		case !found:
			return "", m, fmt.Errorf("%q is no header", line)
		case strings.HasPrefix(name, "?"):
			m.queries[name[1:]] = text
		default:
			m.header.Set(name, text)
		}
	}
	return first, m, lines.Err()
}

var valueLine = regexp.MustCompile(`^(\w+) ([=:]) (.*?)(?: ~ (.+))?$`)

// valueLines reads "name = sample ~ pattern"; with a colon the value is another
// each time.
func (s *Story) valueLines(data string) error {
	for line := range strings.Lines(strings.TrimSpace(data)) {
		parts := valueLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if parts == nil {
			return fmt.Errorf("%q is no value", line)
		}
		if err := s.value(parts[1], parts[3], parts[4], parts[2] == ":"); err != nil {
			return err
		}
	}
	return nil
}

func (s *Story) sample(name, data string) error {
	pattern := ""
	if rest, found := strings.CutPrefix(data, "~ "); found {
		pattern, data, _ = strings.Cut(rest, "\n")
	}
	return s.value(name, strings.TrimSuffix(data, "\n"), pattern, false)
}

func (s *Story) value(name, sample, pattern string, free bool) error {
	if pattern == "" {
		pattern = `(?s:.*?)`
	}
	if _, err := regexp.Compile(pattern); err != nil {
		return fmt.Errorf("value %s: %w", name, err)
	}
	s.values[name] = value{sample: sample, pattern: pattern, free: free}
	return nil
}
