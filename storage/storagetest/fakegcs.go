package storagetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
)

// fakeGCS is a server of Google Cloud Storage that keeps everything in memory.
type fakeGCS struct{}

var fakeGCSProgram = built("google", "fake-gcs-server")

func (fakeGCS) command(address, _ string) (*exec.Cmd, error) {
	program, err := fakeGCSProgram()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return exec.Command(program, "-backend", "memory", "-scheme", "http", "-host", host, "-port", port, "-public-host", address, "-external-url", "http://"+address, "-log-level", "error"), nil
}

func (fakeGCS) environment(address string) map[string]string {
	return map[string]string{"STORAGE_EMULATOR_HOST": address}
}

func (fakeGCS) makeBucket(ctx context.Context, s *Server, name string) error {
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Address+"/storage/v1/b?project=tests", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		return fmt.Errorf("the bucket %s cannot be made: %s: %s", name, response.Status, text)
	}
	return nil
}

func (fakeGCS) url(name, _ string) string { return "gs://" + name }
