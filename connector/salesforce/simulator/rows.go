package simulator

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// orderBlock is how many accounts stay together when the rows of a result are
// shuffled.
const orderBlock = 1024

// orderKey is an element of ORDER BY.
type orderKey struct {
	column                org.Column
	descending, nullsLast bool
}

// rows returns the indexes of the accounts that a plan selects. Without ORDER BY
// they come in blocks whose order follows from shuffle, since a bulk result has
// no order.
func (p *plan) rows(shuffle uint64) []uint32 {
	var rows []uint32
	if p.keep == nil && p.limit < 0 {
		rows = make([]uint32, 0, p.view.Live())
	}
	var row org.Row
	var scratch []byte
	for index := range p.candidates(shuffle) {
		account := p.view.At(int(index))
		if account.Deleted() && (!p.withDeleted || account.Purged()) {
			continue
		}
		if p.keep != nil {
			p.view.Load(&row, int(index))
			if !p.keep(&row, &scratch) {
				continue
			}
		}
		rows = append(rows, index)
		if len(p.order) == 0 && p.limit >= 0 && len(rows) >= p.limit {
			return rows[:p.limit]
		}
	}
	if len(p.order) > 0 {
		p.sort(rows)
	}
	if p.limit >= 0 && len(rows) > p.limit {
		rows = rows[:p.limit]
	}
	return rows
}

// total is how many accounts a plan selects.
func (p *plan) total() int {
	if p.keep == nil && !p.withDeleted && p.limit < 0 {
		return p.view.Live()
	}
	return len(p.rows(0))
}

// candidates yields the accounts that may be selected.
func (p *plan) candidates(shuffle uint64) func(func(uint32) bool) {
	if p.ids != nil {
		return slices.Values(p.found())
	}
	return func(yield func(uint32) bool) {
		total := p.view.Len()
		blocks := (total + orderBlock - 1) / orderBlock
		step := coprime(blocks, shuffle)
		for i := range blocks {
			from := (i*step + int(shuffle%uint64(blocks))) % blocks * orderBlock
			for index := from; index < min(from+orderBlock, total); index++ {
				if !yield(uint32(index)) {
					return
				}
			}
		}
	}
}

// found looks the plan's ids up.
func (p *plan) found() []uint32 {
	var rows []uint32
	for _, id := range p.ids {
		if account, ok := p.view.Find(id); ok {
			rows = append(rows, uint32(account.Index()))
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// coprime returns a number below n that has no divisor in common with n.
func coprime(n int, seed uint64) int {
	if n < 3 {
		return 1
	}
	step := 1 + int(seed%uint64(n-1))
	for gcd(step, n) != 1 {
		step = 1 + step%(n-1)
	}
	return step
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// sort orders rows by the plan's keys, null first unless it says otherwise.
func (p *plan) sort(rows []uint32) {
	values := make(map[uint32][][]byte, len(rows))
	var row org.Row
	for _, index := range rows {
		p.view.Load(&row, int(index))
		for i := range p.order {
			values[index] = append(values[index], p.order[i].column.Append(nil, &row))
		}
	}
	slices.SortStableFunc(rows, func(a, b uint32) int {
		for i, key := range p.order {
			if c := key.compare(values[a][i], values[b][i]); c != 0 {
				return c
			}
		}
		return 0
	})
}

func (k *orderKey) compare(a, b []byte) int {
	if len(a) == 0 || len(b) == 0 {
		c := cmp.Compare(min(len(a), 1), min(len(b), 1))
		if k.nullsLast {
			c = -c
		}
		return c
	}
	c := 0
	if isNumber(k.column.Field.Type) {
		x, _ := strconv.ParseFloat(string(a), 64)
		y, _ := strconv.ParseFloat(string(b), 64)
		c = cmp.Compare(x, y)
	} else {
		c = bytes.Compare(bytes.ToLower(a), bytes.ToLower(b))
	}
	if k.descending {
		c = -c
	}
	return c
}

func isNumber(fieldType string) bool {
	switch fieldType {
	case "int", "double", "currency", "percent":
		return true
	}
	return false
}
