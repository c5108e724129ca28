package activities

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// RouterMetrics count what routers and the reconciler do. A nil *RouterMetrics counts nothing.
type RouterMetrics struct {
	events     prometheus.Counter
	parked     prometheus.Counter
	dispatches *prometheus.CounterVec
	delays     prometheus.Histogram
	repairs    *prometheus.CounterVec
	blocked    prometheus.Gauge
	overdue    prometheus.Gauge
}

// NewRouterMetrics registers the metrics; registering them twice in one registry is an error of the program and panics.
func NewRouterMetrics(r prometheus.Registerer) *RouterMetrics {
	m := &RouterMetrics{
		events: prometheus.NewCounter(prometheus.CounterOpts{Name: "sojourn_router_events_total", Help: "Events applied."}),
		parked: prometheus.NewCounter(prometheus.CounterOpts{Name: "sojourn_router_parked_total", Help: "Events parked after repeated failure. Should be 0."}),
		dispatches: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sojourn_dispatches_total", Help: "Calls to Temporal for committed transactions, by kind and result."},
			[]string{"kind", "result"}),
		delays: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sojourn_dispatch_delay_seconds", Help: "From the routing of an event to Temporal's acknowledgement.",
			Buckets: []float64{.005, .01, .02, .04, .065, .1, .25, .5, 1, 2.5, 5, 15, 60, 300}}),
		repairs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sojourn_reconcile_repairs_total", Help: "Things the reconciler had to mend, by kind. Should be 0."},
			[]string{"kind"}),
		blocked: prometheus.NewGauge(prometheus.GaugeOpts{Name: "sojourn_runs_blocked", Help: "Open runs whose workflow task keeps failing: this build can't walk them. Should be 0; counted by whoever reconciles."}),
		overdue: prometheus.NewGauge(prometheus.GaugeOpts{Name: "sojourn_runs_overdue", Help: "Open runs of live journeys that should have woken five minutes ago. Should be 0; counted by whoever reconciles."}),
	}
	r.MustRegister(m.events, m.parked, m.dispatches, m.delays, m.repairs, m.blocked, m.overdue)
	return m
}

func (m *RouterMetrics) routed(n int) {
	if m != nil {
		m.events.Add(float64(n))
	}
}

func (m *RouterMetrics) parkedOne() {
	if m != nil {
		m.parked.Inc()
	}
}

func (m *RouterMetrics) dispatched(kind, result string) {
	if m != nil {
		m.dispatches.WithLabelValues(kind, result).Inc()
	}
}

func (m *RouterMetrics) delay(d time.Duration) {
	if m != nil {
		m.delays.Observe(d.Seconds())
	}
}

func (m *RouterMetrics) standing(blocked, overdue int64) {
	if m != nil {
		m.blocked.Set(float64(blocked))
		m.overdue.Set(float64(overdue))
	}
}

func (m *RouterMetrics) repaired(kind string) {
	if m != nil {
		m.repairs.WithLabelValues(kind).Inc()
	}
}
