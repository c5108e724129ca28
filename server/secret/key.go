package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"sojourn/storage"
)

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewKey makes an API key of a kind: the secret to show once, the prefix to recognise it by, and the hash to keep.
// A key is sjw_ (write) or sja_ (admin), 8 letters that are its prefix, and 160 random bits.
func NewKey(kind string) (secret, prefix string, hash [32]byte) {
	start := "sjw_"
	if kind == storage.KeyAdmin {
		start = "sja_"
	}
	prefix = start + strings.ToLower(letters.EncodeToString(random(5)))
	secret = prefix + "_" + strings.ToLower(letters.EncodeToString(random(20)))
	return secret, prefix, HashKey(secret)
}

// HashKey is what is kept of a key. Keys are long random texts, so a plain SHA-256 is enough and a look-up stays quick.
func HashKey(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

// NewPassword makes a first password of 100 random bits that can be read out over a telephone.
func NewPassword() string {
	t := strings.ToLower(rand.Text())[:20]
	return t[:5] + "-" + t[5:10] + "-" + t[10:15] + "-" + t[15:]
}
