package activities_test

import (
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

// owe makes an open run of the journey that is owed something on partition 0.
func (h *house) owe(journeyID ids.ID, kind string) models.Run {
	h.Helper()
	run := storagetest.AddRun(h.T, h.s, h.ws.ID, journeyID, time.Now())
	_, err := h.s.SQL().Exec("INSERT INTO dispatches (workspace_id, partition_no, run_id, kind, created_at) VALUES (?, 0, ?, ?, ?)", h.ws.ID, run.ID[:], kind, time.Now().UnixMicro())
	h.must(err)
	return run
}

// Of the people that a journey lets in at once only some are on their way at a time: the next start when those have begun.
// Neither another journey's people nor what is told to a run wait behind them.
func TestStartsInBulkWaitForThoseBefore(t *testing.T) {
	t.Parallel()
	h := &house{T: t, s: dbtest.SQLite(t)}
	h.ws = storagetest.AddWorkspace(t, h.s, "house")
	publish := func(key string) models.Journey {
		doc, err := journey.Parse([]byte(stay))
		h.must(err)
		doc.Key, doc.Name = key, key
		j, err := h.s.CreateJourney(t.Context(), h.ws.ID, doc, time.Now())
		h.must(err)
		_, err = h.s.Publish(t.Context(), h.ws.ID, j.ID, 0, "test", time.Now())
		h.must(err)
		return j
	}
	crowd, other := publish("crowd"), publish("other")
	const people = 20
	mine := map[string]bool{}
	for i := range people {
		mine[h.owe(crowd.ID, storage.DispatchBulk).ID.String()] = true
		if i == people-1 {
			h.owe(crowd.ID, storage.DispatchResume)
		}
	}
	service := &scripted{answer: failing(0, nil)}
	begun := 0 // how many of the crowd were started
	started := func() (crowd, others int) {
		service.mu.Lock()
		defer service.mu.Unlock()
		for _, s := range service.starts {
			if mine[runOf(s)] {
				crowd++
			} else {
				others++
			}
		}
		return crowd, others
	}
	stop := h.routeInBackground(service)
	defer stop()
	h.eventually("the first have started and the one is told", func() bool {
		service.mu.Lock()
		defer service.mu.Unlock()
		return len(service.starts) >= 6 && len(service.signals) == 1
	})
	h.owe(other.ID, storage.DispatchStart)
	h.eventually("the other journey's has started", func() bool { _, others := started(); return others == 1 })
	if begun, _ = started(); begun != 6 {
		t.Fatalf("%d of the crowd are on their way, none of them has begun", begun)
	}
	h.eventually("everybody has started", func() bool {
		_, err := h.s.SQL().Exec("UPDATE runs SET machine_seq = 1 WHERE id NOT IN (SELECT run_id FROM dispatches)") // they begin
		h.must(err)
		begun, _ = started()
		return begun == people
	})
}

// runOf is the run that a start is for: the last part of the workflow's id.
func runOf(s *workflowservice.StartWorkflowExecutionRequest) string {
	id := s.GetWorkflowId()
	return id[len(id)-36:]
}
