package harness

import (
	"testing"
	"time"
)

// Eventually asks until ask returns nil, and fails with its last answer when the time is up.
func Eventually(t testing.TB, within time.Duration, what string, ask func() error) {
	t.Helper()
	if err := Until(within, ask); err != nil {
		t.Fatalf("%s: not within %s: %v", what, within, err)
	}
}

// Until asks until ask returns nil or the time is up, and returns its last answer. The pause grows from 20 ms to 250 ms:
// many worlds share two processors.
func Until(within time.Duration, ask func() error) error {
	deadline := time.Now().Add(within)
	pause := 20 * time.Millisecond
	for {
		err := ask()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(pause)
		pause = min(pause*3/2, 250*time.Millisecond)
	}
}
