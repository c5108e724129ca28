package consent

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"sojourn/fault"
)

// MaxAddress is the longest address we keep, in bytes (RFC 5321: 64 + @ + 255).
const MaxAddress = 320

// NormalizeAddress gives the form under which an address is suppressed, locked and unique per channel.
//
// E-mail: trimmed, lower case (no provider of note tells a@x from A@x, and missing a suppression is worse than merging
// two boxes), the domain in its ASCII form. Nothing provider-specific: dots and plus tags stay.
// Telephone: + and digits only. Other channels: trimmed, as given.
// The fault is Invalid; its message does not repeat the address.
func NormalizeAddress(channel, address string) (string, error) {
	address = strings.TrimSpace(address)
	if address == "" {
		return "", fault.New(fault.Invalid, "the address is empty")
	}
	if len(address) > MaxAddress {
		return "", fault.New(fault.Invalid, "the address is longer than %d bytes", MaxAddress)
	}
	if !utf8.ValidString(address) {
		return "", fault.New(fault.Invalid, "the address is not valid UTF-8")
	}
	switch channel {
	case "email":
		return normalizeEmail(address)
	case "sms", "voice":
		return normalizePhone(address)
	}
	if strings.IndexFunc(address, unicode.IsControl) >= 0 {
		return "", fault.New(fault.Invalid, "the address holds control characters")
	}
	return address, nil
}

func normalizeEmail(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 {
		return "", fault.New(fault.Invalid, "the e-mail address has no name or no domain")
	}
	local, domain := address[:at], strings.TrimSuffix(address[at+1:], ".")
	if len(local) > 64 {
		return "", fault.New(fault.Invalid, "the name of the e-mail address is longer than 64 bytes")
	}
	for _, r := range local {
		if unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>()[]\,;:"@`, r) {
			return "", fault.New(fault.Invalid, "the e-mail address holds a character that is not allowed")
		}
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || ascii == "" || len(ascii) > 253 || strings.ContainsAny(ascii, "<>@ \t\r\n") {
		return "", fault.New(fault.Invalid, "the domain of the e-mail address is not valid")
	}
	return strings.ToLower(local) + "@" + strings.ToLower(ascii), nil
}

func normalizePhone(address string) (string, error) {
	var b strings.Builder
	for i, r := range address {
		switch {
		case r == '+' && i == 0, r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" -./()\u00a0", r):
		default:
			return "", fault.New(fault.Invalid, "the telephone number holds a character that is not allowed")
		}
	}
	out := b.String()
	if len(out) < 8 || len(out) > 16 || out[0] != '+' || out[1] == '0' {
		return "", fault.New(fault.Invalid, "the telephone number is not in international form, for example +31201234567")
	}
	return out, nil
}
