package adminapi

import (
	"context"

	"sojourn/server/access"
)

// RegisterForTest registers an operation that does nothing.
func RegisterForTest(a *API, p access.Permission) {
	register(a, op{"nothing", "GET", "/nothing", "", "test", p}, func(context.Context, *Nothing) (*Done, error) { return &Done{}, nil })
}
