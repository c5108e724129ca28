package importer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/importer"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type world struct {
	t  *testing.T
	s  *sqlstore.Store
	ws int64
}

func newWorld(t *testing.T, s *sqlstore.Store) *world {
	return &world{t: t, s: s, ws: storagetest.AddWorkspace(t, s, "acme").ID}
}

func both(t *testing.T, test func(w *world)) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) { test(newWorld(t, s)) })
}

func (w *world) file(content string) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "file.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) options(kind, content string) importer.Options {
	return importer.Options{Kind: kind, File: w.file(content), Workspace: w.ws, Now: func() time.Time { return now }}
}

func (w *world) run(kind, content string, change ...func(*importer.Options)) importer.Report {
	w.t.Helper()
	o := w.options(kind, content)
	for _, c := range change {
		c(&o)
	}
	r, err := importer.Run(context.Background(), w.s, o, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) number(q string, args ...any) (n int64) {
	w.t.Helper()
	if err := w.s.SQL().QueryRow(q, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) customer(user string) models.Customer {
	w.t.Helper()
	var c models.Customer
	err := w.s.SQL().QueryRow("SELECT id, email, phone, locale, timezone, country, birthday, attributes, grp, created_at FROM customers WHERE workspace_id = ? AND external_id = ?", w.ws, user).
		Scan(&c.ID, &c.Email, &c.Phone, &c.Locale, &c.Timezone, &c.Country, &c.Birthday, &c.Attributes, &c.Grp, &c.CreatedAt)
	if err != nil {
		w.t.Fatalf("customer %s: %v", user, err)
	}
	return c
}

const people = "user_id,email,first_name,last_name,locale,timezone,country,birthday,created_at,plan,visits,code,vip,phone,consent_email_marketing,consent_at\r\n" +
	`u1,Ann@Example.COM,Ann,"O'Hara, Jr",en-gb,Europe/London,GB,1990-02-28,2024-05-01T10:00:00Z,gold,12,007,true,020 7946 0018,granted,2024-05-01` + "\r\n" +
	"u2,,Bo,,,,,,,,,,,,withdrawn,2025-01-01T00:00:00Z\r\n"

func TestCustomers(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		r := w.run("customers", "\ufeff"+people)
		if r.Stored != 2 || r.Bad != 0 || r.Measured != 2 {
			t.Fatalf("%+v", r)
		}
		c := w.customer("u1")
		want := models.Customer{ID: c.ID, Grp: c.Grp, Email: "ann@example.com", Phone: "+442079460018", Locale: "en-GB", Timezone: "Europe/London", Country: "GB", Birthday: "1990-02-28",
			Attributes: models.JSON(`{"code":"007","first_name":"Ann","last_name":"O'Hara, Jr","plan":"gold","vip":true,"visits":12}`),
			CreatedAt:  models.At(time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC))}
		if fmt.Sprint(c) != fmt.Sprint(want) {
			t.Errorf("\n got %+v\nwant %+v", c, want)
		}
		if n := w.number("SELECT COUNT(*) FROM identities WHERE workspace_id = ? AND kind = 'user_id' AND value = 'u1' AND customer_id = ? AND grp = ?", w.ws, c.ID, c.Grp); n != 1 {
			t.Error("the identity does not lead to the customer")
		}
		if n := w.number("SELECT COUNT(*) FROM contact_points WHERE workspace_id = ? AND (channel = 'email' AND address = 'ann@example.com' OR channel = 'sms' AND address = '+442079460018')", w.ws); n != 2 {
			t.Errorf("%d contact points", n)
		}
		for user, state := range map[string]string{"u1": "granted", "u2": "withdrawn"} {
			id := w.customer(user).ID
			p, err := w.s.Permissions(context.Background(), w.ws, id)
			if err != nil || len(p) != 1 || p[0].State != state || p[0].Channel != "email" || p[0].Purpose != "marketing" {
				t.Errorf("%s: permissions %+v, %v", user, p, err)
			}
			if err := w.s.VerifyConsents(context.Background(), w.ws, id); err != nil {
				t.Errorf("%s: %v", user, err)
			}
		}
		ledger, err := w.s.ConsentLedger(context.Background(), w.ws, c.ID)
		if err != nil || len(ledger) != 1 || ledger[0].SourceKind != "list" || ledger[0].ContactPointID.IsZero() || ledger[0].OccurredAt.Time() != time.Date(2024, 4, 30, 23, 0, 0, 0, time.UTC).Add(-time.Hour) {
			t.Errorf("ledger %+v, %v", ledger, err)
		}
		if n := w.number("SELECT COUNT(*) FROM outbox") + w.number("SELECT COUNT(*) FROM events"); n != 0 {
			t.Error("an import is history and makes no events")
		}
		if r := w.run("customers", "\ufeff"+people); !r.AlreadyDone || r.Stored != 0 {
			t.Errorf("the same file again: %+v", r)
		}
	})
}

