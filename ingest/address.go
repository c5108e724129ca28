package ingest

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxAddressBytes is RFC 5321's limit of a path without its brackets, rounded up to what the columns hold.
const maxAddressBytes = 320

// Email normalises an e-mail address to the form under which contact points are kept: trimmed, domain in lower-case
// ASCII (IDNA), and the local part in lower case too, because no provider in use tells mailboxes apart by case while
// sources write the same address in many ways. It refuses what is not one plain address.
func Email(s string) (string, bool) {
	s = strings.TrimSpace(s)
	// The length comes first: net/mail has been quadratic on long input more than once.
	if s == "" || len(s) > maxAddressBytes || !utf8.ValidString(s) || strings.ContainsFunc(s, unfit) {
		return "", false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s {
		return "", false
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := strings.ToLower(s[:at]), s[at+1:]
	domain, err = idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(domain, ".") || len(local) > 64 || len(domain) > 253 {
		return "", false
	}
	return local + "@" + strings.ToLower(domain), true
}

// unfit are characters that have no business in an address and would change how it looks.
func unfit(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '<' || r == '>' || r == '"' || r == '\uFFFE'
}
