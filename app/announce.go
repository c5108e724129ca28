package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sojourn/kit"
	"sojourn/models"
	"sojourn/storage"
)

// announcer tells the installation which journeys and steps in Go this worker knows, again and again while it lives, and
// looks for runs that wait for code that no worker knows.
type announcer struct {
	store storage.CodeTypes
	types []models.CodeType
	lack  *prometheus.GaugeVec
	log   *slog.Logger
	said  []string // types that were missing at the last look
}

func newAnnouncer(store storage.CodeTypes, known *kit.Registry, reg prometheus.Registerer, log *slog.Logger) (*announcer, error) {
	a := &announcer{store: store, log: log, lack: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "sojourn_runs_without_code", Help: "Open runs that wait for a journey or step in Go that no worker knows, by type. Should be 0; every worker says the same.",
	}, []string{"kind", "type"})}
	if err := reg.Register(a.lack); err != nil {
		return nil, err
	}
	for _, k := range known.About() {
		exits, err := json.Marshal(append([]string{}, k.Exits...))
		if err != nil {
			return nil, err
		}
		schema, err := json.Marshal(k.Settings)
		if err != nil {
			return nil, err
		}
		a.types = append(a.types, models.CodeType{Kind: k.Kind, CodeType: k.Type, Name: k.Name, Description: k.Description, Exits: exits, SettingsSchema: schema, ReleaseName: version})
	}
	return a, nil
}

// Announce implements worker.Announcer.
func (a *announcer) Announce(ctx context.Context) error {
	now := time.Now()
	if err := a.store.AnnounceCode(ctx, a.types, now); err != nil {
		return err
	}
	missing, err := a.store.MissingCode(ctx, 0, now.Add(-storage.CodeAlive))
	if err != nil {
		return err
	}
	a.lack.Reset()
	var names []string
	for _, m := range missing {
		a.lack.WithLabelValues(m.Kind, m.Type).Set(float64(m.Runs))
		if names = append(names, m.Type); !slices.Contains(a.said, m.Type) {
			a.log.Warn("runs wait for code that no worker knows", "kind", m.Kind, "type", m.Type, "runs", m.Runs)
		}
	}
	a.said = names
	return nil
}
