package recordid_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/axisync/axisync/transform/recordid"
)

// published are the ids that documentation and maintained clients print.
var published = strings.Fields(`
	0015f00000BCvReAAL 0015f00000BFjNuAAL 0015f00000C6beUAAR 0015f00000C6beaAAB 0018c00002DJIpRAAX
	0036000000QKv5TAAT 750R0000000zlh9IAA 005R0000000GiwjIAC 750R0000000zxr8IAA 750R000000146UvIAI
	005R0000000UyrWIAS 7506g00000DhRA2AAN 0056g000005HQPyAAO 01gRM000000NS1vYAG 01gR0000000opRTIAY
	003RO0000035WQgYAM 01gRO0000016PIAYA2 01g5e00001AH2dOAAT a00D0000008pQSNIA2 005D0000001QX8WIAW
	00D50000000IZ3ZEAW 001550V000WOQZiACP 70130000001tcyIAAQ 00558000001N0KeAAK 80120000000testAAA
	001Dp00000Ulaz4IAB 001Dp00000UjsXAIAZ 001Dp00000Ulb6QIAR 750Dp0000090sPOIAY 750ak000009AVi5AAG
	005ak000005hvjJAAQ 750ak000009E1YXAA0 750Hn00000OUfXPIA1 001bm00000NMK67AAH 0015g00000XyZabAAF`)

func TestPublishedIDsAreExact(t *testing.T) {
	for _, id := range published {
		for text, want := range map[string]recordid.Reading{
			id:                                  {Shape: recordid.Exact, Body: id, ID: id},
			id[:15]:                             {Shape: recordid.Upgraded15, Body: id, ID: id},
			" " + id + "\u00a0":                 {Shape: recordid.Exact, Wrapping: recordid.Trimmed, Body: id, ID: id},
			"https://x.my.salesforce.com/" + id: {Shape: recordid.Exact, Wrapping: recordid.FromURL, Body: id, ID: id},
			"https://x.lightning.force.com/lightning/r/Account/" + id[:15] + "/view?ws=1": {
				Shape: recordid.Upgraded15, Wrapping: recordid.FromURL, Body: id, ID: id},
		} {
			if got := recordid.Read(text); got != want {
				t.Errorf("Read(%q) = %+v, want %+v", text, got, want)
			}
		}
		for _, text := range []string{strings.ToLower(id), strings.ToUpper(id)} {
			got := recordid.Read(text)
			if text != id && lowered(text, id) == 1 {
				if got.Shape != recordid.InvalidSuffix || got.ID != "" || got.Respelled != id {
					t.Errorf("Read(%q) = %+v: it may be another id with one wrong character", text, got)
				}
			} else if got.ID != id || text != id && got.Shape != recordid.CaseRepairable {
				t.Errorf("Read(%q) = %+v, want it repairable to %s", text, got, id)
			}
		}
	}
}

// lowered counts the letters of the body that are lower case in id and not in text.
func lowered(text, id string) int {
	n := 0
	for i := range 15 {
		if text[i] != id[i] && strings.ToLower(text[i:i+1]) == id[i:i+1] {
			n++
		}
	}
	return n
}

func TestTextsThatAreNoID(t *testing.T) {
	for text, want := range map[string]recordid.Shape{
		"0015g00000XyZabAAB":                       recordid.InvalidSuffix, // the example of Fincome's guide
		"005R0000000UyrWIAv":                       recordid.InvalidSuffix,
		"005R0000000GiwjIxx":                       recordid.InvalidSuffix,
		"005R0000000GiwoIAB":                       recordid.InvalidSuffix,
		"a0D30000001n7PiEAC":                       recordid.InvalidSuffix,
		"0015g00000XyZabAA9":                       recordid.InvalidSuffix,
		"0015g00000XyZabBAF":                       recordid.InvalidSuffix,
		"0055fEXAMPLEtG4AAM":                       recordid.InvalidSuffix,
		"":                                         recordid.Empty,
		" \t\u00a0\u200b":                          recordid.Empty,
		"n/a":                                      recordid.NotAnID,
		"0015g00000XyZa":                           recordid.NotAnID,
		"0015g00000XyZabA":                         recordid.NotAnID,
		"0015g00000XyZabÀAF":                       recordid.NotAnID,
		"0015f00000BCvReAAL, 0015f00000BFjNuAAL":   recordid.SeveralIDs,
		"0015f00000BCvReAAL\n0015f00000BFjNu":      recordid.SeveralIDs,
		"0015f00000BCvReAAL/0015f00000BFjNuAAL":    recordid.SeveralIDs,
		"https://example.com/customers/overview":   recordid.NotAnID,
		"https://example.com/internationalwork/a1": recordid.NotAnID,
	} {
		if got := recordid.Read(text); got.Shape != want || got.ID != "" {
			t.Errorf("Read(%q) = %+v, want %s without an id", text, got, want)
		}
	}
}

func body(t *rapid.T) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")), 15, 15, 15).Draw(t, "body")
}

func TestFoldingIsUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := recordid.Full(body(t))
		if !recordid.Valid(id) {
			t.Fatalf("%s is not valid", id)
		}
		for _, text := range []string{strings.ToLower(id), strings.ToUpper(id)} {
			if got, ok := recordid.Repair(text); !ok || got != id {
				t.Fatalf("Repair(%s) = %s, %v, want %s", text, got, ok, id)
			}
		}
	})
}

// One wrong letter case in the body is always noticed: that is what the suffix
// is for.
func TestOneFlippedLetterIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := []byte(body(t))
		i := rapid.IntRange(0, 14).Draw(t, "place")
		letters[i] = rapid.SampledFrom([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")).Draw(t, "letter") // a digit has no case
		id := []byte(recordid.Full(string(letters)))
		flipped := strings.ToUpper(string(id[i]))
		if flipped == string(id[i]) {
			flipped = strings.ToLower(string(id[i]))
		}
		id[i] = flipped[0]
		if recordid.Valid(string(id)) {
			t.Fatalf("%s passes", id)
		}
	})
}

// One wrong character, whatever it is, never makes an id repairable to another one:
// not unless its body is right, and then the caller knows that it exists.
func TestOneWrongCharacterIsNoRepair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]string{"0123456789", "0123456789ABCDEF", "0123456789abcdef", "0123456789ABCDEFabcdef"}).Draw(t, "letters")
		id := recordid.Full(rapid.StringOfN(rapid.RuneFrom([]rune(letters)), 15, 15, 15).Draw(t, "body"))
		at := rapid.IntRange(0, 17).Draw(t, "place")
		text := id[:at] + string(rapid.RuneFrom([]rune("0123456789ABCDEFPQXYZabcdefpqxyz /")).Draw(t, "character")) + id[at+1:]
		got := recordid.Read(text)
		if got.Shape == recordid.CaseRepairable && got.ID != id && got.Body != id {
			t.Fatalf("%s with one wrong character, %s, is repaired to %s", id, text, got.ID)
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, id := range published {
		f.Add(id)
	}
	f.Add("https://x.lightning.force.com/lightning/r/Account/0015f00000BCvReAAL/view")
	f.Fuzz(func(t *testing.T, text string) {
		r := recordid.Read(text)
		if r.ID != "" && !recordid.Valid(r.ID) {
			t.Fatalf("Read(%q) gives the id %q, which is not valid", text, r.ID)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		recordid.Read("0015f00000BCvReAAL")
	}
}
