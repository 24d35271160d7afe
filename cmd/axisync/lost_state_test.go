package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestARestoredState: a state of yesterday, and one that has vanished, make no second set
// of axes and overwrite nothing that a person wrote since.
func TestARestoredState(t *testing.T) {
	t.Parallel()
	const axis, by = "Salesforce_111111_Phone", "a person"
	for name, lose := range map[string]func(s *scene, state string) error{
		"restored": func(s *scene, state string) error {
			return errors.Join(os.RemoveAll(state), os.CopyFS(state, os.DirFS(filepath.Join(s.dir, "yesterday"))))
		},
		"vanished": func(_ *scene, state string) error { return os.RemoveAll(state) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, small)
			state := filepath.Join(s.dir, "state")
			s.run(0, "run", "daily.yaml")
			if err := os.CopyFS(filepath.Join(s.dir, "yesterday"), os.DirFS(state)); err != nil {
				t.Fatal(err)
			}
			s.world.salesforce.Change(0.1)
			s.run(0, "run", "daily.yaml")
			if err := s.world.fincome.Edit("C-1000001", axis, by); err != nil {
				t.Fatal(err)
			}
			s.world.salesforce.Change(0.3)
			if err := lose(s, state); err != nil {
				t.Fatal(err)
			}
			p := s.start("run", "daily.yaml", "--json")
			<-p.ended
			t.Logf("exit code %d\n%s", p.code, &p.errs)
			if p.code != 0 && p.code != 4 && p.code != 5 {
				t.Errorf("exit code %d\n%s\n%s", p.code, &p.out, &p.errs)
			}
			for customer := range s.world.fincome.Customers() {
				if value := string(customer.Properties[axis]); customer.ID == "C-1000001" && value != `"`+by+`"` {
					t.Errorf("what a person wrote is %s now", value)
				}
				for name := range customer.Properties {
					if strings.HasPrefix(name, "Salesforce_") && !strings.HasPrefix(name, "Salesforce_111111_") {
						t.Errorf("there is the axis %s", name)
					}
				}
			}
		})
	}
}

// TestAStateThatVanishesDuringARun: the run fails, worth a retry or not, before or after
// it has sent something; the next one makes good of it.
func TestAStateThatVanishesDuringARun(t *testing.T) {
	t.Parallel()
	s := newScene(t, small)
	s.salesforce.shutFor("POST", "/jobs/query", 0, 0)
	p := s.start("run", "daily.yaml", "--json")
	<-s.salesforce.reached
	if err := os.RemoveAll(filepath.Join(s.dir, "state")); err != nil {
		t.Fatal(err)
	}
	s.salesforce.open()
	<-p.ended
	t.Logf("exit code %d\n%s", p.code, &p.errs)
	if p.code != 1 && p.code != 2 {
		t.Errorf("exit code %d", p.code)
	}
	if n := s.world.fincome.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	s.run(0, "run", "daily.yaml")
	s.run(99, "run", "daily.yaml", "--nothing-changed-exit-code", "99")
}
