// Package grace bounds what goes on after a command was interrupted: what must not be
// left half done, such as a request whose answer holds a new token, or a job that is to
// be deleted.
package grace

import (
	"context"
	"time"
)

// Period is how long anything may go on. Whoever stops us (Airflow, systemd, Kubernetes)
// kills us some time later; the program itself promises to end within five seconds.
const Period = 3 * time.Second

// key is the name of the context that ends when the grace is over.
type key struct{}

// Begin gives a context from which those of Outlive are made: they end together, one
// Period after ctx, whenever they were asked for. The caller calls end when the work is
// over.
func Begin(ctx context.Context) (begun context.Context, end func()) {
	last, cancel := after(ctx)
	return context.WithValue(ctx, key{}, last), cancel
}

// Outlive is a context for what must not be left half done. It has no deadline while ctx
// is alive, and ends one Period after the context of Begin that ctx comes from, also by
// way of context.WithoutCancel, or after ctx itself where there is none.
func Outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	last, begun := ctx.Value(key{}).(context.Context)
	if !begun {
		return after(ctx)
	}
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(last, func() { cancel(context.Cause(last)) })
	return longer, func() { stop(); cancel(nil) }
}

// after is a context that ends one Period after ctx, and by the same cause.
func after(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(Period, func() { cancel(context.Cause(ctx)) }) })
	return longer, func() { stop(); cancel(nil) }
}
