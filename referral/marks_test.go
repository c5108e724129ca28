package referral_test

import (
	"fmt"
	"strings"
	"testing"

	"sojourn/referral"
)

func TestMailboxes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Ann.Lee+shop@GoogleMail.com": "annlee@gmail.com", "annlee@gmail.com": "annlee@gmail.com", "ann.lee@example.com": "ann.lee@example.com", "ann+x@example.com": "ann@example.com",
		"ann-shop@yahoo.com": "ann@yahoo.com", "ann-marie@example.com": "ann-marie@example.com", "+x@example.com": "+x@example.com", "...@gmail.com": "...@gmail.com", "": "", "nobody": "", "@x": "", "x@": "",
	} {
		if got := referral.Mailbox(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPostalAddresses(t *testing.T) {
	t.Parallel()
	one := referral.PostalAddress(map[string]any{"address": map[string]any{"street": "Rue de l’Église 12", "postal_code": "1050", "city": "Ixelles", "country": "BE"}}, "NL")
	for _, same := range []map[string]any{
		{"street": "rue de l'eglise", "house_number": "12", "zip": "10 50"},
		{"address": map[string]any{"line1": "RUE DE L EGLISE 12", "postalCode": "1050", "country": "BE"}},
	} {
		if got := referral.PostalAddress(same, "BE"); got != one || one == "" {
			t.Errorf("%v: %q, want %q", same, got, one)
		}
	}
	for _, none := range []map[string]any{{"city": "Gent", "country": "BE"}, {"street": "Dorp 1"}, {"postal_code": "9000"}, nil, {"address": 7}} {
		if got := referral.PostalAddress(none, "BE"); got != "" {
			t.Errorf("%v: %q", none, got)
		}
	}
}

func TestMarksAreHashedByKeyWorkspaceAndKind(t *testing.T) {
	t.Parallel()
	key := []byte(strings.Repeat("k", 32))
	m := referral.Mark{Kind: referral.Email, Value: "ann@example.com"}
	all := map[[32]byte]bool{referral.Hash(key, 1, m): true, referral.Hash(key, 2, m): true, referral.Hash([]byte(strings.Repeat("x", 32)), 1, m): true,
		referral.Hash(key, 1, referral.Mark{Kind: referral.Card, Value: m.Value}): true}
	if len(all) != 4 {
		t.Errorf("%d different hashes", len(all))
	}
	p := referral.Person{Email: "a.b@gmail.com", Phone: "+31 6 1234", Attributes: map[string]any{"household_id": "H-7"}, Devices: []string{"d1", "d1"}, Orders: []map[string]any{
		{"card_fingerprint": "fp", "payment": map[string]any{"fingerprint": "fp"}, "device_id": "d2", "shipping_address": map[string]any{"street": "Dorp 1", "zip": "9000"}}}}
	want := "[{email ab@gmail.com} {phone 3161234} {household h7} {card fp} {device d2} {postal dorp1|9000|} {device d1}]"
	if got := fmt.Sprint(referral.Marks(p)); got != want {
		t.Errorf("%s", got)
	}
	for range 200 {
		p.Devices = append(p.Devices, fmt.Sprint(len(p.Devices)))
	}
	if n := len(referral.Marks(p)); n != 64 {
		t.Errorf("%d marks", n)
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	code := referral.CodeOf([]byte{0, 1, 31, 32, 63, 255, 7, 8, 9, 10, 11, 12, 13})
	if code != "01Z0ZZ789ABC" || referral.Shown(code) != "01Z0-ZZ78-9ABC" {
		t.Errorf("%q %q", code, referral.Shown(code))
	}
	for _, typed := range []string{"01Z0-ZZ78-9ABC", " oiz0 zz78 9abc", "OLZ0ZZ789ABC"} {
		if got, ok := referral.ReadCode(typed); !ok || got != code {
			t.Errorf("%q: %q", typed, got)
		}
	}
	for _, typed := range []string{"", "01Z0ZZ789AB", "01Z0ZZ789ABCD", "01Z0ZZ789ABU", "01Z0ZZ789AB'", strings.Repeat("0", 1000)} {
		if got, ok := referral.ReadCode(typed); ok {
			t.Errorf("%q: %q", typed, got)
		}
	}
}

func TestWhereLinksLead(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"https://shop.example/welcome":                     "https://shop.example/welcome?ref=01Z0-ZZ78-9ABC",
		"https://shop.example/?a=1&ref=evil#top":           "https://shop.example/?a=1&ref=01Z0-ZZ78-9ABC#top",
		"http://shop.example/":                             "",
		"//evil.example":                                   "",
		"javascript:alert(1)":                              "",
		"https:///nohost":                                  "",
		"https://user:pw@shop.example/":                    "",
		"https://shop.example\\@evil.example":              "",
		"https://shop.example/\r\nSet-Cookie: a=b":         "",
		"https://shop.example/" + strings.Repeat("a", 500): "",
		"": "",
	} {
		if got := referral.Destination(target, "01Z0ZZ789ABC"); got != want {
			t.Errorf("%q leads to %q, want %q", target, got, want)
		}
	}
	if got := referral.Destination("https://shop.example/?ref=x", ""); got != "https://shop.example/" {
		t.Errorf("without a code: %q", got)
	}
}
