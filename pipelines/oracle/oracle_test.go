package oracle_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/axisync/axisync/pipelines/oracle"
)

// live lets the days of a scenario pass.
func (w *world) live() {
	for day := range w.s.days {
		if day > 0 {
			w.night()
		}
		w.note("day %d, %s", day, w.at.now())
		if w.s.file != "" && (day == 0 || chance(w.d, 75)) {
			w.export(time.Duration(w.d.below(90)) * time.Minute)
		}
		if !w.run(day == 0 || chance(w.d, 70)) {
			return
		}
		w.at.pass(time.Minute)
		if w.s.file != "" && chance(w.d, 50) {
			w.export(0)
		}
		if !w.run(false) {
			return
		}
	}
}

func seeds() int {
	n, err := strconv.Atoi(os.Getenv("SEEDS"))
	if err != nil {
		return 12
	}
	return n
}

// TestDays: several sources, each over three days.
func TestDays(t *testing.T) {
	t.Parallel()
	servers := []oracle.Server{
		{Clear: "json_null"}, {Replace: true, Clear: "remove_key"}, {Clear: "empty_text", Trim: true}, {Replace: true, Clear: "json_null", Retype: true},
	}
	for seed := range uint64(seeds()) {
		server := servers[seed%4]
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			d := diceOf(seed)
			w, stop := start(t, draw(d, seed, server), d, temporary(t))
			defer stop()
			w.live()
		})
	}
}
