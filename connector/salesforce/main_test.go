package salesforce_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"github.com/axisync/axisync/connector"
)

// TestMain: after all tests, those that end early and in errors too, no buffer is
// left in memory and no goroutine at work.
func TestMain(m *testing.M) {
	checked := memory.NewCheckedAllocator(connector.Memory)
	connector.Memory = checked
	code := m.Run()
	if left := checked.CurrentAlloc(); left != 0 {
		fmt.Printf("FAIL: %d bytes of batches were not released\n", left)
		code = 1
	}
	if err := goleak.Find(); err != nil {
		fmt.Println("FAIL:", err)
		code = 1
	}
	os.Exit(code)
}
