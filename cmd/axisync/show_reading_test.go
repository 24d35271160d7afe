package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/axisync/axisync/pipelines"
)

func TestShowReading(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 22, 5, 50, 0, 0, time.UTC)
	for want, r := range map[string]*pipelines.Result{
		"": {Reading: &pipelines.Reading{Mode: "full"}},
		"read      all accounts: --full asks for it\n": {Reading: &pipelines.Reading{Mode: "full", FullBecause: "--full asks for it"}},
		"read      what has changed since 2026-11-22 05:50 UTC: 1,204 changed, 3 new, 9 gone; the others from 20261122-0600-k3f7\n          of all accounts: Owner.Name, for nothing tells when they change\n": {
			Reading: &pipelines.Reading{Mode: "incremental", Base: "20261122-0600-k3f7", Since: &since, Whole: []string{"Owner.Name"}},
			Ledger:  map[string]int64{"accounts_replaced": 1204, "accounts_added": 3, "accounts_removed": 5, "accounts_left": 4}},
	} {
		var out bytes.Buffer
		showReading(&out, r)
		if out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	}
}
