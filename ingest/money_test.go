package ingest

import (
	"strings"
	"testing"
)

func TestMinor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, currency string
		want             int64
		ok               bool
	}{
		{"12.34", "EUR", 1234, true}, {"-12.34", "EUR", -1234, true}, {"12", "USD", 1200, true}, {".5", "EUR", 50, true},
		{"1.005", "EUR", 101, true}, {"1.004", "EUR", 100, true}, {"500", "JPY", 500, true}, {"1.5", "JPY", 2, true},
		{"1.2345", "KWD", 1235, true}, {"1e2", "EUR", 10000, true}, {" 3.00 ", "EUR", 300, true},
		{"", "EUR", 0, false}, {"1,50", "EUR", 0, false}, {"NaN", "EUR", 0, false}, {"1e999999", "EUR", 0, false},
		{"1e99", "EUR", 0, false}, {"10000000000000", "EUR", 0, false}, {"€5", "EUR", 0, false},
	} {
		got, ok := Minor(c.amount, c.currency)
		if got != c.want || ok != c.ok {
			t.Errorf("Minor(%q, %s) = %d, %v; want %d, %v", c.amount, c.currency, got, ok, c.want, c.ok)
		}
	}
	if c, ok := Currency(" eur "); c != "EUR" || !ok {
		t.Errorf("Currency: %q %v", c, ok)
	}
	for _, bad := range []string{"", "EU", "EURO", "E1R"} {
		if _, ok := Currency(bad); ok {
			t.Errorf("Currency(%q) accepted", bad)
		}
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Ann.Lee+news@Example.COM ": "ann.lee+news@example.com",
		"ann@bücher.de":              "ann@xn--bcher-kva.de",
		"用户@例子.广告":                   "用户@xn--fsqu00a.xn--4rr70v",
		"O'Hara@example.ie":          "o'hara@example.ie",
	} {
		if got, ok := Email(in); got != want || !ok {
			t.Errorf("Email(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	for _, bad := range []string{"", "ann", "ann@", "@example.com", "ann@example", "Ann <ann@example.com>", "a b@example.com",
		"ann@example.com\r\nBcc: x@example.com", "ann@exa\u202emple.com", "ann@ex\x00ample.com", strings.Repeat("a", 65) + "@example.com",
		strings.Repeat("a", 1<<20) + "@example.com", "a@b@example.com", "ann@-example-.com", "ann@example.com."} {
		if got, ok := Email(bad); ok {
			t.Errorf("Email(%.40q) = %q, want refusal", bad, got)
		}
	}
}
