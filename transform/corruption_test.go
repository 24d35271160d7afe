package transform_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/transform/recordid"
)

// TestLargeCorruption corrupts valid ids and matches them: never a repair to
// another account, and exact only where the corrupted text is itself the id of an
// account. A daily test takes a fiftieth of the million.
func TestLargeCorruption(t *testing.T) {
	t.Parallel()
	rounds := uint64(1)
	if os.Getenv("AXISYNC_LARGE") == "1" {
		rounds = 50
	}
	met := map[string]int{}
	for seed := range rounds {
		corruptionRound(t, rand.New(rand.NewPCG(seed, 3)), met)
	}
	t.Log(met)
	for _, must := range []string{ // otherwise the test would look at nothing
		"substitution exact", "substitution invalid_suffix", "substitution not_an_id", "substitution not_found", "substitution from_url",
		"insertion trimmed", "insertion from_url", "transposition exact", "short upgraded_15", "folding case_repaired", "folding invalid_suffix", "substitution deleted",
	} {
		if met[must] == 0 {
			t.Errorf("no case of %s", must)
		}
	}
}

// corruption is a class of mistakes: how many of them in a round, and how one is
// made of an id of 18 characters.
type corruption struct {
	name string
	n    int
	make func(dice *rand.Rand, id string) string
}

var corruptions = []corruption{
	{"substitution", 20_000, substituted},
	{"deletion", 1000, func(dice *rand.Rand, id string) string {
		at := dice.IntN(len(id))
		return id[:at] + id[at+1:]
	}},
	{"insertion", 2000, func(dice *rand.Rand, id string) string {
		at := dice.IntN(len(id) + 1)
		return id[:at] + anything(dice) + id[at:]
	}},
	{"transposition", 2000, func(dice *rand.Rand, id string) string {
		at := dice.IntN(len(id) - 1)
		return id[:at] + id[at+1:at+2] + id[at:at+1] + id[at+2:]
	}},
	{"short", 2000, func(dice *rand.Rand, id string) string { return substituted(dice, id[:15]) }},
	{"folding", 2000, func(dice *rand.Rand, id string) string {
		if dice.IntN(2) == 0 {
			return strings.ToLower(id)
		}
		return strings.ToUpper(id)
	}},
}

// substituted is id with one other character.
func substituted(dice *rand.Rand, id string) string {
	at := dice.IntN(len(id))
	for {
		if c := anything(dice); c != id[at:at+1] {
			return id[:at] + c + id[at+1:]
		}
	}
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// anything is a character: most often one that an id may have.
func anything(dice *rand.Rand) string {
	if dice.IntN(8) > 0 {
		return string(alphabet[dice.IntN(len(alphabet))])
	}
	others := []string{" ", "/", "\t", "\u00a0", "\u200b", "?", "=", "&", "#", ",", ";", "|", "-", "é", "\n"}
	return others[dice.IntN(len(others))]
}

// nasty are bodies of accounts that lie as near to each other as those of a real
// org do, and nearer: ids in sequence, twins that differ in the case of one letter
// or of all, and pairs of a digit and a letter.
func nasty(dice *rand.Rand) []string {
	var bodies []string
	random := func(letters string, n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(letters[dice.IntN(len(letters))])
		}
		return b.String()
	}
	for range 12 { // a counter to the base of 62
		head := "001" + random(alphabet[:36], 10)
		for range 200 {
			bodies = append(bodies, head+random(alphabet, 2))
		}
	}
	for _, letters := range []string{alphabet, alphabet[:36], alphabet[:10] + alphabet[36:], alphabet[:10]} {
		for range 150 {
			body := "001" + random(letters, 12)
			at := 3 + dice.IntN(12)
			swapped := []byte(body)
			if c := swapped[at]; c >= 'a' {
				swapped[at] = c - 'a' + 'A'
			} else if c >= 'A' {
				swapped[at] = c - 'A' + 'a'
			} else { // the letter stands where the other has a digit
				swapped[at] = "Xx"[dice.IntN(2)]
			}
			bodies = append(bodies, body, string(swapped))
			if dice.IntN(3) == 0 {
				bodies = append(bodies, strings.ToUpper(body), strings.ToLower(body))
			}
		}
	}
	return bodies
}

// corrupted is one customer of the test.
type corrupted struct{ class, id, text string }

func corruptionRound(t *testing.T, dice *rand.Rand, met map[string]int) {
	t.Helper()
	live, gone := map[string]bool{}, map[string]bool{}
	var accounts, deleted [][]string
	var ids []string
	for _, body := range nasty(dice) {
		id := recordid.Full(body)
		switch {
		case live[id] || gone[id]:
			continue
		case dice.IntN(20) == 0:
			gone[id] = true
			deleted = append(deleted, []string{id, ""})
		default:
			live[id] = true
			accounts = append(accounts, []string{id})
		}
		ids = append(ids, id)
	}
	var people []corrupted
	var list []customer
	for _, class := range corruptions {
		for range class.n {
			id := ids[dice.IntN(len(ids))]
			people = append(people, corrupted{class.name, id, class.make(dice, id)})
			list = append(list, customer{id: fmt.Sprint(len(list)), identifier: people[len(list)].text})
		}
	}
	ctx := context.Background()
	e := open(t, transform.Rules{})
	must(t, e.Customers(ctx, customerReader(t, time.Now(), nil, list)))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema(), deleted...)))
	must(t, e.Acknowledgements(ctx, "", ""))
	_, err := e.Match(ctx, tableReader(t, connector.AccountSchema(nil), accounts...))
	must(t, err)
	seen := 0
	_, err = e.Decide(ctx, transform.Tables{Matches: func(batch arrow.RecordBatch) error {
		for row := range int(batch.NumRows()) {
			var number int
			if _, err := fmt.Sscan(batch.Column(0).ValueStr(row), &number); err != nil {
				return err
			}
			verdict, account := transform.Verdict(batch.Column(3).ValueStr(row)), ""
			if batch.Column(2).IsValid(row) {
				account = strings.Clone(batch.Column(2).ValueStr(row))
			}
			seen++
			met[people[number].class+" "+string(verdict)]++
			if wrong := people[number].judge(verdict, account, live); wrong != "" {
				t.Errorf("%s of %s: %q is %s of %q: %s", people[number].class, people[number].id, people[number].text, verdict, account, wrong)
			}
		}
		return nil
	}})
	must(t, err)
	if seen != len(people) {
		t.Errorf("%d verdicts for %d customers", seen, len(people))
	}
	must(t, e.Close())
}

// judge says what is wrong with what became of a corrupted id; empty: nothing.
func (c corrupted) judge(verdict transform.Verdict, account string, live map[string]bool) string {
	switch verdict {
	case transform.Exact:
		if !live[c.text] || account != c.text {
			return "the text is not the id of that account"
		}
	case transform.Upgraded15:
		if len(c.text) != 15 || account != recordid.Full(c.text) || !live[account] {
			return "the text is not the short id of that account"
		}
	case transform.CaseRepaired, transform.Trimmed, transform.FromURL:
		if account != c.id {
			return "a repair to another account"
		}
	default:
		if account != "" {
			return "an account without a match"
		}
		if live[c.text] {
			return "an id that exists was not found"
		}
	}
	return ""
}
