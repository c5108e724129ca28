package steps

import (
	"context"
	"fmt"
	"strings"

	"sojourn/fault"
	"sojourn/ids"
)

// named finds the customer whom a value of the run's data names by external id; an empty name is the run's own customer.
func (s *Steps) named(ctx context.Context, a *action, path string) (customer ids.ID, found bool, err error) {
	if path == "" {
		return a.who.CustomerID, true, nil
	}
	data, err := s.Runs.Store.RunContext(ctx, a.in.WorkspaceID, a.run, max(a.in.Revision, 1))
	if err != nil {
		return customer, false, err
	}
	external := scalar(dig(data, path))
	if external == "" {
		return customer, false, nil
	}
	customer, err = s.Store.CustomerByExternalID(ctx, a.in.WorkspaceID, external)
	if fault.Is(err, fault.NotFound) {
		return customer, false, nil
	}
	return customer, err == nil, err
}

// dig follows a path of names through objects and of numbers through lists; nil when it leads nowhere.
func dig(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		case []any:
			var n int
			if _, err := fmt.Sscanf(name, "%d", &n); err != nil || n < 0 || n >= len(at) {
				return nil
			}
			v = at[n]
		default:
			return nil
		}
	}
	return v
}

func scalar(v any) string {
	switch v.(type) {
	case string, float64, int, int64, bool:
		return strings.TrimSpace(fmt.Sprint(v))
	}
	return ""
}