// A corrected file changes what differs, keeps what it does not mention, and does not double consents.
func TestCustomersAgain(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		w.run("customers", people)
		id := w.customer("u1").ID
		r := w.run("customers", people+"u3,c@example.com,,,,,,,,,,,,,,\n")
		if r.Stored != 1 || r.Unchanged != 2 {
			t.Errorf("one new row: %+v", r)
		}
		if n := w.number("SELECT COUNT(*) FROM consents"); n != 2 {
			t.Errorf("%d consents after the same list twice", n)
		}
		r = w.run("customers", "user_id;plan;email\nu1;silver;new@example.com\nu1;bronze;\nu3;;\n")
		if r.Stored != 2 || r.Unchanged != 1 {
			t.Errorf("changes: %+v", r)
		}
		c := w.customer("u1")
		if c.ID != id || c.Email != "new@example.com" || !strings.Contains(string(c.Attributes), `"plan":"bronze"`) || !strings.Contains(string(c.Attributes), `"visits":12`) || c.Country != "GB" {
			t.Errorf("%+v", c)
		}
		if n := w.number("SELECT COUNT(*) FROM contact_points WHERE channel = 'email'"); n != 3 {
			t.Errorf("%d e-mail addresses", n)
		}
	})
}

// A list does not re-open what a person withdrew.
func TestListsDoNotReopen(t *testing.T) {
	both(t, func(w *world) {
		w.run("customers", "user_id,email,consent_email_marketing,consent_at\nu1,a@example.com,withdrawn,2025-01-01\n")
		w.run("customers", "user_id,email,consent_email_marketing,consent_at\nu1,a@example.com,granted,2025-06-01\n")
		p, err := w.s.Permissions(context.Background(), w.ws, w.customer("u1").ID)
		if err != nil || len(p) != 1 || p[0].State != "withdrawn" {
			w.t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestOrders(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		w.run("customers", "user_id,email\nu1,a@example.com\nu2,b@example.com\n")
		orders := "order_id,user_id,placed_at,value,currency,items\n" +
			"o1,u1,2025-01-01T10:00:00Z,29.33,EUR,2\no2,u1,2025-01-11,10,,\no3,u2,2025-02-01 09:30:00,500,JPY,1\n"
		r := w.run("orders", orders)
		if r.Stored != 3 || r.Measured != 2 {
			t.Fatalf("%+v", r)
		}
		if n := w.number("SELECT SUM(value_minor) FROM orders WHERE customer_id = ?", w.customer("u1").ID); n != 3933 {
			t.Errorf("value %d", n)
		}
		if n := w.number("SELECT placed_at FROM orders WHERE order_key = 'o3'"); n != time.Date(2025, 2, 1, 8, 30, 0, 0, time.UTC).UnixMicro() {
			t.Errorf("placed at %d: a moment without a zone is in the workspace's", n)
		}
		if n := w.number("SELECT orders_count * 1000 + order_days FROM customer_metrics WHERE customer_id = ?", w.customer("u1").ID); n != 2002 {
			t.Errorf("metrics %d", n)
		}
		r = w.run("orders", strings.Replace(orders, "29.33", "30.00", 1)+"o1,u1,2025-01-01T10:00:00Z,31,EUR,2\n")
		if r.Stored != 2 || r.Unchanged != 2 || w.number("SELECT COUNT(*) FROM orders") != 3 {
			t.Errorf("a correction: %+v", r)
		}
		if n := w.number("SELECT orders_value FROM customer_metrics WHERE customer_id = ?", w.customer("u1").ID); n != 4100 {
			t.Errorf("metrics after the correction: %d", n)
		}
	})
}

func TestBadRowsAreReportedByLine(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		content := "user_id,email,birthday,created_at,note,visits:number,consent_email_marketing\n" + // line 1
			"u1,a@example.com,,,\"two\nlines\",,\n" + // 2-3
			"u2,not an address,31-12-1990,,,,\n" + // 4
			"u3,c@example.com\n" + // 5
			",d@example.com,,,,,\n" + // 6
			"u5,e@example.com,,tomorrow,,many,maybe\n" + // 7
			"u6,f@example.com,,,a\"b,,\n" + // 8
			"u7,g@example.com,,,\xff,,\n" + // 9
			"u8,h@example.com,,,\x00,,\n" + // 10
			"\n" +
			"u9,i@example.com,,,ok,3,granted\n" // 12
		r := w.run("customers", content, func(o *importer.Options) { o.BatchRows = 3 })
		var got []string
		for _, e := range r.Errors {
			got = append(got, fmt.Sprintf("%d %s", e.Line, e.Column))
		}
		want := "[4 email 4 birthday 5  6 user_id 7 created_at 7 visits 7 consent_email_marketing 8  9 note 10 note]"
		if fmt.Sprint(got) != want || r.Bad != 7 || r.Stored != 2 {
			t.Errorf("%v, %d bad, %d stored", got, r.Bad, r.Stored)
		}
		if c := w.customer("u9"); string(c.Attributes) != `{"note":"ok","visits":3}` {
			t.Errorf("%s", c.Attributes)
		}
		stored, err := w.s.ImportErrors(context.Background(), w.ws, r.Import, 100)
		if err != nil || len(stored) != 7 || stored[0].Line != 4 || stored[0].Column != "email" || !strings.Contains(stored[0].Message, "birthday") {
			t.Errorf("%+v, %v", stored, err)
		}
		if n := w.number("SELECT rows_bad * 100 + rows_done FROM imports"); n != 702 {
			t.Errorf("counters %d", n)
		}
		r = w.run("orders", "order_id,user_id,placed_at,value\no1,u1,2025-01-01,1\no2,nobody,2025-01-01,1\no3,u1,2031-01-01,-1\no4,u1,2025-01-01,1e999999\n")
		if r.Stored != 1 || r.Bad != 3 || r.Errors[0].Line != 3 || r.Errors[0].Column != "user_id" || r.Errors[1].Column != "placed_at" || r.Errors[2].Column != "value" {
			t.Errorf("%+v", r)
		}
	})
}

func TestFilesThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	wide := "user_id" + strings.Repeat(",x", 300)
	for name, c := range map[string]struct{ kind, content, says string }{
		"empty":        {"customers", "", "empty"},
		"utf-16":       {"customers", "\xff\xfeu\x00", "UTF-16"},
		"packed":       {"customers", "PK\x03\x04", "packed"},
		"no user_id":   {"customers", "email\n", "header"},
		"twice":        {"customers", "user_id,email,Email\n", "header"},
		"nameless":     {"customers", "user_id,,x\n", "header"},
		"odd type":     {"customers", "user_id,x:date\n", "header"},
		"wide":         {"customers", wide, "columns"},
		"orders":       {"orders", "order_id,user_id,placed_at,value,colour\n", "header"},
		"orders, none": {"orders", "order_id,user_id\n", "header"},
		"other":        {"events", "a\n", "can be imported"},
		"endless":      {"customers", "user_id\n" + strings.Repeat("u\n", 5) + `"` + strings.Repeat("x", 3<<20), "after line 6"},
	} {
		_, err := importer.Run(context.Background(), w.s, w.options(c.kind, c.content), nil)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	if _, err := importer.Run(context.Background(), w.s, importer.Options{Kind: "customers", File: "/does/not/exist", Workspace: w.ws}, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestDryRunStoresNothing(t *testing.T) {
	both(t, func(w *world) {
		r := w.run("customers", people+"u9,bad address,,,,,,,,,,,,,,\n", func(o *importer.Options) { o.DryRun = true })
		if r.Stored != 2 || r.Bad != 1 || r.Errors[0].Line != 4 {
			w.t.Errorf("%+v", r)
		}
		for _, table := range []string{"customers", "identities", "contact_points", "consents", "imports", "import_errors", "customer_metrics"} {
			if n := w.number("SELECT COUNT(*) FROM " + table); n != 0 {
				w.t.Errorf("%d rows in %s", n, table)
			}
		}
	})
}

// failing stops the process, as it were, at the n-th batch: before the store sees it or behind its commit.
type failing struct {
	*sqlstore.Store
	calls, at int
	after     bool
}

var errStopped = errors.New("stopped")

func (f *failing) ImportCustomers(ctx context.Context, step storage.ImportStep, rows []storage.ImportedCustomer, at time.Time) (storage.ImportResult, error) {
	if f.calls++; f.calls != f.at {
		return f.Store.ImportCustomers(ctx, step, rows, at)
	}
	if f.after {
		if _, err := f.Store.ImportCustomers(ctx, step, rows, at); err != nil {
			return storage.ImportResult{}, err
		}
	}
	return storage.ImportResult{}, errStopped
}

func TestResume(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		var b strings.Builder
		b.WriteString("\ufeffuser_id,email,note\r\n")
		for i := range 50 {
			address := fmt.Sprintf("p%d@example.com", i)
			if i%10 == 7 {
				address = "none"
			}
			fmt.Fprintf(&b, "u%d,%s,\"line one\r\nline two\"\r\n", i, address)
		}
		o := w.options("customers", b.String())
		o.BatchRows = 4
		stopped := 0
		var last importer.Report
		for try := 0; ; try++ {
			f := &failing{Store: w.s, at: 3, after: try%2 == 1}
			var err error
			last, err = importer.Run(context.Background(), f, o, nil)
			if err == nil {
				break
			}
			if !errors.Is(err, errStopped) || try > 20 {
				t.Fatal(err)
			}
			stopped++
		}
		if stopped < 4 || last.ResumedAt == 0 {
			t.Errorf("stopped %d times, the last run went on at %d", stopped, last.ResumedAt)
		}
		if n := w.number("SELECT COUNT(*) FROM customers"); n != 45 {
			t.Errorf("%d customers", n)
		}
		if n := w.number("SELECT rows_done * 100 + rows_bad FROM imports"); n != 4505 {
			t.Errorf("counters %d", n)
		}
		stored, err := w.s.ImportErrors(context.Background(), w.ws, last.Import, 100)
		if err != nil || len(stored) != 5 || stored[0].Line != 2+7*2 || stored[4].Line != 2+47*2 {
			t.Errorf("bad rows %+v, %v", stored, err)
		}
		if n := w.number("SELECT COUNT(*) FROM customer_metrics"); n != 45 {
			t.Errorf("%d rows of metrics", n)
		}
	})
}

