package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"sojourn/server/adminapi"
	"sojourn/server/ingestion"
)

// Deps is what a server is built from.
type Deps struct {
	API       adminapi.Deps
	Ingestion ingestion.Deps
	Public    http.Handler // everything under /p/
	UI        http.Handler // everything else that is asked for by GET
	Checks    []Check      // what /readyz asks
	Registry  *prometheus.Registry
	Secure    bool // reached over https
	Logger    *slog.Logger
}

// Server is the HTTP side of a process.
type Server struct {
	handler  http.Handler
	logger   *slog.Logger
	stopping atomic.Bool
}

// New builds the routes.
func New(d Deps) *Server {
	if d.Logger == nil {
		d.Logger = slog.Default()
	}
	if d.Registry == nil {
		d.Registry = prometheus.NewRegistry()
	}
	s := &Server{logger: d.Logger}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)                    // cannot fail without proxies
	r.UseRawPath, r.UnescapePathValues = true, true // clients send ids with encoded slashes
	r.HandleMethodNotAllowed, r.RedirectTrailingSlash = true, false
	r.Use(s.recover, newHTTPMetrics(d.Registry).observe, headers(d.Secure))
	adminapi.New(r, d.API)
	ingestion.Mount(r, d.Ingestion)
	h := &Health{Checks: d.Checks, Stopping: s.stopping.Load}
	r.GET("/healthz", gin.WrapF(h.Live))
	r.GET("/readyz", gin.WrapF(h.Ready))
	r.GET("/metrics", gin.WrapH(MetricsHandler(d.Registry)))
	public := gin.WrapH(d.Public)
	r.GET("/p/*path", public)
	r.POST("/p/*path", public)
	r.HEAD("/p/*path", public)
	r.NoRoute(func(c *gin.Context) {
		path := c.Request.URL.Path
		if reading := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead; !reading || isAPI(path) {
			problem(c.Writer, http.StatusNotFound, "there is nothing at this address")
			return
		}
		c.Status(http.StatusOK) // gin presets 404 here
		d.UI.ServeHTTP(c.Writer, c.Request)
	})
	r.NoMethod(func(c *gin.Context) {
		problem(c.Writer, http.StatusMethodNotAllowed, "this address does not take "+c.Request.Method)
	})
	s.handler = r
	return s
}

// isAPI keeps programs from getting the page of the UI with status 200 where an address is spelled wrongly.
func isAPI(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/openapi") || path == "/api"
}

// Handler is the whole server.
func (s *Server) Handler() http.Handler { return s.handler }

// recover turns a panic into a 500 and a log line without the request's contents.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(v) // net/http's own way to give a connection up
		}
		s.logger.ErrorContext(c.Request.Context(), "panic", "route", c.FullPath(), "panic", v, "stack", stack())
		if !c.Writer.Written() {
			problem(c.Writer, http.StatusInternalServerError, "something went wrong here; it has been logged")
		}
		c.Abort()
	}()
	c.Next()
}

// How long Serve keeps answering after it began to say no at /readyz, so that a load balancer has noticed.
const drain = 500 * time.Millisecond

// Serve answers on the listener until the context ends, then stops within the time given.
func (s *Server) Serve(ctx context.Context, l net.Listener, stopWithin time.Duration) error {
	srv := HTTPServer(s.handler, s.logger)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	pause := time.NewTimer(min(drain, stopWithin/4))
	defer pause.Stop()
	<-pause.C
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := srv.Shutdown(bounded); err != nil {
		_ = srv.Close()
		return err
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// HTTPServer has the limits that every listener of ours has: a slow or huge request costs one connection, not the server.
func HTTPServer(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 90 * time.Second, IdleTimeout: 90 * time.Second,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}
