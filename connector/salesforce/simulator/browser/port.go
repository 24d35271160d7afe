package browser

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
)

var nextPort atomic.Int64

// FreeRedirect is a redirect URL on a port of this machine that is free, below
// those that the system gives to connections, so that it stays so for a while.
func FreeRedirect() string {
	const first, ports = 15_000, 16_000
	for {
		port := first + (int64(os.Getpid())*37+nextPort.Add(1))%ports
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		_ = listener.Close()
		return fmt.Sprintf("http://127.0.0.1:%d/callback", port)
	}
}
