package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sojourn/server/ingestion"
	"sojourn/storage/sqlstore"
)

// stateOfAffairs shows what lies in the database and in the committer at the moment somebody asks.
type stateOfAffairs struct {
	store     *sqlstore.Store
	committer *ingestion.Committer
	lag       map[string]*prometheus.Desc
	ingest    *prometheus.Desc
}

func registerServerMetrics(r prometheus.Registerer, s *sqlstore.Store, c *ingestion.Committer) {
	d := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	r.MustRegister(&stateOfAffairs{store: s, committer: c, lag: map[string]*prometheus.Desc{
		"pending": d("sojourn_outbox_pending", "Events accepted and not yet routed."),
		"parked":  d("sojourn_outbox_parked", "Events that could not be routed. Should be 0."),
		"oldest":  d("sojourn_outbox_oldest_seconds", "Age of the oldest event that is not routed."),
	}, ingest: prometheus.NewDesc("sojourn_ingest_events_total", "Events handed in, by what became of them.", []string{"result"}, nil)})
}

// Describe implements prometheus.Collector.
func (a *stateOfAffairs) Describe(out chan<- *prometheus.Desc) {
	for _, d := range a.lag {
		out <- d
	}
	out <- a.ingest
}

// Collect implements prometheus.Collector. A database that does not answer leaves its numbers out.
func (a *stateOfAffairs) Collect(out chan<- prometheus.Metric) {
	st := a.committer.Stats()
	for result, n := range map[string]int64{"accepted": st.Accepted, "duplicate": st.Duplicates, "conflict": st.Conflicts} {
		out <- prometheus.MustNewConstMetric(a.ingest, prometheus.CounterValue, float64(n), result)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	lag, err := a.store.RoutingLag(ctx, time.Now())
	if err != nil {
		return
	}
	for name, v := range map[string]float64{"pending": float64(lag.Pending), "parked": float64(lag.Parked), "oldest": lag.Oldest.Seconds()} {
		out <- prometheus.MustNewConstMetric(a.lag[name], prometheus.GaugeValue, v)
	}
}
