package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// simulate takes what axisync simulate said as the answers that it is.
func (i *initiation) simulate(ctx context.Context) error {
	if i.simulated == "" {
		return nil
	}
	said, err := firstLine(ctx, i.simulated, simulatorPatience, i.errs)
	if err != nil {
		return usageError{fmt.Errorf("--simulated: %w", err)}
	}
	d, given := &i.draft, i.given
	var taken []string
	for _, answer := range []struct {
		flag, value, secret string
		into                *string
	}{
		{"flow", "client_credentials", "", &d.Flow}, {"login-url", said["salesforce_url"], "", &d.LoginURL},
		{"client-id", said["client_id"], "client_id", &d.ClientID}, {"client-secret", said["client_secret"], "client_secret", &d.ClientSecret},
		{"fincome-url", said["fincome_url"], "", &d.FincomeURL}, {"api-key", said["fincome_api_key"], "api_key", &d.APIKey},
		{"customers", "api", "", &i.customers},
	} {
		if given(answer.flag) {
			continue
		}
		if *answer.into = answer.value; answer.secret != "" {
			if *answer.into, err = d.KeepSecret(answer.secret, answer.value, i.force); errors.Is(err, os.ErrExist) {
				return usageError{fmt.Errorf("%s in the folder secrets holds another secret; name another pipeline file, or replace it with --force", answer.secret)}
			} else if err != nil {
				return fmt.Errorf("a secret cannot be kept: %w", err)
			}
		}
		taken = append(taken, answer.flag)
	}
	i.given = func(flag string) bool { return given(flag) || slices.Contains(taken, flag) }
	return nil
}

// The simulators make their data before they print: an empty file is looked at again.
const (
	simulatorPatience = 10 * time.Second
	simulatorPause    = 50 * time.Millisecond
)

// firstLine is what axisync simulate prints into a file. That it is waited for is told on
// errs.
func firstLine(ctx context.Context, path string, patience time.Duration, errs io.Writer) (map[string]string, error) {
	wrong := fmt.Errorf("%s does not hold what axisync simulate prints in its first line: axisync simulate > %s &", path, path)
	ctx, done := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s is still empty after %v: the simulator may not have started: look at what it said, or give it more time and repeat the command", path, patience))
	defer done()
	for waits := false; ; waits = true {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if len(content) > 0 {
			said := map[string]string{}
			if err := json.Unmarshal(content, &said); err != nil || said["salesforce_url"] == "" {
				return nil, wrong
			}
			return said, nil
		}
		if !waits {
			fmt.Fprintf(errs, "waiting for the simulator (%s is empty)\n", path)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(simulatorPause):
		}
	}
}
