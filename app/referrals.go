package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"sojourn/activities/referrals"
	"sojourn/config"
	"sojourn/contract"
	"sojourn/kit"
	"sojourn/referral/journeys"
	"sojourn/storage/sqlstore"
	"sojourn/workflows/blueprints"
)

// shipped are the journeys and steps in Go that every program has: refer-a-friend. As types only; parts binds the steps.
func shipped() kit.Registry {
	var r kit.Registry
	journeys.Register(&r, nil)
	return r
}

// blueprintOf loads one of the files, or makes it of a journey in Go that ships.
func blueprintOf(name string) (blueprints.Blueprint, error) {
	if !slices.Contains(journeys.Types(), name) {
		return blueprints.Load(name)
	}
	own := shipped()
	d, err := own.Document(name, nil)
	if err != nil {
		return blueprints.Blueprint{}, err
	}
	return blueprints.Complete(d)
}

// codeSteps are the steps of a program, with the desk that those that ship need.
func codeSteps(known *kit.Registry, desk journeys.Desk) map[string]contract.CodeStep {
	var bound kit.Registry
	journeys.Register(&bound, desk)
	steps := known.Steps()
	maps.Copy(steps, bound.Steps())
	return steps
}

// referralDesk does what refer-a-friend does to the world.
func referralDesk(c *config.Config, s *sqlstore.Store) (*referrals.Desk, error) {
	l, err := links(c)
	if err != nil {
		return nil, err
	}
	d := &referrals.Desk{Store: s, Loyalty: s, Links: l, MarkKey: c.Key("referral marks"), PublicURL: strings.TrimSuffix(c.PublicURL, "/"), Random: randomBytes}
	return d, d.Validate()
}

func randomBytes() []byte {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return b
}

// How often claims are looked for that no run brings on, and what was left of erased customers is removed.
const (
	referralsEvery = 5 * time.Second
	scrubEvery     = time.Hour
)

// sweepReferrals brings on claims whose run has ended, claws back after refunds, and forgets who was erased.
func sweepReferrals(ctx context.Context, c *config.Config, s *sqlstore.Store, log *slog.Logger) {
	desk, err := referralDesk(c, s)
	if err != nil {
		log.Error("referrals are not swept", "error", err)
		return
	}
	go every(ctx, scrubEvery, func() {
		if _, err := s.ScrubReferrals(ctx, time.Now()); err != nil && ctx.Err() == nil {
			log.Warn("forget erased customers in referrals", "error", err)
		}
	})
	every(ctx, referralsEvery, func() {
		if _, err := desk.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			log.Warn("sweep the referrals", "error", err)
		}
	})
}
