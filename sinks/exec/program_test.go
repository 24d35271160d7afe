package exec_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/axisync/axisync/sinks"
)

// TestMain is the programs of these tests, too: the binary runs itself.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "deliver" {
		deliverTo(os.Args[2])
	}
	if len(os.Args) > 3 && os.Args[1] == "program" {
		os.Exit(programs[os.Args[2]](os.Args[3]))
	}
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil { // a second in each program otherwise
		panic(err)
	}
	os.Exit(m.Run())
}

// programs are run with a folder of their own.
var programs = map[string]func(dir string) int{
	"store":  store,
	"ten":    func(dir string) int { return answering(dir, 10, "") },
	"ten, 3": func(dir string) int { answering(dir, 10, ""); fmt.Fprintln(os.Stderr, "disk full"); return 3 },
	"killed": func(dir string) int { answering(dir, 10, ""); fmt.Print(`{"customer_id":`); return killMyself() },
	"twice": func(dir string) int {
		return answering(dir, 1<<30, `{"customer_id":"C-0","axis":"A","outcome":"accepted"}`)
	},
	"unknown": func(dir string) int {
		return answering(dir, 1<<30, `{"customer_id":"C-x","axis":"A","outcome":"accepted"}`)
	},
	"unreadable": func(dir string) int { answering(dir, 1, "hello\n"); time.Sleep(time.Hour); return 0 },
	"nothing":    func(dir string) int { return answering(dir, 1<<30, `{"customer_id":"C-0","outcome":"accepted"}`) },
	"outcome": func(dir string) int {
		return answering(dir, 1<<30, `{"customer_id":"C-0","axis":"A","outcome":"perhaps"}`)
	},
	"long":     func(string) int { fmt.Print(strings.Repeat("x", 8<<20)); time.Sleep(time.Hour); return 0 },
	"hangs":    hangs,
	"deaf":     func(string) int { return 0 },
	"stubborn": stubborn,
	"leaves":   leaves,
	"environ":  environ,
	"rejects":  rejects,
}

func killMyself() int {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // nothing comes after it
	select {}
}

type cell struct {
	id, axis string
	after    *string
}

// cells reads the stream to its end, batch by batch.
func cells(batch func([]cell)) error {
	r, err := ipc.NewReader(os.Stdin)
	if err != nil {
		return err
	}
	defer r.Release()
	for r.Next() {
		var some []cell
		text := func(i, row int) *string {
			if c := r.RecordBatch().Column(i).(*array.String); c.IsValid(row) {
				v := strings.Clone(c.Value(row))
				return &v
			}
			return nil
		}
		for row := range int(r.RecordBatch().NumRows()) {
			some = append(some, cell{id: *text(0, row), axis: *text(1, row), after: text(4, row)})
		}
		batch(some)
	}
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

var say = json.NewEncoder(os.Stdout)

func answer(id, axis string, outcome sinks.OutcomeKind, code, reason string) {
	_ = say.Encode(map[string]any{"customer_id": id, "axis": axis, "outcome": outcome, "code": code, "reason": reason}) // who does not listen has ended us
}

// answering answers some cells after it has read them all, and then something else.
func answering(_ string, most int, last string) int {
	n := 0
	var all []cell
	if err := cells(func(some []cell) { all = append(all, some...) }); err != nil {
		return 9
	}
	for _, c := range all {
		if n++; n > most {
			break
		}
		answer(c.id, c.axis, sinks.Acknowledged, "", "")
	}
	fmt.Print(last)
	return 0
}

// hangs after it has started a child that holds its pipes.
func hangs(dir string) int {
	child := osexec.Command("sleep", "3600")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return 9
	}
	_ = os.WriteFile(filepath.Join(dir, "child"), []byte(strconv.Itoa(child.Process.Pid)), 0o600) // the test misses it
	select {}
}

// leaves ends well and leaves a child behind that holds its pipes.
func leaves(dir string) int {
	code := answering(dir, 1<<30, "")
	child := osexec.Command("sleep", "3600")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return 9
	}
	_ = os.WriteFile(filepath.Join(dir, "child"), []byte(strconv.Itoa(child.Process.Pid)), 0o600) // the test misses it
	return code
}

// stubborn does not care for SIGTERM.
func stubborn(dir string) int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	_ = os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600) // the test waits for it
	<-signals
	_ = os.WriteFile(filepath.Join(dir, "told"), nil, 0o600) // the test misses it
	time.Sleep(time.Minute)
	return 0
}

// environ tells what it was told.
func environ(dir string) int {
	here, _ := os.Getwd() // the test sees an empty one
	_ = os.WriteFile(filepath.Join(dir, "environ"), []byte(os.Getenv("AXISYNC_RUN")+"|"+os.Getenv("AXISYNC_SOURCE")+"|"+here), 0o600)
	fmt.Fprintln(os.Stderr, "one\n\n"+strings.Repeat("y", 9000)+"\nlast")
	return answering(dir, 1<<30, "")
}

// rejects every second cell, with a number as its code.
func rejects(string) int {
	n := 0
	if err := cells(func(some []cell) {
		for _, c := range some {
			if n++; n%2 == 0 {
				fmt.Printf("{\"customer_id\":%q,\"axis\":%q,\"outcome\":\"rejected\",\"code\":422,\"reason\":\"no such field\"}\r\n\n", c.id, c.axis)
			} else {
				answer(c.id, c.axis, sinks.Accepted, "", "")
			}
		}
	}); err != nil {
		return 9
	}
	return 0
}

// held is what the store has, in the file held.json of its folder.
type held struct {
	Customers map[string]map[string]string
	Writes    int
}

func load(dir string) (h held) {
	content, err := os.ReadFile(filepath.Join(dir, "held.json"))
	if err == nil {
		err = json.Unmarshal(content, &h)
	}
	if err != nil {
		panic(err)
	}
	return h
}

func (h held) save(dir string) {
	content, err := json.Marshal(h)
	if err == nil {
		path := filepath.Join(dir, "held.json")
		if err = os.WriteFile(path+".new", content, 0o600); err == nil {
			err = os.Rename(path+".new", path)
		}
	}
	if err != nil {
		panic(err)
	}
}

// store keeps the cells of the customers that it knows; a value that stands already is
// not written again.
func store(dir string) int {
	h := load(dir)
	out := bufio.NewWriter(os.Stdout)
	say = json.NewEncoder(out)
	err := cells(func(some []cell) {
		for _, c := range some {
			customer := h.Customers[c.id]
			now, set := customer[c.axis]
			switch {
			case customer == nil:
				answer(c.id, c.axis, sinks.Rejected, "404", "unknown customer")
				continue
			case c.after == nil && set:
				delete(customer, c.axis)
				h.Writes++
			case c.after != nil && (!set || now != *c.after):
				customer[c.axis] = *c.after
				h.Writes++
			}
			answer(c.id, c.axis, sinks.Acknowledged, "", "")
		}
		h.save(dir) // before it is answered
		_ = out.Flush()
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
