package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// EditorConfig says who edits what.
type EditorConfig struct {
	Seed      uint64   // the same edits in the same order
	Axes      []string // the axes to edit, ours or not; AxisIndustry, AxisRegion and AxisSegment when empty
	Customers []string // the customers to edit; all there are when empty
}

// Editor is a person who edits customers at random in the application. One
// goroutine may use it at a time, also while the server serves.
type Editor struct {
	server    *Server
	rng       *rand.Rand
	axes      []string
	customers []string
	edits     int
}

// Edit is what a person did.
type Edit struct {
	Customer, Axis string
	Value          json.RawMessage // a text that no other edit of this editor writes; nil removed the axis
}

// Editor makes one. It panics when there is no customer.
func (s *Server) Editor(config EditorConfig) *Editor {
	e := &Editor{server: s, rng: rand.New(rand.NewPCG(config.Seed, 0xed17)), axes: config.Axes, customers: config.Customers}
	if len(e.axes) == 0 {
		e.axes = []string{AxisIndustry, AxisRegion, AxisSegment}
	}
	if len(e.customers) == 0 {
		s.mu.RLock()
		for _, c := range s.customers {
			e.customers = append(e.customers, c.id)
		}
		s.mu.RUnlock()
	}
	if len(e.customers) == 0 {
		panic("fincome simulator: there is no customer to edit")
	}
	return e
}

// Step makes the next edit: a new value mostly, one time in ten the axis is
// removed. It panics when the customer is unknown.
func (e *Editor) Step() Edit {
	e.edits++
	made := Edit{Customer: pick(e.rng, e.customers...), Axis: pick(e.rng, e.axes...)}
	var value any
	if e.rng.IntN(10) > 0 {
		made.Value = quoted(fmt.Sprintf("edited %d", e.edits))
		value = made.Value
	}
	if err := e.server.Edit(made.Customer, made.Axis, value); err != nil {
		panic(err) // the caller named a customer that is not there
	}
	return made
}

// Run makes so many edits a second until ctx ends, and answers how many.
func (e *Editor) Run(ctx context.Context, perSecond float64) int {
	start, done := time.Now(), 0
	tick := max(time.Millisecond, time.Duration(float64(time.Second)/perSecond))
	for wait(ctx, tick) {
		for due := int(time.Since(start).Seconds() * perSecond); done < due; done++ {
			e.Step()
		}
	}
	return done
}
