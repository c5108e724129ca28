package demodata

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// CustomerColumns and OrderColumns head the files that the importer reads.
var (
	CustomerColumns = []string{
		"user_id", "email", "first_name", "last_name", "locale", "timezone", "country", "birthday", "created_at",
	}
	OrderColumns = []string{"order_id", "user_id", "placed_at", "value", "currency", "items"}
)

// WriteCustomersCSV writes the customers with a header, UTF-8, times in RFC 3339 UTC.
func (d Dataset) WriteCustomersCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	_ = c.Write(CustomerColumns) // the writer keeps its first error for Error below
	for _, p := range d.Customers {
		_ = c.Write([]string{
			p.Key, p.Email, p.FirstName, p.LastName, p.Locale, p.TimeZone, p.Country, p.Birthday,
			p.CreatedAt.UTC().Format(time.RFC3339),
		})
	}
	c.Flush()
	return c.Error()
}

// WriteOrdersCSV writes the orders with a header; value is in major units with two decimals, "29.33".
func (d Dataset) WriteOrdersCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	_ = c.Write(OrderColumns)
	for _, o := range d.Orders {
		_ = c.Write([]string{
			o.Key, o.Customer, o.PlacedAt.UTC().Format(time.RFC3339), fmt.Sprintf("%d.%02d", o.Value/100, o.Value%100),
			o.Currency, strconv.Itoa(o.Items),
		})
	}
	c.Flush()
	return c.Error()
}
