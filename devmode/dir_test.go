package devmode_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sojourn/devmode"
	"sojourn/fault"
)

func TestDirIsForOneProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data")
	d, err := devmode.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := devmode.OpenDir(path); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second one: %v", err)
	}
	first, err := d.Secret("secret", devmode.RandomHex)
	if err != nil || len(first) != 64 {
		t.Fatalf("%q, %v", first, err)
	}
	if info, err := os.Stat(d.File("secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret's file: %v, %v", info, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d, err = devmode.OpenDir(path)
	if err != nil {
		t.Fatalf("after it was given free: %v", err)
	}
	defer d.Close()
	if again, err := d.Secret("secret", devmode.RandomHex); err != nil || again != first {
		t.Errorf("another secret at the second start: %q, %v", again, err)
	}
}

// At every hour somebody signs up, with all that a welcome needs.
func TestSomebodyIsAlwaysAwake(t *testing.T) {
	t.Parallel()
	var batch struct {
		Batch []struct{ Type, UserID, Event, MessageID string }
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key, _, _ := r.BasicAuth(); key != "key" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewDecoder(r.Body).Decode(&batch)
	}))
	defer srv.Close()
	for h := range 24 {
		if err := devmode.Greet(context.Background(), srv.URL, "key", time.Date(2026, 7, 1, h, 30, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		told := map[string]map[string]bool{} // per person
		signed := 0
		for _, m := range batch.Batch {
			if told[m.UserID] == nil {
				told[m.UserID] = map[string]bool{}
			}
			told[m.UserID][m.Type+m.Event] = true
		}
		for user, of := range told {
			if !of["trackSigned Up"] {
				continue
			}
			signed++
			if !of["identify"] || !of["trackConsent Granted"] {
				t.Errorf("at %d o'clock %s signs up with %v only", h, user, of)
			}
		}
		if signed == 0 {
			t.Errorf("at %d o'clock nobody signs up in %d messages", h, len(batch.Batch))
		}
	}
	if err := devmode.Greet(context.Background(), srv.URL, "other", time.Now()); err == nil {
		t.Error("a refusal is no error")
	}
}
