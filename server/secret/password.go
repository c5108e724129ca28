package secret

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost of a hash, as the OWASP password storage cheat sheet recommends for argon2id: 19 MiB, two passes, one lane.
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	saltLen   = 16
	keyLen    = 32
)

// Passwords hashes and verifies. Each hash takes 19 MiB and a core for some 20 ms, so only as many run at once as there
// are cores: a flood of logins waits instead of exhausting memory.
type Passwords struct {
	slots chan struct{}
	dummy string // a hash nobody knows the password of: verifying it takes as long as any other
}

// NewPasswords makes the one instance of a process.
func NewPasswords() *Passwords {
	p := &Passwords{slots: make(chan struct{}, runtime.NumCPU())}
	p.dummy = encode(random(saltLen), random(keyLen))
	return p
}

// Hash returns the PHC string of a password with a fresh salt.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	release, err := p.slot(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	salt := random(saltLen)
	return encode(salt, argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, keyLen)), nil
}

// Verify reports whether the password belongs to the hash. An empty hash (unknown user) takes as long and is false.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (bool, error) {
	known := hash != ""
	if !known {
		hash = p.dummy
	}
	c, err := decode(hash)
	if err != nil {
		return false, err
	}
	release, err := p.slot(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	got := argon2.IDKey([]byte(password), c.salt, c.time, c.memory, c.threads, uint32(len(c.key)))
	return subtle.ConstantTimeCompare(got, c.key) == 1 && known, nil
}

func (p *Passwords) slot(ctx context.Context) (release func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type code struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

func encode(salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, b.EncodeToString(salt), b.EncodeToString(key))
}

func decode(phc string) (code, error) {
	var c code
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, errors.New("stored password hash has an unknown form")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil {
		return c, fmt.Errorf("stored password hash: %w", err)
	}
	var err error
	if c.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err == nil {
		c.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	}
	if err != nil || len(c.key) < 16 || c.time == 0 || c.threads == 0 || c.memory > 1<<20 {
		return c, errors.New("stored password hash is damaged")
	}
	return c, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}
