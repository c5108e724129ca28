package devmode

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sojourn/contract"
	"sojourn/devmode/demodata"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/importer"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// The demo workspace.
const (
	DemoWorkspace = "demo"
	DemoEmail     = "demo@example.com"
	demoName      = "The Record Shop"
	demoZone      = "Europe/Amsterdam"
	demoSender    = "default"
)

// DemoStore is what filling the demo needs of the database; *sqlstore.Store has all of it.
type DemoStore interface {
	importer.Store
	storage.Users
	storage.Workspaces
	storage.Keys
	storage.Templates
	storage.Journeys
	storage.Audiences
}

// Scorer scores a whole workspace; activities.Scoring does.
type Scorer interface {
	ScoreBase(ctx context.Context, in contract.ScoreBaseInput) (contract.ScoreBaseResult, error)
}

// Blueprint is a finished journey with its messages.
type Blueprint struct {
	Document  journey.Document
	Templates []storage.TemplateInput
}

// Demo is what goes into the demo workspace.
type Demo struct {
	Store      DemoStore
	Scorer     Scorer
	Blueprints []Blueprint
	Dir        string                                             // where the CSV files are written
	Password   func(ctx context.Context) (hash string, err error) // of the owner, asked for once
	WriteKey   models.Hash                                        // of the demo's write key
	KeyPrefix  string
	PublicURL  string // base address of links in messages
	Settings   models.JSON
	Now        time.Time
	Say        func(format string, args ...any)
}

// Fill makes the demo workspace, or goes on where an interrupted start left off: every step looks first at what is
// there. A second start with a finished demo changes nothing.
func (d *Demo) Fill(ctx context.Context) (models.Workspace, error) {
	ws, err := d.workspace(ctx)
	if err != nil {
		return ws, fmt.Errorf("make the demo workspace: %w", err)
	}
	if done, err := d.published(ctx, ws.ID); err != nil || done {
		return ws, err
	}
	d.Say("Filling the demo workspace with 18 months of purchases, once…")
	for _, step := range []struct {
		what string
		do   func(context.Context, models.Workspace) error
	}{
		{"messages", d.messages}, {"text messages", d.texts}, {"customers, orders and what they own", d.people}, {"scores", d.scores}, {"journeys", d.journeys},
	} {
		if err := step.do(ctx, ws); err != nil {
			return ws, fmt.Errorf("fill the demo with %s: %w", step.what, err)
		}
	}
	return ws, nil
}

func (d *Demo) workspace(ctx context.Context) (models.Workspace, error) {
	ws, err := d.Store.WorkspaceByKey(ctx, DemoWorkspace)
	if fault.Is(err, fault.NotFound) {
		var hash string
		if hash, err = d.Password(ctx); err != nil {
			return ws, err
		}
		at := models.At(d.Now)
		ws, err = d.Store.CreateOwner(ctx,
			models.Workspace{WorkspaceKey: DemoWorkspace, Name: demoName, Timezone: demoZone, Currency: "USD", Locale: "en", Settings: d.Settings, CreatedAt: at},
			models.User{ID: ids.New(), Email: DemoEmail, Name: "Demo Owner", PasswordHash: hash, PasswordChangedAt: at, CreatedAt: at})
	}
	if err != nil {
		return ws, err
	}
	_, err = d.Store.KeyByHash(ctx, d.WriteKey)
	if fault.Is(err, fault.NotFound) {
		err = d.Store.CreateKey(ctx, models.APIKey{ID: ids.New(), WorkspaceID: ws.ID, Kind: storage.KeyIngest, Name: "Demo shop", Prefix: d.KeyPrefix, SecretHash: d.WriteKey,
			Scopes: models.JSON("[]"), CreatedAt: models.At(d.Now)})
	}
	return ws, err
}

// published: publishing the journeys is the last step, so its result says that all the others were done.
func (d *Demo) published(ctx context.Context, workspace int64) (bool, error) {
	for _, b := range d.Blueprints {
		j, err := d.Store.JourneyByKey(ctx, workspace, b.Document.Key)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		if err != nil || j.LiveVersionID.IsZero() {
			return false, err
		}
	}
	return true, nil
}

