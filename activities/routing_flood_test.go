package activities_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

// turns notes the events that a router applies, in their order.
type turns struct {
	storage.Routing
	mu      sync.Mutex
	applied []ids.ID
}

func (t *turns) RouteEvents(ctx context.Context, partition int, epoch int64, rows []models.OutboxEntry, now time.Time) (storage.Routed, error) {
	done, err := t.Routing.RouteEvents(ctx, partition, epoch, rows, now)
	if err == nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, row := range rows {
			t.applied = append(t.applied, row.EventID)
		}
	}
	return done, err
}

// Who says something behind a flood of other people's events is heard soon, though hundreds are older; one of the flood's
// own people is not heard before his share of it.
func TestAFloodTakesTurnsWithOthers(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	h := &house{T: t, s: s, ws: storagetest.AddWorkspace(t, s, "flood")}
	pour := func(from, to int) {
		var poured []ingest.Event
		for i := range to - from {
			user := fmt.Sprint("poured-", from+i)
			poured = append(poured, ingest.Event{MessageID: user, Type: ingest.Track, Name: "Poured", UserID: user, Data: []byte("{}"), Context: []byte("{}"), OccurredAt: time.Now(), Hash: sha256.Sum256([]byte(user))})
		}
		_, err := s.AcceptEvents(t.Context(), []storage.Intake{{Workspace: h.ws.ID, Source: "test", Events: poured, ReceivedAt: time.Now()}})
		h.must(err)
	}
	pour(0, 500)
	amid := h.track("calm", "Asked")
	pour(500, 1600)
	calm := h.track("calm", "Said") // behind what the same person has asked amid the flood
	var (
		partition, flood int
		wet              string
		first            models.Event
	)
	h.must(s.SQL().QueryRow("SELECT partition_no FROM outbox WHERE event_id = ?", calm[:]).Scan(&partition))
	h.must(s.SQL().QueryRow("SELECT COUNT(*) - 2 FROM outbox WHERE partition_no = ?", partition).Scan(&flood))
	h.must(s.SQL().QueryRow("SELECT e.user_id, e.id FROM outbox o JOIN events e ON e.id = o.event_id WHERE o.partition_no = ? AND e.name = 'Poured' ORDER BY o.id DESC LIMIT 1", partition).Scan(&wet, &first.ID))
	second := h.track(wet, "Said")

	seen := &turns{Routing: s}
	ended := make(chan error, 1)
	go func() {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
		env := suite.NewTestActivityEnvironment()
		env.SetTestTimeout(time.Minute)
		r := h.offlineRouter()
		r.Store = seen
		env.RegisterActivityWithOptions(r.RoutePartition, activity.RegisterOptions{Name: contract.ActivityRoutePartition})
		_, err := env.ExecuteActivity(contract.ActivityRoutePartition, contract.RouteInput{Partition: partition})
		ended <- err
	}()
	h.eventually("everything is applied", func() bool {
		var left int
		h.must(s.SQL().QueryRow("SELECT COUNT(*) FROM outbox WHERE partition_no = ?", partition).Scan(&left))
		return left == 0
	})
	_, err := s.TakePartition(t.Context(), partition, "younger", time.Now())
	h.must(err)
	h.track("calm", "Said") // the router notices that it is over
	if err := <-ended; err == nil {
		t.Error("the router went on after its partition was taken over")
	}

	if n := len(slices.Compact(slices.SortedFunc(slices.Values(seen.applied), func(a, b ids.ID) int { return slices.Compare(a[:], b[:]) }))); n != flood+3 || len(seen.applied) != n {
		t.Errorf("%d events were applied %d times, want %d once", n, len(seen.applied), flood+3)
	}
	at := func(id ids.ID) int { return slices.Index(seen.applied, id) }
	if flood < 300 || at(amid) > 16 || at(calm) < at(amid) || at(calm) > 64 {
		t.Errorf("in and behind a flood of %d the other's events were number %d and %d", flood, at(amid), at(calm))
	}
	if at(first.ID) > at(second) {
		t.Errorf("%s was heard out of order: %d, then %d", wet, at(second), at(first.ID))
	}
}
