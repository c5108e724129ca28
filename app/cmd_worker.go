package app

import (
	"context"
	"errors"
	"sync/atomic"

	"go.temporal.io/sdk/client"

	"sojourn/config"
	"sojourn/server"
	"sojourn/worker"
)

// workerCmd is `sojourn worker`.
type workerCmd struct {
	config.Config `embed:""`
}

func (c *workerCmd) run(ctx context.Context, con console) error {
	if err := c.Validate(config.WorkerPart); err != nil {
		return err
	}
	log := logger(con.err, c.Log)
	for _, w := range con.source.Warnings {
		log.Warn(w)
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
	reg := server.NewRegistry()
	workers, closeSenders, err := buildWorkers(&c.Config, store, temporal, reg, worker.Options{}, log)
	if err != nil {
		return err
	}
	defer closeSenders()
	var polling, stopping atomic.Bool
	checks := []server.Check{{Name: "database", Ask: store.Ping}, {Name: "temporal", Ask: temporalCheck(temporal)}, {Name: "polling", Ask: func(context.Context) error {
		if !polling.Load() {
			return errors.New("not yet")
		}
		return nil
	}}}
	stopOps, err := opsServer(ctx, &c.Config, con.source.Origin("worker.listen") != "", server.OpsHandler(checks, stopping.Load, reg), log)
	if err != nil {
		return err
	}
	defer stopOps()
	if err := workers.Start(ctx); err != nil {
		return err
	}
	go spaceForGarbage(ctx)
	polling.Store(true)
	log.Info("the worker is at work", "version", version)
	go sweepReferrals(ctx, &c.Config, store, log)
	sweep(ctx, store, log)
	stopping.Store(true)
	workers.Stop()
	return nil
}

func temporalCheck(t client.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := t.CheckHealth(ctx, &client.CheckHealthRequest{})
		return err
	}
}
