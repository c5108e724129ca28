package journey_test

import (
	"testing"

	"sojourn/journey"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	g := journey.DefaultGuard
	for what, c := range map[string]struct {
		rates journey.Rates
		cause string
	}{
		"nothing sent":     {journey.Rates{}, ""},
		"too few to judge": {journey.Rates{Sent: 199, Bounced: 199}, ""},
		"on the line":      {journey.Rates{Sent: 1000, Bounced: 50, Complained: 3, Unsubscribed: 50}, ""},
		"bounces":          {journey.Rates{Sent: 1000, Bounced: 51}, journey.CauseBounce},
		"complaints first": {journey.Rates{Sent: 1000, Bounced: 51, Complained: 4}, journey.CauseComplaint},
		"people who leave": {journey.Rates{Sent: 1000, Unsubscribed: 51}, journey.CauseUnsubscribe},
	} {
		if cause, _ := g.Judge(c.rates); cause != c.cause {
			t.Errorf("%s: %q, want %q", what, cause, c.cause)
		}
	}
	g.Bounce = 0
	if cause, _ := g.Judge(journey.Rates{Sent: 1000, Bounced: 1000}); cause != "" {
		t.Errorf("a line of 0 is none: %q", cause)
	}
}
