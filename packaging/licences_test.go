package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axisync/axisync/licences"
)

func TestTheTableIsWhatIsRecognised(t *testing.T) {
	t.Parallel()
	if err := licencesCommand(nil); err != nil {
		t.Error(err)
	}
}

// A module that came, another version, another licence and one that is not allowed are
// each named.
func TestWhatIsNotInTheTable(t *testing.T) {
	t.Parallel()
	listed := []licences.Module{{Path: "a", Version: "v1", Licence: "MIT"}, {Path: "gpl", Version: "v1", Licence: "GPL-3.0"}}
	for found, want := range map[licences.Module]string{
		{Path: "a", Version: "v1", Licence: "MIT"}:       "",
		{Path: "b", Version: "v1", Licence: "MIT"}:       "b v1 (MIT)",
		{Path: "a", Version: "v2", Licence: "MIT"}:       "a v2 (MIT)",
		{Path: "a", Version: "v1", Licence: "ISC"}:       "a v1 (ISC)",
		{Path: "gpl", Version: "v1", Licence: "GPL-3.0"}: "the licence GPL-3.0 is not among those allowed",
	} {
		err := compare([]licences.Module{found}, listed)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", found, err)
		}
	}
}

// A text that is no known licence is for a person to read, whatever its name.
func TestATextThatIsNoLicence(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	own := filepath.Join(folder, "LICENSE")
	if err := os.WriteFile(own, []byte("You may use this on Tuesdays, against payment."), 0o644); err != nil {
		t.Fatal(err)
	}
	if id, err := identify([]string{own}); err == nil || !strings.Contains(err.Error(), "read it") {
		t.Errorf("%q, %v", id, err)
	}
	if id, err := identify(nil); err == nil {
		t.Errorf("nothing is %q", id)
	}
	if id, err := identify([]string{"../LICENSE"}); err != nil || id != "Apache-2.0" {
		t.Errorf("our own is %q, %v", id, err)
	}
}
