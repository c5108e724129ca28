package importer

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/storage"
)

// entryRow is one line of an entries file.
type entryRow struct {
	line        int64
	user, email string
	key         string
	data        map[string]any
}

// entryColumns checks the header of an entries file.
func entryColumns(header []string) error {
	var wrong []fault.Field
	seen := map[string]bool{}
	for i, h := range header {
		if h == "" || seen[h] {
			wrong = append(wrong, fault.Field{Path: fmt.Sprintf("column %d %q", i+1, h), Message: "a column has a name of its own"})
		}
		seen[h] = true
	}
	if !seen["user_id"] && !seen["email"] {
		wrong = append(wrong, fault.Field{Path: "user_id", Message: "this column, or email, is missing"})
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "the header of the file is not right").WithFields(wrong...)
	}
	return nil
}

func parseEntry(header, values []string, line int64) (entryRow, []storage.RowError) {
	row := entryRow{line: line, data: map[string]any{}}
	for i, name := range header {
		v := strings.TrimSpace(values[i])
		switch {
		case v == "":
		case name == "user_id":
			row.user = v
		case name == "email":
			row.email = v
		case name == "key":
			row.key = v
		default:
			raw, _ := attribute("auto", v)
			var value any
			_ = json.Unmarshal(raw, &value) // attribute writes JSON
			row.data[name] = value
		}
	}
	if row.user == "" && row.email == "" {
		return row, []storage.RowError{{Line: line, Column: "user_id", Message: "names nobody"}}
	}
	return row, nil
}

// forJourney is the hash of a file that lets people into a journey: the same list may be given to another one.
func forJourney(hash [32]byte, journey ids.ID) [32]byte {
	return sha256.Sum256(append(slices.Clone(hash[:]), journey[:]...))
}

// enter lets a batch in. Each line is a cause of its own, so a batch that is repeated begins no run twice.
func (w *work) enter(ctx context.Context, c *chunk) (storage.ImportResult, error) {
	var out storage.ImportResult
	bad := func(line int64, column, message string) {
		out.Bad = append(out.Bad, storage.RowError{Line: line, Column: column, Message: message})
	}
	var asks []storage.EntryAsk
	var of []int64
	for _, r := range c.entries {
		column, find, value := "user_id", w.store.CustomerByExternalID, r.user
		if r.user == "" {
			column, find, value = "email", w.store.CustomerByEmail, r.email
		}
		customer, err := find(ctx, w.o.Workspace, value)
		switch {
		case fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
			bad(r.line, column, "no customer has it")
			continue
		case fault.Is(err, fault.Conflict):
			bad(r.line, column, "several customers have it")
			continue
		case err != nil:
			return out, err
		}
		asks = append(asks, storage.EntryAsk{Customer: customer, Key: r.key, Data: r.data,
			Cause: storage.Cause{Kind: storage.CauseAPI, ID: storage.CauseID("file", w.job.ID.String(), fmt.Sprint(r.line))}})
		of = append(of, r.line)
	}
	if w.o.DryRun || len(asks) == 0 {
		out.Stored = len(asks)
		return out, w.advance(ctx, c, out)
	}
	answers, err := w.store.EnterJourney(ctx, w.o.Workspace, w.journey, asks, w.o.Now())
	if err != nil {
		return out, err
	}
	for i, a := range answers {
		switch {
		case a.Entered:
			out.Stored++
		case a.Reason == "not_live", a.Reason == "wrong_entry":
			return out, fault.New(fault.Conflict, "nobody can enter journey %q by a file: %s", w.o.Journey, strings.ReplaceAll(a.Reason, "_", " "))
		default:
			bad(of[i], "", "did not enter: "+strings.ReplaceAll(a.Reason, "_", " "))
		}
	}
	return out, w.advance(ctx, c, out)
}

// tell takes in the events of a batch of objects.
func (w *work) tell(ctx context.Context, c *chunk) (storage.ImportResult, error) {
	out := storage.ImportResult{Stored: len(c.objects)}
	if len(c.objects) > 0 && !w.o.DryRun {
		for part := range slices.Chunk(c.objects, ingest.MaxBatchEvents) {
			in := storage.Intake{Workspace: w.o.Workspace, Source: sourceOfObjects, Events: part, ReceivedAt: w.o.Now()}
			if _, err := w.store.AcceptEvents(ctx, []storage.Intake{in}); err != nil {
				return out, err
			}
		}
	}
	return out, w.advance(ctx, c, out)
}

func (w *work) advance(ctx context.Context, c *chunk, out storage.ImportResult) error {
	if w.o.DryRun {
		return nil
	}
	return w.store.AdvanceImport(ctx, c.step, out, w.o.Now())
}
