package storage

import (
	"context"
	"encoding/json"
	"time"

	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
)

// Kinds of import.
const (
	ImportOfCustomers = "customers"
	ImportOfOrders    = "orders"
	ImportOfObjects   = "objects"
	ImportOfEntries   = "entries"
)

// States of an import.
const (
	ImportReading   = "reading"   // rows are being stored, up to byte_offset
	ImportMeasuring = "measuring" // all rows are stored; the metrics of the customers concerned are being rebuilt
	ImportDone      = "done"
)

// Imports stores rows of files. Customers and orders are history: no event is made of them and no journey moves.
//
// Their place in the file is stored in the transaction of the rows, so a call that fails changes nothing, and a process
// that dies goes on behind the last batch that was stored: no row is lost or stored twice.
type Imports interface {
	// BeginImport returns the import of this very file (by kind and hash), wherever it stands, or starts one.
	BeginImport(ctx context.Context, f ImportFile, now time.Time) (models.Import, error)
	// ImportCustomers stores a batch of people, one row per user id; ImportOrders of orders, one per order id. A row
	// that says what is stored already is counted as unchanged, a row that can't be used is reported in Bad and left out.
	// fault.Conflict when the file has been read past step.From by somebody else.
	ImportCustomers(ctx context.Context, step ImportStep, rows []ImportedCustomer, now time.Time) (ImportResult, error)
	ImportOrders(ctx context.Context, step ImportStep, rows []ImportedOrder, now time.Time) (ImportResult, error)
	// AdvanceImport moves the place in the file on, with the counts of a batch whose rows were stored before, each under a
	// key of its line: who dies in between does the batch again and finds them done.
	AdvanceImport(ctx context.Context, step ImportStep, result ImportResult, now time.Time) error
	// ImportTouched lists the customers whose metrics an import concerns: those with orders of it, or, for customers,
	// those that have no metrics yet. By id.
	ImportTouched(ctx context.Context, i models.Import) ([]ids.ID, error)
	// SetImportState moves an import on.
	SetImportState(ctx context.Context, workspace int64, id ids.ID, state string, now time.Time) error
	// ImportErrors lists bad rows by line.
	ImportErrors(ctx context.Context, workspace int64, id ids.ID, limit int) ([]models.ImportError, error)
}

// ImportFile says which file.
type ImportFile struct {
	Workspace int64
	Kind      string
	Name      string // for show
	Hash      [32]byte
	Size      int64
}

// ImportStep is where a batch lies in its file.
type ImportStep struct {
	Workspace int64
	Import    ids.ID
	FileName  string
	From, To  int64 // byte offsets; From must be where the import stands
	Line      int64 // of the last row
	Bad       []RowError
	DryRun    bool // find out everything, store nothing
}

// RowError is what is wrong with one row.
type RowError struct {
	Line    int64
	Column  string // "" when it is about the row as a whole
	Message string
}

// ImportResult counts what became of the rows of a batch.
type ImportResult struct {
	Stored, Unchanged int
	Bad               []RowError // of this call, without those of the step
}

// ImportedCustomer is one person of a file. Traits are as an identify event has them; absent ones change nothing.
type ImportedCustomer struct {
	Line      int64
	UserID    string
	CreatedAt time.Time // since when; only used for a new customer
	Traits    map[string]json.RawMessage
	Consents  []ImportedConsent
}

// ImportedConsent is a permission as a list tells it.
type ImportedConsent struct {
	Channel, Purpose string
	State            consent.State
	At               time.Time // zero: not known
}

// ImportedOrder is one order of a file.
type ImportedOrder struct {
	Line       int64
	OrderID    string
	UserID     string
	PlacedAt   time.Time
	ValueMinor int64
	Currency   string
	Items      int
}
