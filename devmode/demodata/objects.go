package demodata

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// The shop also sells what records are played on, with two years of guarantee, and lets three rooms above it to people
// who come for a weekend of listening.
var (
	machines = [...]string{"Aurora turntable", "Cadence amplifier", "Lumen headphones", "Tempo loudspeakers"}
	rooms    = [...]string{"Blue Room", "Attic", "Garden Room"}
)

const (
	guaranteeYears = 2
	serviceYears   = 8
)

// Object is something a customer has: a device, its guarantee, or a booking of a room.
type Object struct {
	Type, Key string
	Customer  string // Customer.Key
	Status    string
	Product   string            // of devices and guarantees
	Dates     map[string]string // name -> YYYY-MM-DD
	Room      string            // of bookings, with what follows
	Guests    int
	Breakfast bool
	Parking   bool
	ChangedAt time.Time
}

// Objects gives the devices, guarantees and bookings of the base: the same people have them on every day, and the dates
// move along with the purchases, so that some guarantees always end within a month, some devices are always about to have
// served their time, and some guests always stay, have left or are expected.
func (d Dataset) Objects() []Object {
	today := d.LastDay.AddDate(0, 0, 1)
	var out []Object
	owners, guests := 0, 0
	for _, c := range d.Customers {
		if pick(c.Key, "device", 0)%10 == 0 {
			out = append(out, devices(c, owners, today)...)
			owners++
		}
		if pick(c.Key, "booking", 0)%16 == 0 {
			out = append(out, stay(c, guests, today))
			guests++
		}
	}
	return out
}

// devices are what the n-th owner has: one device with its guarantee and, in one case of three, an old one.
func devices(c Customer, n int, today time.Time) []Object {
	product := machines[pick(c.Key, "machine", 0)%uint64(len(machines))]
	end := today.AddDate(0, 0, n*37%760-330)
	bought := end.AddDate(-guaranteeYears, 0, 0)
	state := "active"
	if end.Before(today) {
		state = "ended"
	}
	own := []Object{
		device("device-"+c.Key, c, product, bought),
		{Type: "guarantee", Key: "guarantee-" + c.Key, Customer: c.Key, Status: state, Product: product, Dates: map[string]string{"start": day(bought), "end": day(end)}, ChangedAt: bought},
	}
	if n%3 == 0 {
		served := today.AddDate(0, 0, n*53%700-300)
		own = append(own, device("device-"+c.Key+"-old", c, machines[(pick(c.Key, "machine", 0)+1)%uint64(len(machines))], served.AddDate(-serviceYears, 0, 0)))
	}
	return own
}

func device(key string, c Customer, product string, bought time.Time) Object {
	return Object{Type: "device", Key: key, Customer: c.Key, Status: "in_use", Product: product, ChangedAt: bought,
		Dates: map[string]string{"bought": day(bought), "end_of_life": day(bought.AddDate(serviceYears, 0, 0))}}
}

// stay is the booking of the n-th guest: most have been, one in six is to come, a few are there.
func stay(c Customer, n int, today time.Time) Object {
	o := Object{Type: "booking", Key: "stay-" + c.Key, Customer: c.Key, Status: "checked_out", Room: rooms[n%len(rooms)],
		Guests: 1 + int(pick(c.Key, "guests", 0)%3), Breakfast: pick(c.Key, "breakfast", 0)%2 == 0, Parking: pick(c.Key, "parking", 0)%3 == 0}
	nights := 2 + int(pick(c.Key, "nights", 0)%3)
	start := today.AddDate(0, 0, -(n*5%420 + 2 + nights))
	switch {
	case n%6 == 5:
		start, o.Status = today.AddDate(0, 0, 3+n*3%60), "booked"
	case n%40 == 0:
		start, o.Status = today.AddDate(0, 0, -1), "checked_in"
	case n%23 == 0:
		o.Status = "no_show"
	case n%17 == 0:
		o.Status = "cancelled"
	}
	o.Dates = map[string]string{"start": day(start), "end": day(start.AddDate(0, 0, nights))}
	o.ChangedAt = start.AddDate(0, 0, -70) // booked ten weeks ahead
	return o
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

// ObjectColumns heads the file of objects.
var ObjectColumns = []string{"user_id", "object_type", "object_key", "status", "product", "changed_at", "date_start", "date_end", "date_bought", "date_end_of_life", "room", "guests", "breakfast", "parking"}

// WriteObjectsCSV writes the objects with a header, for the importer.
func (d Dataset) WriteObjectsCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	_ = c.Write(ObjectColumns)
	for _, o := range d.Objects() {
		guests, breakfast, parking := "", "", ""
		if o.Type == "booking" {
			guests, breakfast, parking = strconv.Itoa(o.Guests), fmt.Sprint(o.Breakfast), fmt.Sprint(o.Parking)
		}
		_ = c.Write([]string{o.Customer, o.Type, o.Key, o.Status, o.Product, o.ChangedAt.Format(time.RFC3339),
			o.Dates["start"], o.Dates["end"], o.Dates["bought"], o.Dates["end_of_life"], o.Room, guests, breakfast, parking})
	}
	c.Flush()
	return c.Error()
}
