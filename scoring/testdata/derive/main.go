// Command derive makes online_retail.csv.gz from the published transactions of UCI data set 352. From the root of the
// repository:
//
//	go run ./scoring/testdata/derive TRANSACTIONS.csv.gz scoring/testdata/online_retail.csv.gz
//
// The input has the columns InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country. Kept are lines with
// a customer, a positive quantity and a positive price; written is one line per invoice: customer, days since
// 2010-12-01, amount in thousandths of a pound.
package main

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"slices"
	"strconv"
	"time"
)

type invoice struct {
	customer, day int
	number        string
	amount        int64
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: derive TRANSACTIONS.csv.gz OUT.csv.gz")
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(in, out string) error {
	f, err := os.Open(in)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	all, err := invoices(csv.NewReader(z))
	if err != nil {
		return err
	}
	w, err := os.Create(out)
	if err != nil {
		return err
	}
	zw, _ := gzip.NewWriterLevel(w, gzip.BestCompression) // no name, no time: the same bytes each time
	for _, i := range all {
		fmt.Fprintf(zw, "%d,%d,%d\n", i.customer, i.day, i.amount)
	}
	return errors.Join(zw.Close(), w.Close())
}

func invoices(r *csv.Reader) ([]*invoice, error) {
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		return nil, err
	}
	start := time.Date(2010, 12, 1, 0, 0, 0, 0, time.UTC)
	byKey := make(map[string]*invoice)
	var all []*invoice
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if row[5] == "" {
			continue
		}
		customer, err1 := strconv.Atoi(row[5])
		quantity, err2 := strconv.Atoi(row[2])
		price, err3 := strconv.ParseFloat(row[4], 64)
		day, err4 := time.Parse("2006-01-02", row[3][:10])
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return nil, err
		}
		if quantity <= 0 || price <= 0 {
			continue
		}
		key := row[5] + "/" + row[0]
		i := byKey[key]
		if i == nil {
			i = &invoice{customer: customer, day: int(day.Sub(start).Hours() / 24), number: row[0]}
			byKey[key] = i
			all = append(all, i)
		}
		i.amount += int64(quantity) * int64(math.Round(price*1000))
	}
	slices.SortFunc(all, func(a, b *invoice) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.day, b.day), cmp.Compare(a.number, b.number))
	})
	return all, nil
}