func (d *Demo) messages(ctx context.Context, ws models.Workspace) error {
	_, err := d.Store.PutSender(ctx, models.Sender{ID: ids.New(), WorkspaceID: ws.ID, SenderKey: demoSender, Channel: "email", FromName: "The Record Shop",
		FromAddress: "hello@recordshop.example", PostalAddress: "The Record Shop, 1 Vinyl Lane, 1012 AB Amsterdam", State: storage.SenderActive, CreatedAt: models.At(d.Now)}, d.Now)
	if err != nil {
		return err
	}
	for _, b := range d.Blueprints {
		for _, t := range b.Templates {
			_, err := d.Store.TemplateByKey(ctx, ws.ID, t.Key)
			if fault.Is(err, fault.NotFound) { // one that is there may have been changed by whoever tries things out
				_, err = d.Store.PutTemplate(ctx, ws.ID, t, d.Now)
			}
			if err != nil {
				return fmt.Errorf("template %s: %w", t.Key, err)
			}
		}
	}
	return nil
}

// people imports the demo's customers and orders the way an operator would: as CSV files, which stay for him to look at.
// The files are written once, so that an import that was cut off goes on with the same ones.
func (d *Demo) people(ctx context.Context, ws models.Workspace) error {
	var data demodata.Dataset
	write := func(name string, rows func(io.Writer) error) (string, error) {
		path := filepath.Join(d.Dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		if len(data.Customers) == 0 {
			var err error
			if data, err = demodata.Load(d.Now); err != nil {
				return "", err
			}
		}
		return path, writeFile(path, rows)
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return err
	}
	for _, f := range []struct {
		kind, name string
		rows       func(io.Writer) error
	}{
		{storage.ImportOfCustomers, "customers.csv", func(w io.Writer) error { return writePeople(w, data.Customers) }},
		{storage.ImportOfOrders, "orders.csv", func(w io.Writer) error { return data.WriteOrdersCSV(w) }},
		{storage.ImportOfObjects, "objects.csv", func(w io.Writer) error { return data.WriteObjectsCSV(w) }},
	} {
		path, err := write(f.name, f.rows)
		if err != nil {
			return err
		}
		r, err := importer.Run(ctx, d.Store, importer.Options{Kind: f.kind, File: path, Workspace: ws.ID}, func(importer.Progress) {})
		if err != nil {
			return err
		}
		if r.Bad > 0 {
			return fmt.Errorf("%d rows of %s could not be used, the first: %+v", r.Bad, path, r.Errors[0])
		}
	}
	return nil
}

// writePeople adds the permissions to what demodata knows of a person: one column, one moment.
func writePeople(w io.Writer, people []demodata.Customer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"user_id", "email", "first_name", "last_name", "locale", "timezone", "country", "birthday", "created_at", "member_since", "consent_email_marketing", "consent_print_marketing", "consent_at"})
	for _, p := range people {
		state, at, print := "", "", ""
		switch p.Consent.State {
		case demodata.Granted:
			state, at = "granted", p.Consent.GrantedAt.UTC().Format(time.RFC3339)
		case demodata.Withdrawn:
			state, at = "withdrawn", p.Consent.WithdrawnAt.UTC().Format(time.RFC3339)
		}
		if p.Print {
			print = state
		}
		_ = out.Write([]string{p.Key, p.Email, p.FirstName, p.LastName, p.Locale, p.TimeZone, p.Country, p.Birthday, p.CreatedAt.UTC().Format(time.RFC3339), p.MemberSince, state, print, at})
	}
	out.Flush()
	return out.Error()
}

// writeFile writes under another name first: a file that is there is whole.
func writeFile(path string, rows func(io.Writer) error) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	if err := rows(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func (d *Demo) scores(ctx context.Context, ws models.Workspace) error {
	_, err := d.Scorer.ScoreBase(ctx, contract.ScoreBaseInput{WorkspaceID: ws.ID, FiredAt: d.Now.UnixMicro()})
	return err
}

// journeys publishes the blueprints and looks at once who is in their audiences: whoever comes in by what happens in the
// first minute is then seen to cross the line. A start that is cut off in between is no harm, the worker looks, too.
func (d *Demo) journeys(ctx context.Context, ws models.Workspace) error {
	for _, b := range d.Blueprints {
		j, err := d.Store.JourneyByKey(ctx, ws.ID, b.Document.Key)
		if fault.Is(err, fault.NotFound) {
			j, err = d.Store.CreateJourney(ctx, ws.ID, b.Document, d.Now)
		}
		if err != nil {
			return err
		}
		if j.LiveVersionID.IsZero() {
			if _, err := d.Store.Publish(ctx, ws.ID, j.ID, 0, "demo", d.Now); err != nil {
				return err
			}
		}
	}
	active, err := d.Store.ActiveAudiences(ctx)
	if err != nil {
		return err
	}
	for _, a := range active {
		if a.WorkspaceID != ws.ID {
			continue
		}
		if _, err := d.Store.RefreshAudience(ctx, ws.ID, a.ID, d.Now, nil); err != nil {
			return err
		}
	}
	return nil
}
