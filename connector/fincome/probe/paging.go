package probe

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector/fincome"
)

// findNext finds what tells the next page and what asks for it, by asking.
func (s *session) findNext(ctx context.Context, l *fincome.List, first *page) (proven bool, err error) {
	known := *l
	if known.Offset {
		l.After = fincome.Config{}.WithDefaults().List.After
	}
	l.Offset = false
	if proven, err = s.findCursor(ctx, l, first); proven || err != nil {
		return proven, err
	}
	if _, told := first.all[l.NextKey]; told { // there is a cursor: an offset would be chance
		return false, nil
	}
	return s.findOffset(ctx, l, known, first)
}

// findOffset finds the parameter that takes the number of customers before a page: what
// it gives for 1 is the second customer, also when two are asked for.
func (s *session) findOffset(ctx context.Context, l *fincome.List, known fincome.List, first *page) (proven bool, err error) {
	names := skipNames
	if known.Offset {
		names = append([]string{known.After}, names...)
	}
	for _, name := range once(names) {
		second, _, err := s.page(ctx, *l, url.Values{l.LimitName: {"1"}, name: {"1"}})
		if err != nil {
			return false, err
		}
		if second == nil || second.dataKey != first.dataKey || sameID(second.customers[0], first.customers[0]) {
			continue
		}
		two, _, err := s.page(ctx, *l, url.Values{l.LimitName: {"2"}, name: {"1"}})
		if err != nil {
			return false, err
		}
		if two != nil && sameID(two.customers[0], second.customers[0]) {
			l.After, l.Offset = name, true
			return true, nil
		}
	}
	return false, nil
}

// findCursor finds the key that tells the next page, and what takes it.
func (s *session) findCursor(ctx context.Context, l *fincome.List, first *page) (proven bool, err error) {
	keys := once(append([]string{l.NextKey}, nextKeys...))
	keys = slices.DeleteFunc(keys, func(key string) bool { _, there := first.all[key]; return !there })
	if len(keys) > 0 {
		l.NextKey = keys[0]
	}
	for _, key := range keys {
		cursor := scalar(first.all[key])
		if cursor == "" || strings.Contains(cursor, "/") && strings.Contains(cursor, "?") { // an address
			continue
		}
		for _, after := range once(append([]string{l.After, key}, afterNames...)) {
			second, _, err := s.page(ctx, *l, url.Values{l.LimitName: {"1"}, after: {cursor}})
			if err != nil {
				return false, err
			}
			if second != nil && second.dataKey == l.DataKey && !sameID(second.customers[0], first.customers[0]) {
				l.NextKey, l.After = key, after
				return true, nil
			}
		}
	}
	return false, nil
}
