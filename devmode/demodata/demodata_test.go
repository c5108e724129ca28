package demodata_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/mail"
	"reflect"
	"strings"
	"testing"
	"time"

	"sojourn/devmode/demodata"
	"sojourn/scoring"
)

var today = time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC)

func load(t *testing.T, at time.Time) demodata.Dataset {
	t.Helper()
	d, err := demodata.Load(at)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheLastPurchaseWasYesterday(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{today, time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 3, 0, 0, 0, time.FixedZone("", 5*3600))} {
		d := load(t, at)
		midnight := at.UTC().Truncate(24 * time.Hour)
		last := d.Orders[len(d.Orders)-1].PlacedAt
		if !last.Before(midnight) || last.Before(midnight.AddDate(0, 0, -1)) || !d.LastDay.Equal(midnight.AddDate(0, 0, -1)) {
			t.Errorf("today %s: last order %s, last day %s", at, last, d.LastDay)
		}
		if len(d.Customers) != 2357 || len(d.Orders) != 6919 {
			t.Errorf("%d customers, %d orders", len(d.Customers), len(d.Orders))
		}
		if days := d.LastDay.Sub(d.FirstDay).Hours() / 24; days != 545 {
			t.Errorf("the data span %v days, want 545 as from 1997-01-01 to 1998-06-30", days)
		}
	}
}

func TestTheSameOnEachStartAndPeopleStayWhoTheyAre(t *testing.T) {
	t.Parallel()
	a, b := load(t, today), load(t, today.Add(6*time.Hour))
	if !reflect.DeepEqual(a, b) {
		t.Error("two starts on one day differ")
	}
	later := load(t, today.AddDate(0, 7, 3))
	const shift = 215 * 24 * time.Hour
	for i, c := range later.Customers {
		was := a.Customers[i]
		moved := c.CreatedAt.Sub(was.CreatedAt) - shift
		if moved <= -24*time.Hour || moved >= 24*time.Hour { // summer time may carry an hour over the end of a UTC day
			t.Fatalf("%s was created %s, now %s", c.Key, was.CreatedAt, c.CreatedAt)
		}
		if c.Consent.State != was.Consent.State {
			t.Fatalf("%s: consent %s became %s", c.Key, was.Consent.State, c.Consent.State)
		}
		if (c.MemberSince == "") != (was.MemberSince == "") {
			t.Fatalf("%s: a member since %q, now since %q", c.Key, was.MemberSince, c.MemberSince)
		}
		c.CreatedAt, c.Consent, was.CreatedAt, was.Consent = time.Time{}, demodata.Consent{}, time.Time{}, demodata.Consent{}
		c.MemberSince, was.MemberSince = "", ""
		if c != was {
			t.Fatalf("%+v became %+v", was, c)
		}
	}
	values := map[string]int64{}
	for _, o := range a.Orders {
		values[o.Key] = o.Value
	}
	for _, o := range later.Orders {
		if v, ok := values[o.Key]; !ok || v != o.Value {
			t.Fatalf("order %s of %d became %d (known: %v)", o.Key, v, o.Value, ok)
		}
	}
}

// A golden line or two: a change of the inventing code would give every running demo new people.
func TestPeopleAreFixed(t *testing.T) {
	t.Parallel()
	d := load(t, today)
	var got []string
	for _, c := range d.Customers[:3] {
		got = append(got, strings.Join([]string{c.Key, c.Email, c.FirstName, c.LastName, c.Locale, c.TimeZone, c.Country, c.Birthday, string(c.Consent.State)}, " "))
	}
	for _, o := range d.Orders[:2] {
		got = append(got, fmt.Sprint(o.Key, " ", o.PlacedAt.Format(time.RFC3339), " ", o.Value, o.Currency, " ", o.Items))
	}
	want := strings.Split(strings.TrimSpace(golden), "\n")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), golden)
	}
}

const golden = `
cd-0001 george.jennings.1@example.com George Jennings en Asia/Kolkata IN 1944-12-10 granted
cd-0002 fiona.quinn.2@example.org Fiona Quinn en America/Chicago US 1985-01-18 granted
cd-0003 anouk.postma.3@example.net Anouk Postma nl Europe/Brussels BE 1983-09-16 granted
cd-0009-1 2025-05-26T02:14:27Z 1636USD 1
cd-0017-1 2025-05-26T03:40:14Z 2598USD 2
`

