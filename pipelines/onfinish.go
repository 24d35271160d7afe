package pipelines

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/connector"
)

// OnFinish is who is told when a source changes how it stands: a program, or whoever
// listens at an address.
type OnFinish struct {
	Command []string
	Folder  string           // in which the program runs
	Webhook connector.Secret // who knows the address may write there
	Timeout time.Duration
}

// defaultTelling is how long it may take to tell.
const defaultTelling = 30 * time.Second

// condition is how a source stands after a run that ended with an exit code. An
// interrupted run says nothing of it.
func condition(exit int) string {
	switch exit {
	case ExitFailed:
		return "failed"
	case ExitConfiguration:
		return "misconfigured"
	case ExitAuthorization:
		return "disconnected"
	case ExitStopped:
		return "stopped"
	case ExitRejects:
		return "rejects"
	case 130, 143:
		return ""
	}
	return "ok"
}

// finished is what is told: the result, and what has changed.
type finished struct {
	*Result
	Was  string `json:"was"`
	Is   string `json:"is"`
	Text string `json:"text"` // for people, in a line
}

// tellFinish tells whom on_finish names that the source stands otherwise than when it
// was told last; a source of which nothing was told yet was ok. What could not be told
// is a note, and is told after the next run if it is still so.
func (r *run) tellFinish(ctx context.Context) {
	was, is := orText(r.state.Told, "ok"), condition(r.result.Exit)
	if r.OnFinish == nil || is == "" || is == was || r.result.Kind == kindRollback || ctx.Err() != nil {
		return
	}
	message := finished{Result: r.result, Was: was, Is: is, Text: r.headline(was, is)}
	content, err := json.Marshal(message)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, r.OnFinish.Timeout)
		defer cancel()
		if r.OnFinish.Command != nil {
			err = r.tellProgram(ctx, message, content)
		} else {
			err = r.OnFinish.post(ctx, content)
		}
	}
	if err != nil {
		r.note("on_finish was not told (%s, was %s): %v; it is told after the next run if that is still so", is, was, err)
		return
	}
	r.state.Told = is
}

// headline says in a line what has changed.
func (r *run) headline(was, is string) string {
	text := fmt.Sprintf("%s: %s (was %s), %s %s", r.Source, is, was, r.result.Kind, r.id)
	for _, guard := range r.result.Guards {
		text += "; " + guard.Name + ": " + guard.Text
	}
	if first, _, _ := strings.Cut(r.result.Error, "\n"); first != "" {
		text += "; " + first
	}
	if is != "ok" {
		text += "; what to do: axisync status " + r.File
	}
	return text
}

// post hands what is told to the webhook. No error holds its address.
func (f *OnFinish) post(ctx context.Context, content []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.Webhook.Reveal(), bytes.NewReader(content))
	if err != nil {
		return errors.New("the address of the webhook cannot be used")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "axisync")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return f.unreached(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answered %s", strings.TrimSpace(fmt.Sprintf("%s (%d)", http.StatusText(response.StatusCode), response.StatusCode)))
	}
	return nil
}

// unreached says why the webhook was not reached, without its address.
func (f *OnFinish) unreached(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("the webhook did not answer within %v", f.Timeout)
	}
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	text := err.Error()
	if u, parseErr := url.Parse(f.Webhook.Reveal()); parseErr == nil {
		for _, part := range []string{u.String(), u.RequestURI(), u.Path} {
			if len(part) > 1 {
				text = strings.ReplaceAll(text, part, "...")
			}
		}
	}
	return errors.New("the webhook was not reached: " + text)
}

// lingering is how long what a program left behind may keep its pipes open.
const lingering = 2 * time.Second

// tellProgram hands what is told to the program, on its standard input. What it says
// goes to the log.
func (r *run) tellProgram(ctx context.Context, message finished, content []byte) error {
	f := r.OnFinish
	cmd := exec.CommandContext(ctx, f.Command[0], f.Command[1:]...)
	cmd.Dir, cmd.WaitDelay = f.Folder, lingering
	cmd.Stdin = bytes.NewReader(append(content, '\n'))
	cmd.Env = append(r.withoutSecrets(os.Environ()), "AXISYNC_SOURCE="+r.Source, "AXISYNC_RUN="+r.id, "AXISYNC_WAS="+message.Was, "AXISYNC_IS="+message.Is)
	said := &beginning{}
	cmd.Stdout, cmd.Stderr = said, said
	err := cmd.Run()
	if text := strings.TrimSpace(said.String()); text != "" {
		r.Log.Info("on_finish", "program", f.Command[0], "said", text)
	}
	switch exited := (*exec.ExitError)(nil); {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s did not end within %v", f.Command[0], f.Timeout)
	case errors.As(err, &exited):
		return fmt.Errorf("%s ended with %s", f.Command[0], exited)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return f.absent()
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the program %s may not be executed by this user", f.Command[0])
	case errors.Is(err, exec.ErrWaitDelay): // it has ended well, and left something behind
		return nil
	}
	return err
}

// absent says what of a program is not there: a script may be, and its interpreter not.
func (f *OnFinish) absent() error {
	if path, err := exec.LookPath(f.Command[0]); err == nil {
		return fmt.Errorf("the program %s is there, but not what its first line names to run it", path)
	}
	return fmt.Errorf("the program %s is not there", f.Command[0])
}

// beginning keeps what is written first, and nothing else: its buffer is no part of it,
// for that would take all that io.Copy finds.
type beginning struct{ kept bytes.Buffer }

const mostKept = 4 << 10

func (b *beginning) Write(content []byte) (int, error) {
	b.kept.Write(content[:min(len(content), max(0, mostKept-b.kept.Len()))])
	return len(content), nil
}

func (b *beginning) String() string { return b.kept.String() }

// withoutSecrets is an environment without the variables that hold a secret of the
// pipeline, or of one that runs beside it: a program that delivers, or is told what became
// of a run, needs none of them.
func (r *run) withoutSecrets(environment []string) []string {
	var secrets []string
	for _, p := range append([]*Pipeline{r.Pipeline}, r.Beside...) {
		for _, secret := range p.secrets() {
			if !secret.IsZero() {
				secrets = append(secrets, secret.Reveal())
			}
		}
	}
	return slices.DeleteFunc(environment, func(variable string) bool {
		_, value, _ := strings.Cut(variable, "=")
		return slices.Contains(secrets, strings.TrimRight(value, "\r\n")) || slices.Contains(secrets, value)
	})
}

// secrets are all that the file names; some may be zero.
func (p *Pipeline) secrets() []connector.Secret {
	known := []connector.Secret{p.Salesforce.ClientID, p.Salesforce.ClientSecret, p.Salesforce.PrivateKey, p.RefreshToken, p.Fincome.APIKey}
	if p.OnFinish != nil {
		known = append(known, p.OnFinish.Webhook)
	}
	return known
}

// barred ends a run that could not begin. Whom on_finish names is told of it too, unless
// another run is at work: that says nothing of the source.
func (r *run) barred(ctx context.Context, err error) error {
	defer r.unlock()
	if errors.Is(err, ErrLocked) {
		return err
	}
	r.result.Outcome, r.result.Error, r.result.Exit = "failed", discreetOf(r.Fincome, err.Error()), ExitCode(err)
	told := r.state.Told
	if r.tellFinish(ctx); r.state.Told != told {
		err = errors.Join(err, r.state.save())
	}
	return err
}
