package ingest

import "testing"

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
