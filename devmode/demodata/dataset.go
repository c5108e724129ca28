package demodata

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the people live in many zones, also on machines without a zone database
)

//go:embed cdnow_sample.txt
var sample []byte

// Customer is one invented person.
type Customer struct {
	Key       string // user id, "cd-0001"
	Email     string // unique, under example.com, .net or .org
	FirstName string
	LastName  string
	Locale    string // "en", "nl" or "fr"
	TimeZone  string // IANA name
	Country   string // ISO 3166 alpha-2
	Birthday  string // YYYY-MM-DD
	CreatedAt time.Time
	Consent   Consent
	Print     bool // allows marketing by letter post, too

	// MemberSince is the day on which somebody became a customer of the shop in the street, YYYY-MM-DD; one in four has it,
	// "" for the others. It moves with the data: every day of the year is somebody's.
	MemberSince string
}

// ConsentState is what the customer said about marketing by e-mail.
type ConsentState string

const (
	Granted   ConsentState = "granted"   // before the first purchase, and still
	Withdrawn ConsentState = "withdrawn" // granted, later taken back
	Never     ConsentState = "never"     // never asked or never said yes
)

// Consent to marketing by e-mail. Times are zero where the state has none.
type Consent struct {
	State       ConsentState
	GrantedAt   time.Time
	WithdrawnAt time.Time
}

// Order is one purchase.
type Order struct {
	Key      string // "cd-0001-3": the customer's third order
	Customer string // Customer.Key
	PlacedAt time.Time
	Value    int64  // minor units; 0 occurs in the data
	Currency string // "USD"
	Items    int    // CDs
}

// Dataset is the whole base. Customers are ordered by number, orders by the time they were placed.
type Dataset struct {
	Customers []Customer
	Orders    []Order
	FirstDay  time.Time // UTC midnight of the first day with an order
	LastDay   time.Time // and of the last: the day before today
}

// Load builds the demo base for the UTC day of today.
func Load(today time.Time) (Dataset, error) {
	rows, err := read(bytes.NewReader(sample), 1)
	if err != nil {
		return Dataset{}, fmt.Errorf("demo purchases: %w", err)
	}
	return dress(rows, "cd-%04d", today)
}

// ReadMaster builds a base from the full CDNOW file (id, date, CDs, dollars; header and CRLF allowed). Keys have the
// form "cdm-00001".
func ReadMaster(r io.Reader, today time.Time) (Dataset, error) {
	rows, err := read(r, 0)
	if err != nil {
		return Dataset{}, fmt.Errorf("CDNOW master file: %w", err)
	}
	return dress(rows, "cdm-%05d", today)
}

type row struct {
	customer int
	day      int // days since 1970-01-01
	items    int
	cents    int64
}

// read parses lines of white-space separated fields; skip is the number of fields before the customer's number.
func read(r io.Reader, skip int) ([]row, error) {
	var out []row
	sc := bufio.NewScanner(r)
	for line := 1; sc.Scan(); line++ {
		f := strings.Fields(sc.Text())
		if len(f) == 0 || line == 1 && f[0] == "customer_id" {
			continue
		}
		if len(f) != skip+4 {
			return nil, fmt.Errorf("line %d has %d fields, want %d", line, len(f), skip+4)
		}
		f = f[skip:]
		id, err1 := strconv.Atoi(f[0])
		day, err2 := time.Parse("20060102", f[1])
		items, err3 := strconv.Atoi(f[2])
		dollars, err4 := strconv.ParseFloat(f[3], 64)
		for _, err := range []error{err1, err2, err3, err4} {
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
		}
		out = append(out, row{customer: id, day: int(day.Unix() / 86400), items: items, cents: int64(math.Round(dollars * 100))})
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the file holds no purchases")
	}
	slices.SortStableFunc(out, func(a, b row) int {
		if a.customer != b.customer {
			return a.customer - b.customer
		}
		return a.day - b.day
	})
	return out, nil
}

// dress turns purchases, ordered by customer and day, into people with orders that end the day before today.
func dress(rows []row, keyFormat string, today time.Time) (Dataset, error) {
	zones := make(map[string]*time.Location)
	first, last := rows[0].day, rows[0].day
	for _, r := range rows {
		first, last = min(first, r.day), max(last, r.day)
	}
	shift := floorDay(today) - 1 - last
	members := 0
	d := Dataset{FirstDay: dayTime(first + shift), LastDay: dayTime(last + shift)}
	for i := 0; i < len(rows); {
		j := i
		for j < len(rows) && rows[j].customer == rows[i].customer {
			j++
		}
		key := fmt.Sprintf(keyFormat, rows[i].customer)
		c := person(key, rows[i].customer)
		zone := zones[c.TimeZone]
		if zone == nil {
			var err error
			if zone, err = time.LoadLocation(c.TimeZone); err != nil {
				return Dataset{}, fmt.Errorf("time zone of the demo: %w", err)
			}
			zones[c.TimeZone] = zone
		}
		placed := make([]time.Time, 0, j-i)
		for k := i; k < j; k++ {
			placed = append(placed, daytime(rows[k].day+shift, zone, pick(key, "hour", k-i)))
		}
		slices.SortFunc(placed, time.Time.Compare) // days are ascending: this orders the hours of one day
		for k := i; k < j; k++ {
			d.Orders = append(d.Orders, Order{
				Key: key + "-" + strconv.Itoa(k-i+1), Customer: key, PlacedAt: placed[k-i],
				Value: rows[k].cents, Currency: "USD", Items: rows[k].items,
			})
		}
		c.CreatedAt = placed[0].Add(-time.Duration(1+pick(key, "created", 0)%(21*24*60)) * time.Minute)
		c.Consent = consent(key, c.CreatedAt, placed[0], d.LastDay)
		c.Print = c.Consent.State == Granted && pick(key, "print", 0)%3 == 0
		if pick(key, "member", 0)%4 == 0 {
			c.MemberSince = day(d.LastDay.AddDate(-2-int(pick(key, "years", 0)%10), 0, 1+members%365))
			members++
		}
		d.Customers = append(d.Customers, c)
		i = j
	}
	slices.SortStableFunc(d.Orders, func(a, b Order) int { return a.PlacedAt.Compare(b.PlacedAt) })
	return d, nil
}

// consent: most say yes when they register, one in twelve never does, one in sixteen takes it back later.
func consent(key string, created, firstOrder, lastDay time.Time) Consent {
	switch n := pick(key, "consent", 0) % 48; {
	case n < 4:
		return Consent{State: Never}
	case n < 7:
		// Somewhere between the first order and the end of the data, in whole minutes.
		span := max(1, uint64(lastDay.AddDate(0, 0, 1).Sub(firstOrder)/time.Minute))
		at := firstOrder.Add(time.Duration(pick(key, "withdrawn", 0)%span) * time.Minute)
		return Consent{State: Withdrawn, GrantedAt: created, WithdrawnAt: at}
	}
	return Consent{State: Granted, GrantedAt: created}
}

// daytime is an instant on the UTC day whose local hour lies between 8 and 22, most often in the evening.
func daytime(day int, zone *time.Location, n uint64) time.Time {
	hours := [...]int{9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 20}
	seconds := hours[n%16]*3600 + int(n/16%3600)
	midnight := dayTime(day)
	_, offset := midnight.Add(12 * time.Hour).In(zone).Zone()
	inDay := ((seconds-offset)%86400 + 86400) % 86400
	return midnight.Add(time.Duration(inDay) * time.Second)
}

func dayTime(day int) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

func floorDay(t time.Time) int {
	return int(math.Floor(float64(t.Unix()) / 86400))
}
