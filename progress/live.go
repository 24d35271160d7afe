package progress

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/sourcegraph/conc"
)

// refresh is how often the lines are drawn again.
const refresh = 200 * time.Millisecond

// worthKeeping is how long a stage has to take for its line to stay when it is over.
const worthKeeping = time.Second

// Live is a Board for a terminal: the last lines of it, one for each stage under way,
// drawn again five times a second. Whatever else goes to that terminal meanwhile has to
// be written through it, and appears above. The line of a stage that took more than a
// second stays when it is over.
type Live struct {
	to     io.Writer
	width  func() int // of the terminal, in columns
	over   chan struct{}
	drawer conc.WaitGroup

	mu     sync.Mutex
	meters []*meter
	drawn  int // lines that stand there
	closed bool
}

// NewLive begins to draw. The caller closes it.
func NewLive(to io.Writer, width func() int) *Live {
	l := &Live{to: to, width: width, over: make(chan struct{})}
	l.drawer.Go(l.run)
	return l
}

func (l *Live) run() {
	ticks := time.NewTicker(refresh)
	defer ticks.Stop()
	for {
		select {
		case at := <-ticks.C:
			l.mu.Lock()
			for _, m := range l.meters {
				m.read(at)
			}
			if len(l.meters) > 0 {
				_, _ = l.to.Write(l.redrawn(at, nil))
			}
			l.mu.Unlock()
		case <-l.over:
			return
		}
	}
}

// Begin shows a stage until the function that it gives back is called.
func (l *Live) Begin(stage *Stage) (end func()) {
	m := &meter{stage: stage, begun: time.Now()}
	m.read(m.begun)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.meters = append(l.meters, m)
	return func() { l.end(m) }
}

func (l *Live) end(m *meter) {
	at := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.meters = slices.DeleteFunc(l.meters, func(other *meter) bool { return other == m })
	var kept []byte
	if took := at.Sub(m.begun); took >= worthKeeping && !l.closed {
		kept = []byte(m.last(took) + "\n")
	}
	if kept != nil || l.drawn > 0 {
		_, _ = l.to.Write(l.redrawn(at, kept))
	}
}

// last is the line of a stage that is over: its pace is that of the whole.
func (m *meter) last(took time.Duration) string {
	m.figures = m.stage.Figures()
	m.figures.Total, m.figures.Pages, m.figures.Waiting = 0, 0, ""
	m.perSecond, m.wrote = float64(m.figures.Done)/took.Seconds(), float64(m.figures.Customers)/took.Seconds()
	return m.line(m.begun.Add(took))
}

// Write writes whole lines above those that are drawn.
func (l *Live) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.drawn == 0 {
		return l.to.Write(text)
	}
	if _, err := l.to.Write(l.redrawn(time.Now(), text)); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Aside takes the lines away while do writes to the terminal by another way.
func (l *Live) Aside(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drawn > 0 {
		_, _ = l.to.Write(l.erased())
	}
	do()
}

// Close takes the lines away. What is written later goes where it always went. It may
// be called again.
func (l *Live) Close() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed, l.meters = true, nil
	if l.drawn > 0 {
		_, _ = l.to.Write(l.erased())
	}
	l.mu.Unlock()
	close(l.over)
	l.drawer.Wait()
}

// redrawn is what puts a text in the place of the lines that stand there, and the lines
// of now under it, in one piece, so that nothing flickers.
func (l *Live) redrawn(at time.Time, text []byte) []byte {
	var b bytes.Buffer
	b.Write(l.erased())
	b.Write(text)
	if len(text) > 0 && text[len(text)-1] != '\n' {
		b.WriteByte('\n')
	}
	width := max(l.width()-1, 20) // in the last column some terminals begin a new line
	for _, m := range l.meters {
		b.WriteString(runewidth.Truncate(m.line(at), width, "..."))
		b.WriteByte('\n')
	}
	l.drawn = len(l.meters)
	return b.Bytes()
}

// erased is what takes the lines away: up, and everything below is gone.
func (l *Live) erased() []byte {
	if l.drawn == 0 {
		return nil
	}
	erased := fmt.Appendf(nil, "\x1b[%dA\r\x1b[J", l.drawn)
	l.drawn = 0
	return erased
}
