package secret_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"sojourn/server/secret"
	"sojourn/storage"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	ctx, p := context.Background(), secret.NewPasswords()
	hash, err := p.Hash(ctx, "correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash %q, %v", hash, err)
	}
	for _, c := range []struct {
		hash, password string
		want           bool
	}{{hash, "correct horse", true}, {hash, "correct horse ", false}, {hash, "", false}, {"", "correct horse", false}, {"", "", false}} {
		if got, err := p.Verify(ctx, c.hash, c.password); err != nil || got != c.want {
			t.Errorf("Verify(%q, %q) = %v, %v", c.hash, c.password, got, err)
		}
	}
	if again, _ := p.Hash(ctx, "correct horse"); again == hash {
		t.Error("two hashes of one password are equal: no salt")
	}
	for _, bad := range []string{"plain", "$2a$10$abc", strings.Replace(hash, "m=19456", "m=99999999", 1), hash[:len(hash)-30]} {
		if ok, err := p.Verify(ctx, bad, "correct horse"); err == nil || ok {
			t.Errorf("a damaged hash %q verifies: %v", bad, ok)
		}
	}
}

// An unknown user costs as much time as a known one: the ratio of medians is far from telling.
func TestUnknownUserTakesAsLong(t *testing.T) {
	t.Parallel()
	ctx, p := context.Background(), secret.NewPasswords()
	hash, err := p.Hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	took := func(h string) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			if _, err := p.Verify(ctx, h, "wrong"); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	// Without a hash to verify the answer would come in microseconds; on a busy machine a factor of a few means nothing.
	known, unknown := took(hash), took("")
	if unknown < known/20 || unknown > known*20 {
		t.Errorf("unknown user answered in %v, known in %v", unknown, known)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for kind, start := range map[string]string{storage.KeyIngest: "sjw_", storage.KeyAdmin: "sja_"} {
		text, prefix, hash := secret.NewKey(kind)
		if !strings.HasPrefix(text, start) || !strings.HasPrefix(text, prefix+"_") || len(prefix) != 12 || len(text) != 12+1+32 || hash != sha256.Sum256([]byte(text)) {
			t.Errorf("%s key %q with prefix %q", kind, text, prefix)
		}
	}
	if a, b := secret.NewPassword(), secret.NewPassword(); a == b || len(a) != 23 {
		t.Errorf("passwords %q, %q", a, b)
	}
}