func TestPeopleArePlausibleAndVaried(t *testing.T) {
	t.Parallel()
	d := load(t, today)
	emails, locales, zones, states := map[string]bool{}, map[string]int{}, map[string]int{}, map[demodata.ConsentState]int{}
	firstOrder := map[string]time.Time{}
	for _, o := range d.Orders {
		if _, ok := firstOrder[o.Customer]; !ok {
			firstOrder[o.Customer] = o.PlacedAt
		}
	}
	for _, c := range d.Customers {
		emails[c.Email] = true
		locales[c.Locale]++
		zones[c.TimeZone]++
		states[c.Consent.State]++
		a, err := mail.ParseAddress(c.Email)
		if err != nil || a.Address != c.Email || !strings.HasPrefix(c.Email[strings.Index(c.Email, "@"):], "@example.") {
			t.Errorf("address %q: %v", c.Email, err)
		}
		for _, r := range c.Email {
			if r > 126 {
				t.Errorf("address %q is not ASCII", c.Email)
			}
		}
		if _, err := time.LoadLocation(c.TimeZone); err != nil {
			t.Error(err)
		}
		if b, err := time.Parse(time.DateOnly, c.Birthday); err != nil || b.Year() < 1944 || b.Year() > 2004 {
			t.Errorf("birthday %q", c.Birthday)
		}
		if !c.CreatedAt.Before(firstOrder[c.Key]) {
			t.Errorf("%s registered %s, after the first order", c.Key, c.CreatedAt)
		}
		k := c.Consent
		switch k.State {
		case demodata.Never:
			if !k.GrantedAt.IsZero() || !k.WithdrawnAt.IsZero() {
				t.Errorf("%s: %+v", c.Key, k)
			}
		case demodata.Granted:
			if !k.GrantedAt.Before(firstOrder[c.Key]) || !k.WithdrawnAt.IsZero() {
				t.Errorf("%s: %+v", c.Key, k)
			}
		case demodata.Withdrawn:
			if !k.GrantedAt.Before(k.WithdrawnAt) || k.WithdrawnAt.Before(firstOrder[c.Key]) || !k.WithdrawnAt.Before(today) {
				t.Errorf("%s: %+v", c.Key, k)
			}
		}
	}
	if len(emails) != 2357 {
		t.Errorf("%d different addresses", len(emails))
	}
	if locales["en"] < 1000 || locales["nl"] < 450 || locales["fr"] < 350 || len(locales) != 3 {
		t.Errorf("languages %v", locales)
	}
	if len(zones) < 20 || zones["Pacific/Auckland"] == 0 || zones["Pacific/Honolulu"] == 0 || zones["Pacific/Kiritimati"] == 0 {
		t.Errorf("zones %v", zones)
	}
	if states[demodata.Granted] < 1900 || states[demodata.Never] < 120 || states[demodata.Withdrawn] < 90 {
		t.Errorf("consents %v", states)
	}
}

func TestOrdersAreInTheLocalDaytimeAndInOrder(t *testing.T) {
	t.Parallel()
	d := load(t, today)
	zone := map[string]*time.Location{}
	for _, c := range d.Customers {
		zone[c.Key], _ = time.LoadLocation(c.TimeZone)
	}
	next := map[string]int{}
	for i, o := range d.Orders {
		if h := o.PlacedAt.In(zone[o.Customer]).Hour(); h < 8 || h > 21 {
			t.Errorf("%s was placed at %d o'clock in %s", o.Key, h, zone[o.Customer])
		}
		next[o.Customer]++
		if want := fmt.Sprintf("%s-%d", o.Customer, next[o.Customer]); o.Key != want {
			t.Fatalf("order %s came where %s was due", o.Key, want)
		}
		if i > 0 && o.PlacedAt.Before(d.Orders[i-1].PlacedAt) {
			t.Fatal("orders are not in the order of time")
		}
		if o.Items < 1 || o.Value < 0 || o.Currency != "USD" {
			t.Errorf("%+v", o)
		}
	}
}

// The shift, the hours and the zones leave the statistics untouched: the demo base gives the published model.
func TestTheDemoBaseGivesThePublishedModel(t *testing.T) {
	t.Parallel()
	d := load(t, today)
	at := map[string][]time.Time{}
	for _, o := range d.Orders {
		if o.PlacedAt.Before(d.FirstDay.AddDate(0, 0, 273)) { // 1997-09-30 included
			at[o.Customer] = append(at[o.Customer], o.PlacedAt)
		}
	}
	var all []scoring.History
	for _, c := range d.Customers {
		all = append(all, scoring.PurchasesOf(at[c.Key], nil).History(d.FirstDay.AddDate(0, 0, 272), nil))
	}
	m, err := scoring.Fit(all, scoring.DefaultSettings(), d.LastDay)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%s %.4f %.3f %.3f %.3f %.3f", m.Kind, m.R, m.Alpha, m.A, m.B, m.Quality.LogLikelihood); got != "bgnbd 0.2426 4.414 0.793 2.426 -9582.429" {
		t.Errorf("model %s", got)
	}
}

func TestCSVFiles(t *testing.T) {
	t.Parallel()
	const master = " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n" +
		" 00002 19970112  5   77.00\r\n 00002 19970118  2    0.05\r\n"
	d, err := demodata.ReadMaster(strings.NewReader(master), today)
	if err != nil {
		t.Fatal(err)
	}
	var customers, orders bytes.Buffer
	if err := d.WriteCustomersCSV(&customers); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteOrdersCSV(&orders); err != nil {
		t.Fatal(err)
	}
	c, err := csv.NewReader(&customers).ReadAll()
	if err != nil || len(c) != 3 || !reflect.DeepEqual(c[0], demodata.CustomerColumns) || c[1][0] != "cdm-00001" {
		t.Errorf("customers %v %v", c, err)
	}
	o, err := csv.NewReader(&orders).ReadAll()
	if err != nil || len(o) != 5 || !reflect.DeepEqual(o[0], demodata.OrderColumns) {
		t.Fatalf("orders %v %v", o, err)
	}
	if o[1][0] != "cdm-00001-1" || o[1][3] != "11.77" || o[1][4] != "USD" || o[4][3] != "0.05" || !strings.HasPrefix(o[4][2], "2026-11-22T") {
		t.Errorf("orders %v", o)
	}
	for _, bad := range []string{"", "00001 19970101 1\n", "00001 19971301 1 2.0\n", "x 19970101 1 2.0\n"} {
		if _, err := demodata.ReadMaster(strings.NewReader(bad), today); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
