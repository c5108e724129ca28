package importer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
)

// Store is what an import needs; *sqlstore.Store is one.
type Store interface {
	storage.Imports
	Workspace(ctx context.Context, id int64) (models.Workspace, error)
	AcceptEvents(ctx context.Context, in []storage.Intake) ([][]storage.Receipt, error)
	JourneyByKey(ctx context.Context, workspace int64, key string) (models.Journey, error)
	storage.JourneyEntries
	RebuildMetrics(ctx context.Context, workspace int64, customers []ids.ID, after ids.ID, now time.Time) (ids.ID, error)
}

// Options say what to import.
type Options struct {
	Kind      string // storage.ImportOfCustomers, ImportOfOrders, ImportOfObjects or ImportOfEntries
	Journey   string // key of the journey that entries are for
	File      string // path
	Workspace int64
	DryRun    bool // read and check everything, store nothing
	BatchRows int  // rows in one transaction; default 1,000
	KeepBad   int  // bad rows kept for the report; default 100. All are counted
	Now       func() time.Time
}

// Progress is told after every batch.
type Progress struct {
	Phase          string // storage.ImportReading or ImportMeasuring
	Bytes, Size    int64
	Rows, Bad      int64 // rows read so far, those of an earlier run included, and how many of them were bad
	Customers, All int   // measuring: customers done, of all
}

// Report is what became of the file.
type Report struct {
	Import                 ids.ID // zero for a dry run
	Kind                   string
	DryRun                 bool
	AlreadyDone            bool  // the very file was imported before: nothing was done
	ResumedAt              int64 // byte offset at which this run went on; 0 when it began at the start
	Stored, Unchanged, Bad int64 // of this run
	Errors                 []storage.RowError
	Before                 Before // what earlier runs of the same file did
	Measured               int    // customers whose metrics were rebuilt
	Foreign                Foreign
}

// Foreign tells of orders of this run in another currency than the workspace's: they are stored, and count nothing in
// orders_value.
type Foreign struct {
	Orders    int64
	Line      int64  // of the first one
	Currency  string // of the first one
	Workspace string // the workspace's currency
}

// Before is what became of the rows that an earlier run, one that was cut off or one that ended, had read.
type Before struct {
	Done, Bad int64 // rows stored or unchanged, and rows left out
	Errors    []storage.RowError
}

