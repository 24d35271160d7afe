package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// sample is what the tests make an archive of: these sources, whatever their commit is.
var sample = release{version: "v1.2.3", commit: "0123abc", epoch: 1_700_000_000}

// The archive is made once for all tests.
var made struct {
	once         sync.Once
	folder, path string
	err          error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if made.folder != "" {
		os.RemoveAll(made.folder)
	}
	os.Exit(code)
}

// unpacked is the folder of the unpacked archive, as tar unpacks it.
func unpacked(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("links the program")
	}
	made.once.Do(func() {
		if made.folder, made.err = os.MkdirTemp("", "axisync-packaging-"); made.err != nil {
			return
		}
		r := sample
		r.root, r.out = "..", made.folder
		if made.path, made.err = r.make(); made.err == nil {
			made.err = exec.Command("tar", "-xzf", made.path, "-C", made.folder).Run()
		}
	})
	if made.err != nil {
		t.Fatal(made.err)
	}
	return strings.TrimSuffix(made.path, ".tar.gz")
}

func sum(t *testing.T, path string) string {
	t.Helper()
	s, err := digest(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tool skips a test where a tool is not there, unless all have to be.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("AXISYNC_ALL_TOOLS") != "" {
		t.Fatalf("%s is not installed: apt-get install %s", name, name)
	} else if err != nil {
		t.Skipf("%s is not installed: apt-get install %s", name, name)
	}
	return path
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, out, errs.String())
	}
	return string(out)
}

func TestTwoArchivesAreTheSameBytes(t *testing.T) {
	t.Parallel()
	unpacked(t)
	again := sample
	again.root, again.out = "..", t.TempDir()
	path, err := again.make()
	if err != nil {
		t.Fatal(err)
	}
	if sum(t, path) != sum(t, made.path) {
		t.Error("the same commit gave other bytes")
	}
	check := exec.Command(tool(t, "sha256sum"), "--check", "--strict", "SHA256SUMS")
	check.Dir = again.out
	output(t, check)
}

// The unpacked program knows what it is, and its binary knows nothing of this machine.
func TestTheProgramOfTheArchive(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(unpacked(t), "axisync")
	said := output(t, exec.Command(binary, "version", "--verbose"))
	for _, line := range []string{"axisync +v1.2.3", "commit +0123abc", "date +2023-11-14T22:13:20Z", "duckdb +v1"} {
		if !regexp.MustCompile("(?m)^" + line).MatchString(said) {
			t.Errorf("%q is missing:\n%s", line, said)
		}
	}
	if strings.Contains(said, "not known") {
		t.Errorf("a licence is not known:\n%s", said)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte(here)) {
		t.Errorf("the program holds the path %s", here)
	}
}

// All that the program asks of a system is what the image has: the C and C++ libraries.
func TestTheLibrariesOfTheProgram(t *testing.T) {
	t.Parallel()
	said := output(t, exec.Command(tool(t, "ldd"), filepath.Join(unpacked(t), "axisync")))
	known := regexp.MustCompile(`^(linux-vdso|libstdc\+\+|libm|libgcc_s|libc|libdl|libpthread|libresolv|/lib\S*/ld-linux\S*)\.so`)
	for line := range strings.Lines(said) {
		if library := strings.Fields(line)[0]; !known.MatchString(library) {
			t.Errorf("the program needs %s, which the image does not have", library)
		}
	}
}

// Where only the folder of state can be written, as in the image, the program does its work.
func TestOnAReadOnlySystem(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(unpacked(t), "axisync")
	state := t.TempDir()
	demo := []string{binary, "demo", "--accounts", "2000", "--dir", filepath.Join(state, "demo")}
	if os.Getuid() == 0 { // who may write everywhere proves nothing
		nobody := []string{tool(t, "setpriv"), "--reuid=65532", "--regid=65532", "--clear-groups", "--no-new-privs"}
		demo = append(nobody, demo...)
		open(t, state, binary)
	}
	run := exec.Command(demo[0], demo[1:]...)
	run.Dir = "/"
	run.Env = []string{"PATH=/nowhere", "TMPDIR=/nowhere"} // no home, nothing temporary
	if said := output(t, run); !strings.Contains(said, "snapshots") {
		t.Errorf("%s", said)
	}
}

