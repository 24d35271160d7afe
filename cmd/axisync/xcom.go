package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/axisync/axisync/durable"
)

// xcomFolder is the folder that the KubernetesPodOperator of Airflow mounts into a pod
// under do_xcom_push: what stands in return.json when the program has ended is the XCom
// of the task.
const xcomFolder = "/airflow/xcom"

// xcom is the result as an XCom, where there is that folder, or the one that
// AXISYNC_XCOM_DIR names. That it cannot be written is told, and fails nothing: what the
// run did is done.
type xcom struct {
	mu   sync.Mutex
	file string // empty: nobody takes an XCom, or it has been written
	errs io.Writer
}

// begin writes an empty object, so that a program that is killed leaves one too: without
// the file the task would wait, or fail by that alone.
func (x *xcom) begin(errs io.Writer) {
	folder := xcomFolder
	if named := os.Getenv("AXISYNC_XCOM_DIR"); named != "" {
		folder = named
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.file, x.errs = filepath.Join(folder, "return.json"), errs
	x.write(struct{}{})
}

// end writes the result, once.
func (x *xcom) end(result any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.write(result)
	x.file = ""
}

func (x *xcom) write(content any) {
	if x.file == "" {
		return
	}
	encoded, err := json.Marshal(content)
	if err == nil {
		err = replace(x.file, append(encoded, '\n'))
	}
	if err != nil {
		fmt.Fprintf(x.errs, "the result cannot be handed to Airflow: %v\n", err)
	}
}

// replace replaces a file that another user may read: the container beside this one.
func replace(path string, content []byte) error {
	file, err := durable.Pending(path)
	if err != nil {
		return err
	}
	defer file.Cleanup()
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Replace()
}
