package demodata

import (
	"fmt"
	"time"
)

// Event is something a customer of the base does today, for the ingestion API.
type Event struct {
	Customer   string // Customer.Key
	Name       string
	Properties map[string]any
}

// howMany people do each thing of today.
const (
	eighthOrders = 3 // people who order on an eighth day
	otherOrders  = 5
	baskets      = 8
)

// arrivals are the days from today on which the stays begin that are booked today.
var arrivals = [...]int{0, 2, 3, 5, 7, 9, 12, 20, 33, 47}

// Today gives what happens in the first minute of the demo: orders, some of them on the customer's eighth day, baskets
// that are filled, and rooms that are booked. awake says where it is day; people who sleep do nothing. The people who did
// not allow marketing take no part, so that everybody here can be written to. The same base and hour give the same events.
func (d Dataset) Today(awake func(zone string) bool) []Event {
	days := d.orderDays()
	today := d.LastDay.AddDate(0, 0, 1)
	var out []Event
	eighth, others, left, rooms := 0, 0, 0, 0
	for n, c := range d.Customers {
		if c.Consent.State != Granted || !awake(c.TimeZone) {
			continue
		}
		switch {
		case days[c.Key] == 7 && eighth < eighthOrders:
			out = append(out, order(c, n))
			eighth++
		case n%5 == 0 && others < otherOrders:
			out = append(out, order(c, n))
			others++
		case n%5 == 1 && left < baskets:
			out = append(out, Event{c.Key, "Product Added", thing(n)})
			left++
		case n%5 == 2 && rooms < len(arrivals):
			out = append(out, booking(c, n, today.AddDate(0, 0, arrivals[rooms])))
			rooms++
		}
	}
	return out
}

// orderDays counts the days (UTC) on which each customer has ordered.
func (d Dataset) orderDays() map[string]int {
	last, days := map[string]string{}, map[string]int{}
	for _, o := range d.Orders {
		if on := day(o.PlacedAt); last[o.Customer] != on {
			last[o.Customer] = on
			days[o.Customer]++
		}
	}
	return days
}

// records are what is bought and left behind.
var records = [...]struct {
	name  string
	cents int
}{
	{"Night Trains, LP", 2490}, {"Songs for a Small Room, LP", 2790}, {"The Tide Tables, CD", 1490}, {"Northern Strings, 2 LP", 3490},
	{"Kitchen Radio Sessions, CD", 1590}, {"Paper Lanterns, LP", 2290},
}

func thing(n int) map[string]any {
	r := records[n%len(records)]
	return map[string]any{"sku": fmt.Sprintf("RS-%d", 100+n%len(records)), "name": r.name, "price": float64(r.cents) / 100, "currency": "USD", "quantity": 1, "url": "https://recordshop.example/basket"}
}

func order(c Customer, n int) Event {
	product := thing(n)
	return Event{c.Key, "Order Completed", map[string]any{"order_id": "today-" + c.Key, "total": product["price"], "currency": "USD", "products": []any{product}}}
}

func booking(c Customer, n int, start time.Time) Event {
	return Event{c.Key, "Object Changed", map[string]any{
		"object_type": "booking", "object_key": "stay-" + c.Key + "-new", "status": "booked",
		"dates":      map[string]any{"start": day(start), "end": day(start.AddDate(0, 0, 2+n%3))},
		"properties": map[string]any{"room": rooms[n%len(rooms)], "guests": 1 + n%3, "breakfast": n%2 == 0, "parking": n%3 == 0},
	}}
}
