package oracle

import (
	"strings"
	"testing"
)

// vectors are ids of real orgs and of Salesforce's own guides
// (facts/salesforce.md section 5.1).
var vectors = strings.Fields(`
	0015f00000BCvReAAL 0015f00000BFjNuAAL 0015f00000C6beUAAR 0015f00000C6beaAAB 0018c00002DJIpRAAX 0036000000QKv5TAAT
	750R0000000zlh9IAA 005R0000000GiwjIAC 750R0000000zxr8IAA 750R000000146UvIAI 005R0000000UyrWIAS 7506g00000DhRA2AAN
	0056g000005HQPyAAO 01gRM000000NS1vYAG 01gR0000000opRTIAY 003RO0000035WQgYAM 01gRO0000016PIAYA2 01g5e00001AH2dOAAT
	a00D0000008pQSNIA2 005D0000001QX8WIAW 00D50000000IZ3ZEAW 001550V000WOQZiACP 70130000001tcyIAAQ 00558000001N0KeAAK
	80120000000testAAA 001Dp00000Ulaz4IAB 001Dp00000UjsXAIAZ 001Dp00000Ulb6QIAR 750Dp0000090sPOIAY 750ak000009AVi5AAG
	005ak000005hvjJAAQ 750ak000009E1YXAA0 750Hn00000OUfXPIA1 001bm00000NMK67AAH`)

func TestVectorsAreReadInEveryForm(t *testing.T) {
	t.Parallel()
	for _, id := range vectors {
		for _, spelled := range []string{id, id[:15], strings.ToLower(id), strings.ToUpper(id), " " + id + "\u200b"} {
			want := ""
			if len(spelled) == 18 && oneLetter(spelled, id) {
				want = "invalid_suffix"
			}
			if r := readID(spelled, id[:3]); r.id != id && spelled == id || r.reason != want {
				t.Errorf("%q of %s is read as %+v", spelled, id, r)
			}
		}
		if repaired, ok := repair(strings.ToLower(id)); !ok || repaired != id {
			t.Errorf("%s folded is repaired to %q", id, repaired)
		}
	}
}

func TestReadID(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, reason, id, how string }{
		{"", "empty", "", ""},
		{" \u00a0\u200b\t", "empty", "", ""},
		{"n/a", "not_an_id", "", ""},
		{"0015f00000BCvReAAL, 0015f00000BFjNuAAL", "several_ids", "", ""},
		{"0015f00000BCvReAAL|0015f00000BFjNu", "several_ids", "", ""},
		{"https://x.lightning.force.com/0015f00000BCvReAAL/0015f00000BFjNuAAL", "several_ids", "", ""},
		{"0015f00000BCvReAAL 0015f00000BCvRe", "not_an_id", "", ""},
		{"0015f00000BCvReAA", "not_an_id", "", ""},
		{"0015g00000XyZabAAB", "invalid_suffix", "0015g00000XyZabAAF", ""},
		{"0015g00000XyZabAA9", "invalid_suffix", "0015g00000XyZabAAF", ""},
		{"0015g00000XyZabBAF", "invalid_suffix", "0015g00000XyZabAAF", ""},
		{"0015g00000xyzabbaf", "invalid_suffix", "0015g00000xyzabAAA", ""}, // a bit on a digit
		{"0036000000QKv5TAAT", "wrong_object", "0036000000QKv5TAAT", ""},
		{"0036000000qkv5taat", "wrong_object", "0036000000QKv5TAAT", ""},
		{"0015g00000XyZabAAF", "", "0015g00000XyZabAAF", "exact"},
		{"0015g00000XyZab", "", "0015g00000XyZabAAF", "upgraded_15"},
		{"0015g00000XyZab ", "", "0015g00000XyZabAAF", "trimmed"},
		{"https://x.lightning.force.com/lightning/r/Account/0015g00000XyZab/view", "", "0015g00000XyZabAAF", "from_url"},
	} {
		r := readID(test.text, "001")
		if r.reason != test.reason || r.id != test.id || test.how != "" && r.how() != test.how {
			t.Errorf("%q is read as %+v", test.text, r)
		}
	}
}
