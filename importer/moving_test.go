package importer_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/importer"
	"sojourn/journey"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// dying is a store whose process dies between the rows and the place in the file.
type dying struct {
	*sqlstore.Store
	left int // batches that live
}

var errDied = errors.New("died")

func (d *dying) AdvanceImport(ctx context.Context, step storage.ImportStep, result storage.ImportResult, at time.Time) error {
	if d.left--; d.left < 0 {
		return errDied
	}
	return d.Store.AdvanceImport(ctx, step, result, at)
}

const stays = "object_type,object_key,user_id,status,date_start,date_end,nights,changed_at\n" +
	"booking,b1,u1,booked,2026-05-03,2026-05-05T11:00,2,2026-02-01\n" +
	"Booking!,b2,u1,booked,,,,\n" +
	"booking,b3,u2,booked,2026-02-30,,,\n" +
	"booking,b4,,,,,,\n" +
	"booking,b5,u2,cancelled,2026-06-01,,1,2026-02-02T10:00:00Z\n"

// Objects of a file are events of the past, each line once though the process dies behind it.
func TestObjects(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		if r := w.run("objects", stays, func(o *importer.Options) { o.DryRun = true }); r.Stored != 2 || w.number("SELECT COUNT(*) FROM events") != 0 {
			t.Errorf("dry run: %+v", r)
		}
		o := w.options("objects", stays)
		o.BatchRows = 2
		if _, err := importer.Run(context.Background(), &dying{w.s, 1}, o, nil); !errors.Is(err, errDied) {
			t.Fatalf("%v", err)
		}
		later := now.Add(time.Hour)
		o.Now = func() time.Time { return later }
		r, err := importer.Run(context.Background(), w.s, o, nil)
		if err != nil || r.Before.Done != 1 || r.Before.Bad != 1 || r.Stored != 1 || r.Bad != 2 {
			t.Fatalf("%+v, %v", r, err)
		}
		if n := w.number("SELECT COUNT(*) FROM events WHERE workspace_id = ? AND name = 'Object Changed' AND source_id = 'import' AND backfill", w.ws); n != 2 {
			t.Errorf("%d events of two good rows", n)
		}
		if n := w.number("SELECT SUM(conflicts) FROM events"); n != 0 {
			t.Errorf("%d conflicts: a row that is read twice is not the same event", n)
		}
		var told []string
		for _, e := range append(r.Before.Errors, r.Errors...) {
			told = append(told, e.Column)
		}
		if got := strings.Join(told, "|"); got != "|date_start|user_id" {
			t.Errorf("complaints %q: %+v", got, r.Errors)
		}
		if _, err := importer.Run(context.Background(), w.s, w.options("objects", "object_key,date_,user_id,user_id\n"), nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("a bad header: %v", err)
		}
	})
}

// A file lets people in, each line once; who does not enter is told with the reason.
func TestEntries(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		ctx := context.Background()
		w.run("customers", "user_id,email\nu1,a@example.com\nu2,b@example.com\n")
		doc := journey.Document{Key: "stay", Name: "Stay", Purpose: "offers", Entry: journey.Entry{Kind: journey.EntryAPI, Key: "booking_id"},
			Steps: []journey.Step{{ID: "first", Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P3D"}}}}
		j, err := w.s.CreateJourney(ctx, w.ws, doc, now)
		if err != nil {
			t.Fatal(err)
		}
		list := "user_id,email,booking_id,nights\nu1,,b1,2\n,b@example.com,b2,1\nu9,,b3,1\nu2,,,1\nu1,,b1,2\n,,b4,1\nu1,,b5,3\n"
		o := w.options("entries", list)
		o.Journey, o.BatchRows = "stay", 2
		if _, err := importer.Run(ctx, w.s, o, nil); !fault.Is(err, fault.Conflict) {
			t.Errorf("a journey that is a draft: %v", err)
		}
		if _, err := w.s.Publish(ctx, w.ws, j.ID, 0, "test", now); err != nil {
			t.Fatal(err)
		}
		if _, err := importer.Run(ctx, &dying{w.s, 0}, o, nil); !errors.Is(err, errDied) {
			t.Fatalf("%v", err)
		}
		r, err := importer.Run(ctx, w.s, o, nil)
		if err != nil || r.Stored != 3 || r.Bad != 4 {
			t.Fatalf("%+v, %v", r, err)
		}
		if n := w.number("SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID); n != 3 {
			t.Errorf("%d runs of three good lines", n)
		}
		var told []string
		for _, e := range r.Errors {
			told = append(told, e.Column+e.Message)
		}
		if got := strings.Join(told, "|"); got != "user_idno customer has it|did not enter: no key|did not enter: open run|user_idnames nobody" {
			t.Errorf("complaints %q", got)
		}
		if r, err := importer.Run(ctx, w.s, o, nil); err != nil || !r.AlreadyDone {
			t.Errorf("again: %+v, %v", r, err)
		}
		o.Journey = "nowhere"
		if _, err := importer.Run(ctx, w.s, o, nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such journey: %v", err)
		}
	})
}

// Orders in another currency are stored, and the report says that they count for nothing.
func TestOrdersInAnotherCurrency(t *testing.T) {
	both(t, func(w *world) {
		w.run("customers", "user_id\nu1\n")
		var out bytes.Buffer
		o := w.options("orders", "order_id,user_id,placed_at,value,currency\no1,u1,2026-01-01,10.00,EUR\no2,u1,2026-01-02,10.00,XXX\no3,u1,2026-01-03,10.00,XXX\no4,u9,2026-01-03,10.00,XXX\n")
		if err := importer.Main(context.Background(), w.s, o, &out); err != nil {
			w.t.Fatal(err)
		}
		if !strings.Contains(out.String(), "the first in line 3 (XXX); they are stored, and count nothing in orders_value") {
			w.t.Error(out.String())
		}
	})
}
