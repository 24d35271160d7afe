package pipelines

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/axisync/axisync/connector"
)

// onFinish takes over whom a run tells when its source stands otherwise than before.
func (d document) onFinish(t *tree, p *Pipeline, folder string) {
	if isAbsent(t, "on_finish") {
		return
	}
	f := d.OnFinish
	p.OnFinish = &OnFinish{Folder: folder, Webhook: connector.NewSecret(f.Webhook), Timeout: defaultTelling}
	named, hooked := child(t.at("on_finish"), "command") != nil, child(t.at("on_finish"), "webhook") != nil
	switch {
	case t.isMarred("on_finish.command"), t.isSpoiled("on_finish.webhook"): // the fault is told
	case named == hooked:
		t.problem("on_finish", "on_finish names either a command or a webhook", "write command: [./tell.sh], or webhook: ${env:WEBHOOK_URL}")
	case named && (len(f.Command) == 0 || strings.TrimSpace(f.Command[0]) == ""):
		t.problem("on_finish.command", "on_finish.command is empty", "write a list: command: [./tell.sh]")
	case named:
		p.OnFinish.Command = f.Command
		if program := f.Command[0]; filepath.Base(program) != program {
			p.OnFinish.Command = append([]string{inFolder(folder, program)}, f.Command[1:]...)
		}
	case !t.offline: // the address may be a secret: it is not quoted
		if u, err := url.Parse(f.Webhook); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			t.problem("on_finish.webhook", "on_finish.webhook is no address that begins with https://", "write webhook: ${env:WEBHOOK_URL}")
		}
	}
	if f.Timeout == "" {
		return
	}
	timeout, err := time.ParseDuration(f.Timeout)
	if err != nil || timeout <= 0 {
		t.problem("on_finish.timeout", fmt.Sprintf("on_finish.timeout takes a duration such as 30s, not %q", f.Timeout), "")
	}
	p.OnFinish.Timeout = timeout
}

// isAbsent reports whether the file does not have a key, or has it without a value.
func isAbsent(t *tree, key string) bool {
	node := t.at(key)
	return node == nil || isNull(node)
}
