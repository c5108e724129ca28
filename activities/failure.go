package activities

import (
	"context"
	"errors"
	"log/slog"

	"go.temporal.io/sdk/temporal"

	"sojourn/fault"
)

// failure turns an error into one that Temporal may keep: its kind as the type, only a message that may be shown, and no
// cause. What can't succeed by trying again is marked so. The whole error goes to the log.
func failure(ctx context.Context, activity string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return ctx.Err()
	}
	kind, message := fault.KindOf(err), "internal error, see the log of the worker"
	var known *fault.Error
	if errors.As(err, &known) {
		message = known.Message
	}
	slog.WarnContext(ctx, "activity failed", "activity", activity, "kind", kind, "error", err)
	if fault.Retryable(err) {
		return temporal.NewApplicationError(message, string(kind))
	}
	return temporal.NewNonRetryableApplicationError(message, string(kind), nil)
}