// open lets the user of the image into a folder, and up to a program.
func open(t *testing.T, state, binary string) {
	t.Helper()
	if err := os.Chown(state, 65532, 65532); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{state, binary} {
		for folder := filepath.Dir(path); folder != "/"; folder = filepath.Dir(folder) {
			if info, err := os.Stat(folder); err == nil && info.Mode().Perm()&0o001 == 0 {
				if err := os.Chmod(folder, info.Mode().Perm()|0o001); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// bash completes commands, flags, their words and the files of pipelines.
func TestBashCompletes(t *testing.T) {
	t.Parallel()
	folder := unpacked(t)
	work := t.TempDir()
	for _, name := range []string{"daily.yaml", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(work, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script := `source "$1/completions/axisync.bash"
PATH="$1:$PATH"
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=(); __start_axisync; echo "${COMPREPLY[@]}"; }
# What the package bash-completion brings along.
_init_completion() { cur=${COMP_WORDS[COMP_CWORD]}; prev=${COMP_WORDS[COMP_CWORD-1]}; words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
_get_comp_words_by_ref() { _init_completion; }
__ltrim_colon_completions() { :; }
shopt -s extglob; _filedir() { COMPREPLY=($(compgen -f -X "!*.@($1)" -- "$cur")); }
compopt() { :; }
ask axisync rolls; ask axisync roll; ask axisync run --log-l; ask axisync diff --format pa; ask axisync run d; ask axisync auth log`
	run := exec.Command(tool(t, "bash"), "-c", script, "bash", folder)
	run.Dir = work
	got := strings.Split(output(t, run), "\n")
	for i, want := range []string{"^$", "^rollback", "--log-level", "^parquet", "^daily.yaml$", "^login.* logout"} {
		if !regexp.MustCompile(want).MatchString(got[i]) {
			t.Errorf("completion %d is %q, want %q", i, got[i], want)
		}
	}
}

// The scripts for other shells parse where these are there.
func TestOtherShellsRead(t *testing.T) {
	t.Parallel()
	folder := unpacked(t)
	for shell, name := range map[string]string{"zsh": "_axisync", "fish": "axisync.fish"} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			output(t, exec.Command(tool(t, shell), "-n", filepath.Join(folder, "completions", name)))
		})
	}
}

// fish is asked itself.
func TestFishCompletes(t *testing.T) {
	t.Parallel()
	folder := unpacked(t)
	run := exec.Command(tool(t, "fish"), "--no-config", "-c", `set -p PATH $argv[1]; source $argv[1]/completions/axisync.fish
complete -C "axisync roll"; complete -C "axisync run --log-level d"`, folder)
	run.Env = append(os.Environ(), "HOME="+t.TempDir(), "TERM=dumb")
	if got := output(t, run); !regexp.MustCompile(`(?s)^rollback\t.*\ndebug\b`).MatchString(got) {
		t.Errorf("fish offers %q", got)
	}
}

// groff has nothing to say about the pages, and they say what --help says.
func TestThePagesOfTheManual(t *testing.T) {
	t.Parallel()
	groff := tool(t, "groff")
	pages, err := filepath.Glob(filepath.Join(unpacked(t), "man", "man1", "*.1"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		cmd := exec.Command(groff, "-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=200n", page)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		text, err := cmd.Output()
		if err != nil || errs.Len() > 0 {
			t.Errorf("%s: %v\n%s", filepath.Base(page), err, errs.String())
		}
		if filepath.Base(page) == "axisync-ids.1" && !bytes.Contains(text, []byte("--column")) {
			t.Errorf("the page of ids is\n%s", text)
		}
	}
}
