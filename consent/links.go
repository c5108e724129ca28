package consent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"sojourn/fault"
	"sojourn/ids"
)

// UnsubscribePath is where unsubscribe links lead, below the public address of the workspace; the token follows.
const UnsubscribePath = "/p/u/"

// Unsubscribe is what a one-click link stands for. It holds ids and names of topics only, no personal data.
type Unsubscribe struct {
	Workspace    int64
	Customer     ids.ID
	ContactPoint ids.ID
	Send         ids.ID // the message the link was in; zero for none
	Channel      string
	Purpose      string
}

// Links signs and reads the opaque tokens of public pages. A token is bound to one purpose by the label under which it
// is signed, carries the id of its key so that keys can be rotated, and never expires: an unsubscribe link of a mail
// from years ago must still work.
type Links struct {
	Current byte            // key id that signs
	Keys    map[byte][]byte // all keys that are still accepted, at least 32 bytes each
}

const (
	linkFormat       = 1
	labelUnsubscribe = "sojourn unsubscribe v1"
	labelHit         = "sojourn engagement v1"
	macLength        = 16 // 128 bits
)

// Validate refuses a missing or short key.
func (l Links) Validate() error {
	if len(l.Keys[l.Current]) == 0 {
		return fault.New(fault.Invalid, "the link key %d is missing", l.Current)
	}
	for id, key := range l.Keys {
		if len(key) < 32 {
			return fault.New(fault.Invalid, "the link key %d is shorter than 32 bytes", id)
		}
	}
	return nil
}

// SignUnsubscribe makes the token of an unsubscribe link: URL-safe, about 120 characters.
func (l Links) SignUnsubscribe(u Unsubscribe) string {
	b := []byte{linkFormat, l.Current}
	b = binary.AppendUvarint(b, uint64(u.Workspace))
	b = append(b, u.Customer[:]...)
	b = append(b, u.ContactPoint[:]...)
	b = append(b, u.Send[:]...)
	b = append(b, byte(len(u.Channel)))
	b = append(b, u.Channel...)
	b = append(b, u.Purpose...)
	return base64.RawURLEncoding.EncodeToString(append(b, l.mac(l.Current, labelUnsubscribe, b)...))
}

// ReadUnsubscribe checks a token in constant time. Every defect is the same NotFound.
func (l Links) ReadUnsubscribe(token string) (Unsubscribe, error) {
	bad := fault.New(fault.NotFound, "this link is not valid")
	rest, ok := l.open(token, labelUnsubscribe)
	if !ok {
		return Unsubscribe{}, bad
	}
	var u Unsubscribe
	ws, n := binary.Uvarint(rest)
	if n <= 0 || len(rest) < n+49 {
		return Unsubscribe{}, bad
	}
	rest = rest[n:]
	u.Workspace = int64(ws)
	copy(u.Customer[:], rest[:16])
	copy(u.ContactPoint[:], rest[16:32])
	copy(u.Send[:], rest[32:48])
	length := int(rest[48])
	if len(rest) < 49+length {
		return Unsubscribe{}, bad
	}
	u.Channel, u.Purpose = string(rest[49:49+length]), string(rest[49+length:])
	return u, nil
}

// open gives what a token holds, behind format and key id, if it was signed by one of our keys under this label.
func (l Links) open(token, label string) (body []byte, ok bool) {
	if len(token) > 512 || strings.ContainsAny(token, "\r\n") { // the decoder would skip line breaks
		return nil, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < 2+macLength || raw[0] != linkFormat {
		return nil, false
	}
	body, mac := raw[:len(raw)-macLength], raw[len(raw)-macLength:]
	if len(l.Keys[raw[1]]) == 0 || !hmac.Equal(mac, l.mac(raw[1], label, body)) {
		return nil, false
	}
	return body[2:], true
}

func (l Links) mac(key byte, label string, body []byte) []byte {
	m := hmac.New(sha256.New, l.Keys[key])
	m.Write([]byte(label))
	m.Write([]byte{0})
	m.Write(body)
	return m.Sum(nil)[:macLength]
}
