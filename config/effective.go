package config

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strings"
	"time"
)

const redacted = "(set)"

// Effective writes the tree as YAML that could be a file again, but for its secrets. Beside each setting that was set
// stands where it comes from.
func (c *Config) Effective(w io.Writer, from *Source) error {
	v := reflect.ValueOf(c).Elem()
	var group []string
	for _, s := range Settings() {
		parts := strings.Split(s.Path, ".")
		for i := range parts[:len(parts)-1] {
			if i >= len(group) || group[i] != parts[i] {
				if _, err := fmt.Fprintf(w, "%s%s:\n", strings.Repeat("  ", i), parts[i]); err != nil {
					return err
				}
				group = append(group[:i:i], parts[i])
			}
		}
		group = group[:len(parts)-1]
		line := fmt.Sprintf("%s%s: %s", strings.Repeat("  ", len(parts)-1), parts[len(parts)-1], show(v.FieldByIndex(s.index).Interface(), s.Secret))
		if from != nil && from.Origin(s.Path) != "" {
			line += "  # " + from.Origin(s.Path)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func show(v any, secret string) string {
	switch x := v.(type) {
	case string:
		switch {
		case x == "":
			return `""`
		case secret == "true":
			return redacted
		case secret == "url":
			return fmt.Sprintf("%q", RedactURL(x))
		}
		return fmt.Sprintf("%q", x)
	case []string:
		if len(x) > 0 && secret != "" {
			return "[" + redacted + "]"
		}
		if len(x) == 0 {
			return "[]"
		}
		return fmt.Sprintf("%q", x)
	case time.Duration:
		return x.String()
	}
	return fmt.Sprint(v)
}

// RedactURL hides the password of a URL, and all of what can't be read as one.
func RedactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return redacted
	}
	return u.Redacted()
}

// Key derives a key for one use from the secret (HKDF-SHA256), so that no use can learn another's.
func (c *Config) Key(use string) []byte { return deriveKey(c.Secret, use) }

// OldKeys are the keys of former secrets, newest first.
func (c *Config) OldKeys(use string) [][]byte {
	var out [][]byte
	for _, s := range c.OldSecrets {
		out = append(out, deriveKey(s, use))
	}
	return out
}

func deriveKey(secret, use string) []byte {
	k, err := hkdf.Key(sha256.New, []byte(secret), nil, "sojourn/"+use, 32)
	if err != nil {
		panic(err) // only for a length over 8160 bytes
	}
	return k
}
