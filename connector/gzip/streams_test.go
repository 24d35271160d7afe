package gzip_test

import (
	"encoding/hex"
	"testing"
)

// streams are deflate streams at the edges of the format: those of TestStreams in
// Go's compress/flate (flate_test.go), which zlib judges the same way.
var streams = []struct{ name, deflated string }{
	{"degenerate HCLenTree", "05e001000000000010000000000000000000000000000000000000000000000000000000000000000004"},
	{"complete HCLenTree, empty HLitTree, empty HDistTree", "05e001040000000000000000000000000000000000000000000000000000000000000000000000000010"},
	{"empty HCLenTree", "05e001000000000000000000000000000000000000000000000000000000000000000000000000000010"},
	{"complete HCLenTree, complete HLitTree, empty HDistTree, use missing HDist symbol", "000100feff000de00104000000001000000000000000000000000000000000000000000000000000000000000000002c"},
	{"complete HCLenTree, complete HLitTree, degenerate HDistTree, use missing HDist symbol", "000100feff000de001000000000000000000000000000000000000000000000000000000000000000610000000004070"},
	{"complete HCLenTree, empty HLitTree, empty HDistTree", "05e00104000000001004000000000000000000000000000000000000000000000000000000000000000000000008"},
	{"complete HCLenTree, empty HLitTree, degenerate HDistTree", "05e00104000000001004000000000000000000000000000000000000000000000000000000000000000800000008"},
	{"complete HCLenTree, degenerate HLitTree, degenerate HDistTree, use missing HLit symbol", "05e00104000000001000000000000000000000000000000000000000000000000000000000000000001c"},
	{"complete HCLenTree, complete HLitTree, too large HDistTree", "edff870500000000200400000000000000000000000000000000000000000000000000000000000000080000000000000004"},
	{"complete HCLenTree, complete HLitTree, empty HDistTree, excessive repeater code", "edfd870500000000200400000000000000000000000000000000000000000000000000000000000000e8b100"},
	{"complete HCLenTree, complete HLitTree, empty HDistTree of normal length 30", "05fd01240000000000f8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff07000000fe01"},
	{"complete HCLenTree, complete HLitTree, empty HDistTree of excessive length 31", "05fe01240000000000f8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff07000000fc03"},
	{"complete HCLenTree, over-subscribed HLitTree, empty HDistTree", "05e001240000000000fcffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff07f00f"},
	{"complete HCLenTree, under-subscribed HLitTree, empty HDistTree", "05e001240000000000fcfffffffffffffffffffffffffffffffffffffffffffffffffffffcffffffff07f00f"},
	{"complete HCLenTree, complete HLitTree with single code, empty HDistTree", "05e001240000000000f8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff07f00f"},
	{"complete HCLenTree, complete HLitTree with multiple codes, empty HDistTree", "05e301240000000000f8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff07807f"},
	{"complete HCLenTree, complete HLitTree, degenerate HDistTree, use valid HDist symbol", "000100feff000de00104000000001000000000000000000000000000000000000000000000000000000000000000003c"},
	{"complete HCLenTree, degenerate HLitTree, degenerate HDistTree", "05e00104000000001000000000000000000000000000000000000000000000000000000000000000000c"},
	{"complete HCLenTree, degenerate HLitTree, empty HDistTree", "05e001040000000010000000000000000000000000000000000000000000000000000000000000000004"},
	{"complete HCLenTree, complete HLitTree, empty HDistTree, spanning repeater code", "edfd870500000000200400000000000000000000000000000000000000000000000000000000000000e8b000"},
	{"complete HCLenTree with length codes, complete HLitTree, empty HDistTree", "ede00104000000001000000000000000000000000000000000000000000000000000000000000000000400004000"},
	{"complete HCLenTree, complete HLitTree, degenerate HDistTree, use valid HLit symbol 284 with count 31", "000100feff00ede0010400000000100000000000000000000000000000000000000000000000000000000000000000040000407f00"},
	{"complete HCLenTree, complete HLitTree, degenerate HDistTree, use valid HLit and HDist symbols", "0cc2010d00000082b0ac4aff0eb07d27060000ffff"},
	{"fixed block, use reserved symbol 287", "33180700"},
	{"raw block", "010100feff11"},
	{"issue 10426 - over-subscribed HCLenTree causes a hang", "344c4a4e494d4b070000ff2e2eff2e2e2e2e2eff"},
	{"issue 11030 - empty HDistTree unexpectedly leads to error", "05c0070600000080400fff37a0ca"},
	{"issue 11033 - empty HDistTree unexpectedly leads to error", "050fb109c020cca5d017dcbca044881ee1034ec149c8980bbc413c2ab35be9dcb1473449922449922411202306ee97b0383a521b4ffdcf3217f9f7d3adb701"},
}

// TestStreams: codes that are empty, of one word, incomplete or too many, symbols
// that are none, and lengths and distances at their ends.
func TestStreams(t *testing.T) {
	t.Parallel()
	for _, stream := range streams {
		t.Run(stream.name, func(t *testing.T) {
			deflated := fromHex(stream.deflated)
			for n := range len(deflated) + 1 {
				same(t, member(deflated[:n]))
				same(t, member(append(deflated[:n:n], make([]byte, 40)...))) // for the fast loop too
			}
		})
	}
}

func fromHex(s string) []byte { return must(hex.DecodeString(s)) }
