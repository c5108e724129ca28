package app

import (
	"context"
	"fmt"
	"net"

	"sojourn/config"
	"sojourn/fault"
	"sojourn/server"
)

// serverCmd is `sojourn server`.
type serverCmd struct {
	config.Config `embed:""`
}

func (c *serverCmd) run(ctx context.Context, con console) error {
	if err := c.Validate(config.ServerPart); err != nil {
		return err
	}
	log := logger(con.err, c.Log)
	for _, w := range con.source.Warnings {
		log.Warn(w)
	}
	for _, e := range c.Exposures() {
		log.Warn("exposed: " + e)
	}
	store, err := openStore(ctx, c.Database, log)
	if err != nil {
		return err
	}
	defer closing(store)
	temporal, err := dialTemporal(&c.Config, log)
	if err != nil {
		return err
	}
	defer temporal.Close()
	site, err := buildSite(&c.Config, store, temporal, server.NewRegistry(), false, log)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fault.Wrap(fault.Conflict, err, "listen on %s (listen)", c.Listen)
	}
	if any, err := store.AnyUser(ctx); err != nil {
		return err
	} else if !any {
		fmt.Fprintf(con.out, "Nobody can sign in yet. Open %s and make the first owner with this setup token: %s\n", c.PublicURL, setupToken(&c.Config))
	}
	log.Info("the server answers", "address", l.Addr().String(), "version", version)
	go housekeeping(ctx, store, log)
	go spaceForGarbage(ctx)
	return site.serve(ctx, l, c.StopWithin)
}
