package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"sojourn/config"
	"sojourn/fault"
	"sojourn/importer"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// migrateCmd is `sojourn migrate`.
type migrateCmd struct {
	config.Config `embed:""`
}

func (c *migrateCmd) run(ctx context.Context, con console) error {
	if err := c.Validate(config.DatabaseOnly); err != nil {
		return err
	}
	s, err := sqlstore.Open(ctx, c.Database.URL, sqlstore.Options{MaxConns: c.Database.MaxConns, Logger: logger(con.err, c.Log)})
	if err != nil {
		return err
	}
	defer closing(s)
	applied, err := s.Migrate(ctx)
	if err != nil {
		return err
	}
	have, _, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if len(applied) == 0 {
		fmt.Fprintf(con.out, "the schema is at %d already\n", have)
		return nil
	}
	fmt.Fprintf(con.out, "the schema is at %d now (%d applied)\n", have, len(applied))
	return nil
}

// configCmd is `sojourn config`.
type configCmd struct {
	config.Config `embed:""`
}

func (c *configCmd) run(_ context.Context, con console) error {
	for _, w := range con.source.Warnings {
		fmt.Fprintln(con.err, "warning:", w)
	}
	return c.Effective(con.out, con.source)
}

// importCmd is `sojourn import customers|orders|objects FILE` and `sojourn import entries JOURNEY FILE`.
type importCmd struct {
	config.Config `embed:""`
	Kind          string   `arg:"" enum:"customers,orders,objects,entries" help:"customers, orders, objects or entries."`
	Files         []string `arg:"" name:"file" help:"CSV file with a header line; for entries, the key of the journey before it."`
	Workspace     string   `help:"Key of the workspace; default: the only one."`
	DryRun        bool     `help:"Read and check everything, store nothing."`
}

func (c *importCmd) run(ctx context.Context, con console) error {
	o := importer.Options{Kind: c.Kind, File: c.Files[len(c.Files)-1], DryRun: c.DryRun}
	want := 1
	if c.Kind == storage.ImportOfEntries {
		want, o.Journey = 2, c.Files[0]
	}
	if len(c.Files) != want {
		return fault.New(fault.Invalid, "import %s takes one file, and entries the key of a journey before it", c.Kind)
	}
	if err := c.Validate(config.DatabaseOnly); err != nil {
		return err
	}
	s, err := openStore(ctx, c.Database, logger(con.err, c.Log))
	if err != nil {
		return err
	}
	defer closing(s)
	if o.Workspace, err = workspaceFor(ctx, s, c.Workspace); err != nil {
		return err
	}
	return importer.Main(ctx, s, o, con.out)
}

func workspaceFor(ctx context.Context, s *sqlstore.Store, key string) (int64, error) {
	if key != "" {
		w, err := s.WorkspaceByKey(ctx, key)
		if fault.Is(err, fault.NotFound) {
			return 0, fault.New(fault.Invalid, "there is no workspace %q", key)
		}
		return w.ID, err
	}
	all, err := s.AllWorkspaces(ctx)
	switch {
	case err != nil:
		return 0, err
	case len(all) == 0:
		return 0, fault.New(fault.Invalid, "there is no workspace yet: start the server and make the first owner")
	case len(all) > 1:
		return 0, fault.New(fault.Invalid, "there are %d workspaces: say which with --workspace KEY", len(all))
	}
	return all[0].ID, nil
}

// healthCmd is `sojourn health`: the server's answer, or, where no server runs, the worker's.
type healthCmd struct {
	config.Config `embed:""`
}

func (c *healthCmd) run(ctx context.Context, con console) error {
	var last error
	for _, address := range []string{c.Listen, c.Worker.Listen} {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			continue
		}
		if last = ready(ctx, "http://"+net.JoinHostPort("127.0.0.1", port)+"/readyz"); last == nil {
			fmt.Fprintln(con.out, "ready")
			return nil
		}
	}
	return last
}

func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "nobody answers at %s", url)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "%s says %s", url, res.Status)
	}
	return nil
}
