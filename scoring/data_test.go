package scoring_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/scoring"
)

// cdnow is the published table of sufficient statistics at 1997-09-30 with the purchases of the 39 weeks after.
var cdnow = sync.OnceValues(func() ([]scoring.History, []int) {
	f, err := os.Open("testdata/cdnow_cbs_exact.csv")
	must(err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	must(err)
	var all []scoring.History
	var bought []int
	for _, r := range rows[1:] {
		// The file has ten digits; its times are whole days.
		days := func(s string) float64 { return math.Round(number(s)*7) / 7 }
		all = append(all, scoring.History{X: int(number(r[1])), Tx: days(r[2]), T: days(r[3])})
		bought = append(bought, int(number(r[4])))
	}
	return all, bought
})

// cdnowDays are the day numbers of the purchases of each sample customer.
func cdnowDays(t *testing.T) [][]int {
	t.Helper()
	f, err := os.Open("../devmode/demodata/cdnow_sample.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][]int
	last := ""
	for sc := bufio.NewScanner(f); sc.Scan(); {
		p := strings.Fields(sc.Text())
		day, err := time.Parse("20060102", p[2])
		if err != nil {
			t.Fatal(err)
		}
		if p[1] != last {
			out, last = append(out, nil), p[1]
		}
		out[len(out)-1] = append(out[len(out)-1], int(day.Unix()/86400))
	}
	return out
}

type invoice struct {
	customer, day int // day 0 = 2010-12-01
	amount        float64
}

// onlineRetail has one row per invoice, ordered by customer and day.
var onlineRetail = sync.OnceValue(func() []invoice {
	f, err := os.Open("testdata/online_retail.csv.gz")
	must(err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(err)
	rows, err := csv.NewReader(z).ReadAll()
	must(err)
	out := make([]invoice, len(rows))
	for i, r := range rows {
		out[i] = invoice{customer: int(number(r[0])), day: int(number(r[1])), amount: number(r[2]) / 1000}
	}
	return out
})

// onlineRetailDays are the purchase days of each customer.
func onlineRetailDays() [][]int {
	var out [][]int
	last := 0
	for _, i := range onlineRetail() {
		if i.customer != last {
			out, last = append(out, nil), i.customer
		}
		out[len(out)-1] = append(out[len(out)-1], i.day)
	}
	return out
}

// retailDay counts from 2010-12-01, as the data do.
func retailDay(year int, month time.Month, day int) int {
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Sub(time.Date(2010, 12, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24)
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	must(err)
	return v
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// near fails unless got is within rel of want.
func near(t *testing.T, what string, got, want, rel float64) {
	t.Helper()
	if !(math.Abs(got-want) <= rel*math.Abs(want)) {
		t.Errorf("%s = %.10g, want %.10g (relative %.1g)", what, got, want, rel)
	}
}

// digits fails unless got rounds to want, which is given with so many decimals.
func digits(t *testing.T, what string, got, want float64, decimals int) {
	t.Helper()
	if p := math.Pow(10, float64(decimals)); math.Abs(got-want) > 0.5000001/p {
		t.Errorf("%s = %.*f, want %.*f", what, decimals+2, got, decimals, want)
	}
}
