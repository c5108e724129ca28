package adminapi

import (
	"context"
	"time"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/storage"
)

// RegisterForTest registers an operation that does nothing.
func RegisterForTest(a *API, p access.Permission) {
	register(a, op{"nothing", "GET", "/nothing", "", "test", p}, func(context.Context, *Nothing) (*Done, error) { return &Done{}, nil })
}

// UntilForTest is what the inspector says about the end of a wait.
func UntilForTest(at models.Instant, s journey.Step, n storage.WaitNote) string {
	return until(at, s, n)
}

// CostlyForTest keeps numbers by names.
type CostlyForTest struct{ c costly[string, int] }

// Ask is costly.ask.
func (c *CostlyForTest) Ask(ctx context.Context, key string, now func() time.Time, work func(context.Context) (int, error)) (int, error) {
	return c.c.ask(ctx, key, now, work)
}
