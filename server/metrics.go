package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// NewRegistry is a registry with what every process of ours shows of itself.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// MetricsHandler serves a registry. No label carries anything about a person.
func MetricsHandler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{Registry: r})
}

// httpMetrics measure requests by the route's template, never by its address: that may hold ids, and is endless.
type httpMetrics struct{ seconds *prometheus.HistogramVec }

func newHTTPMetrics(r prometheus.Registerer) *httpMetrics {
	m := &httpMetrics{prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sojourn_http_request_seconds", Help: "Time to answer requests.",
		Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"method", "route", "status"})}
	r.MustRegister(m.seconds)
	return m
}

func (m *httpMetrics) observe(c *gin.Context) {
	start := time.Now() //nolint:forbidigo // measures the process, decides nothing
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "other"
	}
	m.seconds.WithLabelValues(known(c.Request.Method), route, strconv.Itoa(c.Writer.Status()/100)+"xx").Observe(time.Since(start).Seconds())
}

// known keeps a stranger from making a new series with each made-up method.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions:
		return method
	}
	return "other"
}

// OpsHandler is the small server of a worker: health and metrics only.
func OpsHandler(checks []Check, stopping func() bool, r *prometheus.Registry) http.Handler {
	h := &Health{Checks: checks, Stopping: stopping}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", h.Live)
	mux.HandleFunc("GET /readyz", h.Ready)
	mux.Handle("GET /metrics", MetricsHandler(r))
	return mux
}
