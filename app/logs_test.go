package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"sojourn/config"
	"sojourn/storage/dbtest"
	"sojourn/worker"
)

// What activities log goes where the settings say. Not parallel: the default logger belongs to the process.
func TestActivitiesLogWhereTheSettingsSay(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	var out bytes.Buffer
	temporal, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer temporal.Close()
	var c config.Config
	c.Secret, c.PublicURL, c.Send.Lease = strings.Repeat("s", 32), "http://127.0.0.1:8080", 45*time.Second
	_, closeSenders, err := buildWorkers(&c, dbtest.SQLite(t), temporal, prometheus.NewRegistry(), worker.Options{}, logger(&out, config.Log{Level: "warn", Format: "json"}))
	if err != nil {
		t.Fatal(err)
	}
	defer closeSenders()
	slog.Info("not wanted")
	slog.Warn("reconciled", "run", 7)
	if got := out.String(); !strings.HasPrefix(got, "{") || !strings.Contains(got, `"msg":"reconciled"`) || strings.Contains(got, "not wanted") {
		t.Errorf("logged: %s", got)
	}
}
