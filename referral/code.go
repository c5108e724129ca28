package referral

import (
	"net/url"
	"strings"

	"sojourn/fault"
)

// alphabet is Crockford's base 32: no I, L, O and U, which people misread.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength gives 60 bits: with the limits of ingestion nobody finds one by trying.
const codeLength = 12

// CodeOf makes a code of random bytes, at least 12 of them.
func CodeOf(random []byte) string {
	b := make([]byte, codeLength)
	for i := range b {
		b[i] = alphabet[random[i]&31]
	}
	return string(b)
}

// ReadCode reads a code as somebody types it: in any case, with dashes and blanks, O for 0 and I or L for 1. ok is false for what can't
// be one.
func ReadCode(typed string) (code string, ok bool) {
	if len(typed) > 64 {
		return "", false
	}
	typed = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	if len(typed) != codeLength || strings.Trim(typed, alphabet) != "" {
		return "", false
	}
	return typed, true
}

// Shown is a code as it is shown and shared: in groups of four.
func Shown(code string) string {
	if len(code) != codeLength {
		return code
	}
	return code[:4] + "-" + code[4:8] + "-" + code[8:]
}

// Parameter is the name under which a link brings the code to the shop.
const Parameter = "ref"

// CheckTarget refuses an address that a link may not lead to: it is an https page of somebody, without credentials.
func CheckTarget(target string) error {
	u, err := url.Parse(target)
	if err != nil || len(target) > 500 || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(target, "\\\r\n\t ") {
		return fault.New(fault.Invalid, "the link of a referral leads to an https page of the shop, of at most 500 bytes")
	}
	return nil
}

// Destination is the target with the code in its query; without a code it is the target alone. "" for a target that may not be.
func Destination(target, code string) string {
	if CheckTarget(target) != nil {
		return ""
	}
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Del(Parameter)
	if code != "" {
		q.Set(Parameter, Shown(code))
	}
	u.RawQuery = q.Encode()
	return u.String()
}