// Run imports a file, or what is left of it. It may be repeated at will. Errors: fault.Invalid when the file or its
// header can't be used, fault.Conflict when somebody else imports it at this moment, and those of the store.
func Run(ctx context.Context, store Store, o Options, progress func(Progress)) (Report, error) {
	if o.BatchRows <= 0 {
		o.BatchRows = 1000
	}
	if o.KeepBad <= 0 {
		o.KeepBad = 100
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	if !slices.Contains([]string{storage.ImportOfCustomers, storage.ImportOfOrders, storage.ImportOfObjects, storage.ImportOfEntries}, o.Kind) {
		return Report{}, fault.New(fault.Invalid, "customers, orders, objects and entries can be imported, not %q", o.Kind)
	}
	r, err := openFile(o.File)
	if err != nil {
		return Report{}, err
	}
	defer r.close()
	w := &work{store: store, o: o, r: r, progress: progress, report: Report{Kind: o.Kind, DryRun: o.DryRun}}
	err = w.run(ctx)
	return w.report, err
}

// work is one run.
type work struct {
	store    Store
	o        Options
	r        *reader
	progress func(Progress)
	report   Report
	job      models.Import
	journey  ids.ID // of entries
	parse    func(values []string, line int64, into *chunk)
}

// chunk is a batch of rows on its way from the reader to the database.
type chunk struct {
	step      storage.ImportStep
	customers []storage.ImportedCustomer
	orders    []storage.ImportedOrder
	objects   []ingest.Event
	entries   []entryRow
	foreign   Foreign
	err       error // reading can't go on behind this chunk
}

func (w *work) run(ctx context.Context) error {
	workspace, err := w.store.Workspace(ctx, w.o.Workspace)
	if err != nil {
		return err
	}
	if w.o.Kind == storage.ImportOfEntries {
		j, err := w.store.JourneyByKey(ctx, w.o.Workspace, w.o.Journey)
		if err != nil {
			return err
		}
		w.journey = j.ID
	}
	if err := w.understand(workspace); err != nil {
		return err
	}
	if err := w.begin(ctx); err != nil {
		return err
	}
	switch w.job.State {
	case storage.ImportDone:
		w.report.AlreadyDone = true
		return nil
	case storage.ImportReading:
		if err := w.read(ctx); err != nil {
			return err
		}
	}
	if w.o.DryRun {
		return nil
	}
	return w.measure(ctx)
}

func (w *work) understand(workspace models.Workspace) error {
	zone, err := time.LoadLocation(workspace.Timezone)
	if err != nil {
		return fmt.Errorf("zone of workspace %s: %w", workspace.WorkspaceKey, err)
	}
	now := w.o.Now()
	if w.o.Kind == storage.ImportOfCustomers {
		columns, err := customerColumns(w.r.header)
		if err != nil {
			return err
		}
		w.parse = func(values []string, line int64, into *chunk) {
			row, bad := customerRow(columns, values, line, zone, now)
			if into.step.Bad = append(into.step.Bad, bad...); len(bad) == 0 {
				into.customers = append(into.customers, row)
			}
		}
		return nil
	}
	switch w.o.Kind {
	case storage.ImportOfObjects:
		return w.understandObjects(zone, now)
	case storage.ImportOfEntries:
		w.parse = func(values []string, line int64, into *chunk) {
			row, bad := parseEntry(w.r.header, values, line)
			if into.step.Bad = append(into.step.Bad, bad...); len(bad) == 0 {
				into.entries = append(into.entries, row)
			}
		}
		return entryColumns(w.r.header)
	}
	at, err := orderColumns(w.r.header)
	if err != nil {
		return err
	}
	w.parse = func(values []string, line int64, into *chunk) {
		row, bad := orderRow(at, values, line, workspace.Currency, zone, now)
		if into.step.Bad = append(into.step.Bad, bad...); len(bad) == 0 {
			into.orders = append(into.orders, row)
			if row.Currency != workspace.Currency {
				if into.foreign.Orders == 0 {
					into.foreign = Foreign{Line: line, Currency: row.Currency, Workspace: workspace.Currency}
				}
				into.foreign.Orders++
			}
		}
	}
	return nil
}

func (w *work) understandObjects(zone *time.Location, now time.Time) error {
	columns, err := objectColumns(w.r.header)
	w.parse = func(values []string, line int64, into *chunk) {
		since := now
		if !w.job.StartedAt.IsZero() {
			since = w.job.StartedAt.Time() // the same at each attempt
		}
		event, bad := objectRow(columns, values, line, w.job.ID, zone, since, now)
		if into.step.Bad = append(into.step.Bad, bad...); len(bad) == 0 {
			into.objects = append(into.objects, event)
		}
	}
	return err
}

// begin finds out where to start.
func (w *work) begin(ctx context.Context) error {
	info, err := w.r.file.Stat()
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "read the file")
	}
	w.job = models.Import{WorkspaceID: w.o.Workspace, State: storage.ImportReading, FileSize: info.Size(), FileName: filepath.Base(w.o.File)}
	if w.o.DryRun {
		return nil
	}
	hash, err := hashFile(w.o.File)
	if err != nil {
		return err
	}
	if w.o.Kind == storage.ImportOfEntries {
		hash = forJourney(hash, w.journey)
	}
	w.job, err = w.store.BeginImport(ctx, storage.ImportFile{Workspace: w.o.Workspace, Kind: w.o.Kind, Name: filepath.Base(w.o.File), Hash: hash, Size: info.Size()}, w.o.Now())
	if err != nil {
		return err
	}
	w.report.Import, w.report.ResumedAt = w.job.ID, w.job.ByteOffset
	if err := w.before(ctx); err != nil {
		return err
	}
	return w.r.seek(w.job.ByteOffset)
}

// before reads what earlier runs left: one that was killed had no chance to tell about its bad rows.
func (w *work) before(ctx context.Context) error {
	b := Before{Done: w.job.RowsDone, Bad: w.job.RowsBad}
	if b.Bad > 0 {
		rows, err := w.store.ImportErrors(ctx, w.o.Workspace, w.job.ID, w.o.KeepBad)
		if err != nil {
			return err
		}
		for _, e := range rows {
			b.Errors = append(b.Errors, storage.RowError{Line: e.Line, Column: e.Column, Message: e.Message})
		}
	}
	w.report.Before = b
	return nil
}

