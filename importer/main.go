package importer

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"sojourn/storage"
)

// Main imports and tells a person at a terminal about it: where it stands every two seconds, bad rows as
// "file.csv:17: email: not an e-mail address", and what became of the file. Bad rows are no error.
func Main(ctx context.Context, store Store, o Options, out io.Writer) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	started, last := time.Now(), time.Now()
	report, err := Run(ctx, store, o, func(p Progress) {
		if time.Since(last) < 2*time.Second {
			return
		}
		last = time.Now()
		if p.Phase == storage.ImportMeasuring {
			fmt.Fprintf(out, "metrics of %s of %s customers\n", digits(int64(p.Customers)), digits(int64(p.All)))
			return
		}
		fmt.Fprintf(out, "%s rows, %s bad, %d %%\n", digits(p.Rows), digits(p.Bad), 100*p.Bytes/max(1, p.Size))
	})
	name := filepath.Base(o.File)
	complain(out, name, report.Before.Errors, report.Before.Bad)
	complain(out, name, report.Errors, report.Bad)
	if err != nil {
		if report.Stored+report.Unchanged > 0 && !o.DryRun {
			fmt.Fprintf(out, "stopped; what was stored stays, the same command goes on from there\n")
		}
		return err
	}
	if report.AlreadyDone {
		fmt.Fprintf(out, "%s was imported before%s; there is nothing to do\n", name, leftOut(report.Before.Bad))
		return nil
	}
	what := "stored"
	if o.DryRun {
		what = "would be stored"
	}
	fmt.Fprintf(out, "%s: %s %s %s, %s unchanged, %s bad, in %.1f s\n", name, digits(report.Stored), report.Kind, what, digits(report.Unchanged), digits(report.Bad), time.Since(started).Seconds())
	if f := report.Foreign; f.Orders > 0 {
		fmt.Fprintf(out, "%s: %s orders are not in %s, the first in line %d (%s); they are stored, and count nothing in orders_value\n", name, digits(f.Orders), f.Workspace, f.Line, f.Currency)
	}
	if b := report.Before; b.Done+b.Bad > 0 {
		fmt.Fprintf(out, "%s: %s rows were read by an earlier run%s\n", name, digits(b.Done+b.Bad), leftOut(b.Bad))
	}
	return nil
}

// complain lists bad rows, and says how many there are beyond the list.
func complain(out io.Writer, name string, list []storage.RowError, bad int64) {
	for _, e := range list {
		if e.Column != "" {
			fmt.Fprintf(out, "%s:%d: %s: %s\n", name, e.Line, e.Column, e.Message)
		} else {
			fmt.Fprintf(out, "%s:%d: %s\n", name, e.Line, e.Message)
		}
	}
	if n := bad - lines(list); n > 0 {
		fmt.Fprintf(out, "and %s more bad rows\n", digits(n))
	}
}

func leftOut(bad int64) string {
	if bad == 0 {
		return ""
	}
	return fmt.Sprintf(", with %s bad rows", digits(bad))
}

// lines counts the rows that a list of complaints is about.
func lines(list []storage.RowError) (n int64) {
	for i, e := range list {
		if i == 0 || list[i-1].Line != e.Line {
			n++
		}
	}
	return n
}

// digits groups a number by thousands: 23,570.
func digits(n int64) string {
	s := fmt.Sprint(n)
	var groups []string
	for len(s) > 3 {
		groups = append([]string{s[len(s)-3:]}, groups...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, groups...), ",")
}