// Two processes with the same file: each row once, and one of the two is told.
func TestTwoAtOnce(t *testing.T) {
	both(t, func(w *world) {
		var b strings.Builder
		b.WriteString("user_id,email\n")
		for i := range 400 {
			fmt.Fprintf(&b, "u%d,p%d@example.com\n", i, i)
		}
		o := w.options("customers", b.String())
		o.BatchRows = 10
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := importer.Run(context.Background(), w.s, o, nil)
				errs <- err
			}()
		}
		for range 2 {
			if err := <-errs; err != nil && !fault.Is(err, fault.Conflict) {
				w.t.Error(err)
			}
		}
		if _, err := importer.Run(context.Background(), w.s, o, nil); err != nil {
			w.t.Error(err)
		}
		if n := w.number("SELECT rows_done FROM imports"); n != 400 || w.number("SELECT COUNT(*) FROM customers") != 400 {
			w.t.Errorf("%d rows done", n)
		}
	})
}

// A person who was seen by ingestion first keeps the group, so later events stay in order.
func TestPeopleSeenBefore(t *testing.T) {
	both(t, func(w *world) {
		e := []ingest.Event{storagetest.Happened("m1", "E", "u:u1"), storagetest.Happened("m2", "E", "u:u1", "a:phone")}
		if _, err := w.s.AcceptEvents(context.Background(), []storage.Intake{{Workspace: w.ws, Source: "web", Events: e, ReceivedAt: now}}); err != nil {
			w.t.Fatal(err)
		}
		w.run("customers", "user_id,email\nu1,a@example.com\n")
		var grp ids.ID
		if err := w.s.SQL().QueryRow("SELECT grp FROM outbox LIMIT 1").Scan(&grp); err != nil {
			w.t.Fatal(err)
		}
		c := w.customer("u1")
		if c.Grp != grp || w.number("SELECT COUNT(*) FROM identities WHERE grp = ? AND kind = 'user_id' AND customer_id = ?", grp, c.ID) != 1 {
			w.t.Errorf("group %v, want %v", c.Grp, grp)
		}
	})
}

func TestMainTellsWhatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	o := w.options("customers", people+"u9,bad address,,,,,,,,,,,,,,\n")
	var out bytes.Buffer
	if err := importer.Main(context.Background(), w.s, o, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "file.csv:4: email: not an e-mail address\n") || !strings.Contains(got, "file.csv: 2 customers stored, 0 unchanged, 1 bad") {
		t.Errorf("%s", got)
	}
	out.Reset()
	if err := importer.Main(context.Background(), w.s, o, &out); err != nil || out.String() != "file.csv:4: email: not an e-mail address\nfile.csv was imported before, with 1 bad rows; there is nothing to do\n" {
		t.Errorf("%s, %v", out.String(), err)
	}
}

// A run that was killed had no chance to tell about its bad rows: the one that goes on does.
func TestBadRowsOfARunThatWasKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	o := w.options("customers", "user_id,email\nu1,none\nu2,b@example.com\nu3,c@example.com\nu4,none\n")
	o.BatchRows = 2
	if _, err := importer.Run(context.Background(), &failing{Store: w.s, at: 2}, o, nil); !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := importer.Main(context.Background(), w.s, o, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"file.csv:2: email: ", "file.csv:5: email: ", "1 customers stored, 0 unchanged, 1 bad", "2 rows were read by an earlier run, with 1 bad rows"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing:\n%s", want, out.String())
		}
	}
}