func hashFile(path string) (sum [32]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, fault.Wrap(fault.Invalid, err, "open the file")
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, fault.Wrap(fault.Invalid, err, "read the file")
	}
	return [32]byte(h.Sum(nil)), nil
}

// read parses on one core while the other stores; at most two chunks wait between them.
func (w *work) read(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	chunks := make(chan *chunk, 2)
	go func() {
		defer close(chunks)
		for from, line := w.job.ByteOffset, w.job.Line; ; {
			c := w.chunk(from, line)
			select {
			case chunks <- c:
			case <-ctx.Done():
				return
			}
			if c.err != nil {
				return
			}
			from, line = c.step.To, c.step.Line
		}
	}()
	for c := range chunks {
		if c.step.To > c.step.From {
			if err := w.save(ctx, c); err != nil {
				return err
			}
		}
		if errors.Is(c.err, io.EOF) {
			return nil
		}
		if c.err != nil {
			return c.err
		}
	}
	return ctx.Err()
}

// chunk reads up to BatchRows rows. An error stands behind the rows that could be read before it.
func (w *work) chunk(from, line int64) *chunk {
	c := &chunk{step: storage.ImportStep{Workspace: w.o.Workspace, Import: w.job.ID, FileName: w.job.FileName, From: from, To: from, Line: line, DryRun: w.o.DryRun}}
	for range w.o.BatchRows {
		values, line, bad, err := w.r.next()
		if err != nil {
			c.err = err
			break
		}
		if bad != nil {
			c.step.Bad = append(c.step.Bad, *bad)
		} else {
			w.parse(values, line, c)
		}
		c.step.Line, c.step.To = line, w.r.offset()
	}
	return c
}

func (w *work) save(ctx context.Context, c *chunk) error {
	var result storage.ImportResult
	var err error
	switch w.o.Kind {
	case storage.ImportOfCustomers:
		result, err = w.store.ImportCustomers(ctx, c.step, c.customers, w.o.Now())
	case storage.ImportOfObjects:
		result, err = w.tell(ctx, c)
	case storage.ImportOfEntries:
		result, err = w.enter(ctx, c)
	default:
		result, err = w.store.ImportOrders(ctx, c.step, c.orders, w.o.Now())
	}
	if err != nil {
		return err
	}
	if f := &w.report.Foreign; f.Orders == 0 {
		*f = c.foreign
	} else {
		f.Orders += c.foreign.Orders
	}
	w.report.Stored += int64(result.Stored)
	w.report.Unchanged += int64(result.Unchanged)
	bad := append(c.step.Bad, result.Bad...)
	slices.SortStableFunc(bad, func(a, b storage.RowError) int { return int(a.Line - b.Line) })
	for i, e := range bad {
		if i == 0 || bad[i-1].Line != e.Line {
			w.report.Bad++
		}
		if len(w.report.Errors) < w.o.KeepBad {
			w.report.Errors = append(w.report.Errors, e)
		}
	}
	w.progress(Progress{Phase: storage.ImportReading, Bytes: c.step.To, Size: w.job.FileSize, Bad: w.job.RowsBad + w.report.Bad,
		Rows: w.job.RowsDone + w.job.RowsBad + w.report.Stored + w.report.Unchanged + w.report.Bad})
	return nil
}

// measureChunk is how many customers are rebuilt between two reports of progress.
const measureChunk = 2000

// measure rebuilds the metrics of everybody concerned. It is repeated from its start when it was interrupted.
func (w *work) measure(ctx context.Context) error {
	if err := w.store.SetImportState(ctx, w.o.Workspace, w.job.ID, storage.ImportMeasuring, w.o.Now()); err != nil {
		return err
	}
	customers, err := w.store.ImportTouched(ctx, w.job)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(customers, measureChunk) {
		if _, err := w.store.RebuildMetrics(ctx, w.o.Workspace, part, ids.ID{}, w.o.Now()); err != nil {
			return err
		}
		w.report.Measured += len(part)
		w.progress(Progress{Phase: storage.ImportMeasuring, Bytes: w.job.FileSize, Size: w.job.FileSize, Customers: w.report.Measured, All: len(customers)})
	}
	return w.store.SetImportState(ctx, w.o.Workspace, w.job.ID, storage.ImportDone, w.o.Now())
}
