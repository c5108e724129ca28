package server

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Check is something a process needs to do its work.
type Check struct {
	Name string
	Ask  func(ctx context.Context) error
}

// checkTimeout bounds one look at one thing.
const checkTimeout = 2 * time.Second

// Health answers the two questions of an orchestrator.
type Health struct {
	Checks   []Check
	Stopping func() bool // nil = never
}

// Live says that the process answers at all; it looks at nothing else, so that an outage elsewhere restarts nobody.
func (h *Health) Live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n"))
}

// Ready says whether work may be sent here, and what is missing. Causes are not told: they may name hosts.
func (h *Health) Ready(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Ready  bool              `json:"ready"`
		Checks map[string]string `json:"checks"`
	}{true, map[string]string{}}
	if h.Stopping != nil && h.Stopping() {
		answer.Ready = false
		answer.Checks["process"] = "stopping"
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, c := range h.Checks {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
			defer cancel()
			state := "ok"
			if err := c.Ask(ctx); err != nil {
				state = "failing"
			}
			mu.Lock()
			defer mu.Unlock()
			answer.Checks[c.Name] = state
			answer.Ready = answer.Ready && state == "ok"
		})
	}
	wg.Wait()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !answer.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(answer)
}
