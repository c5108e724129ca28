package ingestion

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sojourn/fault"
	"sojourn/models"
	"sojourn/storage"
)

// headerKey reads the write key from "Authorization: Basic base64(key:)". Both base64 alphabets occur in the wild.
func headerKey(r *http.Request) (secret string, found bool, err error) {
	h := r.Header.Get("Authorization")
	if h == "" {
		return "", false, nil
	}
	scheme, value, _ := strings.Cut(h, " ")
	if !strings.EqualFold(scheme, "Basic") {
		// An OAuth client sends Bearer and its write key in the body as well.
		return "", false, nil
	}
	value = strings.TrimRight(strings.TrimSpace(value), "=")
	raw, err := base64.RawStdEncoding.DecodeString(value)
	if err != nil {
		raw, err = base64.RawURLEncoding.DecodeString(value)
	}
	if err != nil {
		return "", false, fault.New(fault.Unauthorised, "the Authorization header is not Basic authentication")
	}
	secret, _, _ = strings.Cut(string(raw), ":")
	return secret, true, nil
}

// sourceKey is a write key that was looked up, or the fact that there is none.
type sourceKey struct {
	workspace int64
	name      string // the source under which message ids are unique
	known     bool
	until     time.Time // believed without a question; for as long again while somebody asks anew
	limit     *rate.Limiter
}

// lookup is a question to the database that is under way. Whoever needs the answer waits for the same one: when the key
// of a busy source has to be looked up again, a thousand requests must not ask at once.
type lookup struct {
	done chan struct{}
	key  *sourceKey
	err  error
}

// keyring keeps looked-up keys for a moment, so that a busy source costs one look-up per TTL and a revoked key stops
// within twice that. Unknown keys are kept too, or guessing would become load on the database.
type keyring struct {
	keys  Keys
	ttl   time.Duration
	rate  float64
	mu    sync.Mutex
	known map[[32]byte]*sourceKey
	asked map[[32]byte]*lookup
}

const maxKeys = 10_000

func newKeyring(keys Keys, ttl time.Duration, perSecond float64) *keyring {
	return &keyring{keys: keys, ttl: ttl, rate: perSecond, known: map[[32]byte]*sourceKey{}, asked: map[[32]byte]*lookup{}}
}

// admit finds the key and takes one request from its allowance. Errors: fault.Unauthorised, fault.Busy with the time to
// wait (tooFast), and those of the store.
func (k *keyring) admit(ctx context.Context, secret string, now time.Time) (*sourceKey, error) {
	if secret == "" || len(secret) > 200 {
		return nil, fault.New(fault.Unauthorised, "a write key is missing: Basic authentication with the key as user, or writeKey in the body")
	}
	s, err := k.find(ctx, sha256.Sum256([]byte(secret)), now)
	if err != nil {
		return nil, err
	}
	if !s.known {
		return nil, fault.New(fault.Unauthorised, "this write key does not exist or was revoked")
	}
	if s.limit != nil {
		r := s.limit.ReserveN(now, 1)
		if wait := r.DelayFrom(now); wait > 0 {
			r.CancelAt(now)
			return nil, tooFast{fault.New(fault.Busy, "more than %g requests per second with this key", k.rate), wait}
		}
	}
	return s, nil
}

// tooFast is a refusal that knows when to come back.
type tooFast struct {
	refusal *fault.Error
	wait    time.Duration
}

func (t tooFast) Error() string { return t.refusal.Error() }
func (t tooFast) Unwrap() error { return t.refusal }

func (k *keyring) find(ctx context.Context, hash [32]byte, now time.Time) (*sourceKey, error) {
	k.mu.Lock()
	s := k.known[hash]
	if s != nil && now.Before(s.until) {
		k.mu.Unlock()
		return s, nil
	}
	l := k.asked[hash]
	if l == nil {
		l = &lookup{done: make(chan struct{})}
		k.asked[hash] = l
		// Not the request's context: others wait for the answer too.
		go k.ask(context.WithoutCancel(ctx), hash, s, l, now)
	}
	k.mu.Unlock()
	if s != nil && now.Before(s.until.Add(k.ttl)) {
		return s, nil
	}
	select {
	case <-l.done:
		return l.key, l.err
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "the request ended before its key was looked up")
	}
}

// lookupTimeout bounds one question to the database.
const lookupTimeout = 10 * time.Second

func (k *keyring) ask(ctx context.Context, hash [32]byte, before *sourceKey, l *lookup, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	l.key, l.err = k.load(ctx, hash, before, now)
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.asked, hash)
	if l.err == nil {
		k.keep(hash, l.key, now)
	}
	close(l.done)
}

func (k *keyring) load(ctx context.Context, hash [32]byte, before *sourceKey, now time.Time) (*sourceKey, error) {
	row, err := k.keys.KeyByHash(ctx, models.Hash(hash))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	fresh := &sourceKey{until: now.Add(k.ttl)}
	if err != nil || row.Kind != storage.KeyIngest {
		return fresh, nil
	}
	fresh.workspace, fresh.name, fresh.known = row.WorkspaceID, row.ID.String(), true
	if k.rate > 0 {
		fresh.limit = rate.NewLimiter(rate.Limit(k.rate), max(1, int(2*k.rate)))
		if before != nil && before.limit != nil {
			fresh.limit = before.limit // the allowance outlives the look-up
		}
	}
	if now.Sub(row.LastUsedAt.Time()) > time.Minute {
		// Only for show in the list of keys: a failure must not refuse events.
		_ = k.keys.KeyUsed(ctx, row.ID, now)
	}
	return fresh, nil
}

// keep remembers a key; the caller holds the lock.
func (k *keyring) keep(hash [32]byte, s *sourceKey, now time.Time) {
	if len(k.known) >= maxKeys {
		for h, old := range k.known { // whatever is stale goes; if nothing is, everything
			if !now.Before(old.until) {
				delete(k.known, h)
			}
		}
		if len(k.known) >= maxKeys {
			clear(k.known)
		}
	}
	k.known[hash] = s
}
