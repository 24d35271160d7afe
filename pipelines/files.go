package pipelines

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Files are the pipeline files that the arguments of a command name: a file as it is,
// of a folder every *.yaml and *.yml in it, by name. many is true where they stand for
// several sources, of which each is told by itself: a folder does also when it holds
// one file. A file that is named twice is there once.
func Files(arguments []string) (files []string, many bool, err error) {
	many = len(arguments) > 1
	var seen []os.FileInfo
	for _, argument := range arguments {
		info, err := os.Stat(argument)
		if err != nil || !info.IsDir() { // that it cannot be read is told when it is
			files, seen = addFile(files, seen, argument)
			continue
		}
		many = true
		found, err := filesIn(argument)
		if err != nil {
			return nil, many, err
		}
		for _, file := range found {
			files, seen = addFile(files, seen, file)
		}
	}
	return files, many, nil
}

// filesIn are the pipeline files of a folder. What begins with a dot is not one.
func filesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, configurationf("%s cannot be read: %s", folder, cause(err))
	}
	var files []string
	for _, entry := range entries {
		name := entry.Name()
		if extension := filepath.Ext(name); !entry.IsDir() && !strings.HasPrefix(name, ".") && (extension == ".yaml" || extension == ".yml") {
			files = append(files, filepath.Join(folder, name))
		}
	}
	if len(files) == 0 {
		return nil, configurationf("%s holds no pipeline file: none in it ends in .yaml or .yml", folder)
	}
	return files, nil
}

func addFile(files []string, seen []os.FileInfo, file string) ([]string, []os.FileInfo) {
	info, err := os.Stat(file)
	if err != nil {
		return append(files, file), seen
	}
	if slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(info, other) }) {
		return files, seen
	}
	return append(files, file), append(seen, info)
}

// severity orders exit codes by what must not be hidden: what stops a source until a
// person acts, then what a person has to look at, then what a retry mends. A reject is
// before the retry, for the next run does not tell it again.
var severity = []int{ExitFailed, ExitRejects, ExitStopped, ExitConfiguration, ExitAuthorization}

// Worst is the exit code of several sources together: that of a signal; else 3, 2, 4,
// 5, 1, the first of them that is there; else 0, or the code for "nothing changed"
// where all have it.
func Worst(codes ...int) int {
	rank := func(code int) int {
		switch at := slices.Index(severity, code); {
		case code == 130 || code == 143:
			return len(severity) + 1
		case at >= 0:
			return at + 1
		case code == ExitDone:
			return 0
		}
		return -1 // nothing changed
	}
	worst := ExitDone
	for i, code := range codes {
		if i == 0 || rank(code) > rank(worst) {
			worst = code
		}
	}
	return worst
}

// SourceSummary is one source of a Summary.
type SourceSummary struct {
	File    string `json:"file"`
	Source  string `json:"source,omitempty"` // empty where the file cannot be read
	Run     string `json:"run,omitempty"`
	Outcome string `json:"result"` // as in Result; not_started: the command was interrupted before
	Exit    int    `json:"exit"`
}

// Summary is what several sources came to together.
type Summary struct {
	Version int             `json:"version"`
	Kind    string          `json:"kind"` // summary
	Sources []SourceSummary `json:"sources"`
	// Retry are the files whose exit code is 1, also where a worse code hides it.
	Retry []string `json:"retry"`
	Exit  int      `json:"exit"`
}

// Summarize gives the summary of sources.
func Summarize(sources []SourceSummary) Summary {
	s := Summary{Version: resultVersion, Kind: "summary", Sources: sources, Retry: []string{}}
	var codes []int
	for _, source := range sources {
		codes = append(codes, source.Exit)
		if source.Exit == ExitFailed {
			s.Retry = append(s.Retry, source.File)
		}
	}
	s.Exit = Worst(codes...)
	return s
}

// Words counts the sources by what became of them: 3 sources: 2 delivered, 1 failed.
func (s Summary) Words() string {
	var order []string
	counts := map[string]int{}
	for _, source := range s.Sources {
		if counts[source.Outcome]++; counts[source.Outcome] == 1 {
			order = append(order, source.Outcome)
		}
	}
	for i, outcome := range order {
		order[i] = fmt.Sprintf("%d %s", counts[outcome], strings.ReplaceAll(outcome, "_", " "))
	}
	noun := "sources"
	if len(s.Sources) == 1 {
		noun = "source"
	}
	return fmt.Sprintf("%d %s: %s", len(s.Sources), noun, strings.Join(order, ", "))
}
