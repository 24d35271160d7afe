package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// lost asserts what is told of a state that vanished, and that none was made up.
func (p *started) lost(s *scene) {
	p.t.Helper()
	if p.code != 2 || !strings.Contains(p.errs.String(), "was removed or replaced during the run; nothing more was sent") || !strings.Contains(p.errs.String(), "bring the folder back from a backup, or mount it again") {
		p.t.Errorf("exit code %d\n%s\n%s", p.code, &p.out, &p.errs)
	}
	p.saysExit(2)
	if left, _ := filepath.Glob(filepath.Join(s.dir, "state", "*", "*")); left != nil {
		p.t.Errorf("there are %q", left)
	}
}

// TestAStateThatVanishesDuringARun: before anything was sent.
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
	p.lost(s)
	if n := s.world.fincome.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	s.run(0, "run", "daily.yaml")
	s.run(99, "run", "daily.yaml", "--nothing-changed-exit-code", "99")
}

// TestAStateThatVanishesDuringADelivery: nothing more is sent. The next run, which
// remembers nothing, makes no other axes and asks before it replaces what it finds.
func TestAStateThatVanishesDuringADelivery(t *testing.T) {
	t.Parallel()
	const axis, by = "Salesforce_111111_Phone", "a person"
	s := newScene(t, worldConfig{accounts: 600, customers: 400})
	s.fincome.shutFor("PATCH", "/clients/", 0, 20)
	p := s.start("run", "daily.yaml", "--json")
	<-s.fincome.reached
	if err := os.RemoveAll(filepath.Join(s.dir, "state")); err != nil {
		t.Fatal(err)
	}
	sent := s.world.fincome.Writes()
	s.fincome.open()
	<-p.ended
	p.lost(s)
	const underWay = 32 // customers whose intent was on disk before it vanished
	if n := s.world.fincome.Writes(); n > sent+underWay {
		t.Errorf("%d writes were sent afterwards", n-sent)
	}
	before := s.values(axis)
	customer := slices.Min(slices.Collect(maps.Keys(before)))
	if err := s.world.fincome.Edit(customer, axis, by); err != nil {
		t.Fatal(err)
	}
	s.world.salesforce.Change(0.5)
	next := s.start("run", "daily.yaml", "--json")
	<-next.ended
	if next.code != 4 || !strings.Contains(next.errs.String(), "values that axisync did not write") {
		t.Errorf("exit code %d\n%s\n%s", next.code, &next.out, &next.errs)
	}
	after := s.values(axis)
	before[customer] = `"` + by + `"`
	if !maps.Equal(before, after) {
		t.Errorf("values were overwritten: %v, they were %v", after, before)
	}
}

// values are those of an axis, by customer; no axis of another tag may be there.
func (s *scene) values(axis string) map[string]string {
	s.t.Helper()
	values := map[string]string{}
	for customer := range s.world.fincome.Customers() {
		for name, value := range customer.Properties {
			if name == axis {
				values[customer.ID] = string(value)
			} else if strings.HasPrefix(name, "Salesforce_") && !strings.HasPrefix(name, "Salesforce_111111_") {
				s.t.Errorf("there is the axis %s", name)
			}
		}
	}
	return values
}
