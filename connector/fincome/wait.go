package fincome

import (
	"context"
	"time"
)

// Wait is the pause between two requests to Fincome. Its error is why ctx ended.
func Wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
