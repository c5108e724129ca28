package ingest

import (
	"strings"

	"github.com/shopspring/decimal"
)

// Currencies of ISO 4217 whose minor unit is not a hundredth.
var exponents = map[string]int32{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
	"UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
}

// Exponent is the number of decimals of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
func Exponent(currency string) int32 {
	if e, ok := exponents[currency]; ok {
		return e
	}
	return 2
}

// Currency checks the form of an ISO 4217 code and returns it in upper case.
func Currency(s string) (string, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 3 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", false
	}
	return s, true
}

var maxMinor = decimal.New(1, 15) // 10^15: above any purchase, far below what int64 sums can hold

// Minor reads an amount in major units ("12.34") into minor units (1234), rounding halves away from zero as shops do.
// It refuses what is not a plain decimal number and amounts of 10^15 minor units or more.
func Minor(amount, currency string) (int64, bool) {
	amount = strings.TrimSpace(amount)
	if amount == "" || len(amount) > maxNumberBytes || strings.Trim(amount, "0123456789.-+eE") != "" {
		return 0, false
	}
	// An exponent of many digits would make the decimal library write that many zeros.
	if i := strings.IndexAny(amount, "eE"); i >= 0 && len(amount)-i > 4 {
		return 0, false
	}
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return 0, false
	}
	d = d.Shift(Exponent(currency)).Round(0)
	if d.Abs().GreaterThanOrEqual(maxMinor) {
		return 0, false
	}
	return d.IntPart(), true
}
