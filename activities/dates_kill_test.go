package activities_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
	"sojourn/workflows"
)

const datesEnv = "SOJOURN_TEST_DATES_WORKER"

// stalling lets a look at dates stand still behind a page, as a process does that is about to be killed.
type stalling struct {
	storage.DateEntries
	after int
}

func (s *stalling) EnterDates(ctx context.Context, j storage.DateJourney, now time.Time, step func()) (storage.DatesDone, error) {
	pages := 0
	return s.DateEntries.EnterDates(ctx, j, now, func() {
		step()
		if pages++; pages == s.after {
			select {} // until the kill
		}
	})
}

// TestDatesWorkerProcess is not a test of its own: it is the worker that TestDatesThroughKills kills.
func TestDatesWorkerProcess(t *testing.T) {
	given := strings.Split(os.Getenv(datesEnv), " ")
	if len(given) != 4 {
		return // nobody asked for a worker
	}
	s, err := sqlstore.Open(t.Context(), given[0], sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.Dial(client.Options{HostPort: given[1], Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	after, _ := strconv.Atoi(given[2])
	ahead, _ := time.ParseDuration(given[3])
	w := worker.New(c, contract.QueueBulk, worker.Options{})
	workflows.RegisterBulk(w)
	w.RegisterActivityWithOptions((&activities.Audiences{Dates: &stalling{s, after}, Now: func() time.Time { return time.Now().Add(ahead) }}).EnterDates, activity.RegisterOptions{Name: contract.ActivityDates})
	if err := w.Run(nil); err != nil {
		t.Fatal(err)
	}
}

// The schedule's workflow on a real Temporal server: 900 bookings become due, 300 do not, and the worker is killed in the
// middle of its look, twice. The same look goes on with the next worker; everybody who is due enters once, a later look
// lets nobody in again, and a booking that is moved to a moment ago is found by the one after.
func TestDatesThroughKills(t *testing.T) {
	t.Parallel()
	h := &house{T: t, dir: t.TempDir()}
	h.s, h.url = dbtest.SQLiteURL(t)
	h.startTemporal()
	h.ws = storagetest.AddWorkspace(t, h.s, "dated")
	j := publish(t, h.s, h.ws.ID, "arrivals", journey.Entry{Kind: journey.EntryDate, Date: &journey.DateRule{DateRef: journey.DateRef{Object: "booking", Field: "start"}, Late: journey.LateNow}})
	const due, later = 900, 300
	h.bookings("due", due, time.Now().Add(12*time.Hour))
	h.bookings("later", later, time.Now().Add(20*24*time.Hour))

	workerProcess := func(stallsAfter int, ahead time.Duration) *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^TestDatesWorkerProcess$")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %d %s", datesEnv, h.url, h.child.Address(), stallsAfter, ahead))
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		h.must(cmd.Start())
		return cmd
	}
	runs := func() (n int) {
		h.must(h.s.SQL().QueryRow("SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID).Scan(&n))
		return n
	}
	look := func(id string) client.WorkflowRun {
		r, err := h.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: contract.QueueBulk}, contract.WorkflowDates)
		h.must(err)
		return r
	}
	result := func(r client.WorkflowRun) (out contract.DatesResult) {
		h.must(r.Get(t.Context(), &out))
		return out
	}

	kill := func(w *exec.Cmd) {
		_ = w.Process.Kill()
		_ = w.Wait()
	}

	early := workerProcess(-1, 0)
	if found := result(look("dates-0")); found.Runs != 0 || found.Looked != due+later {
		t.Errorf("half a day before: %+v", found)
	}
	kill(early)
	first := look("dates-1")
	for n, stallsAfter := range []int{2, 1} {
		w, before := workerProcess(stallsAfter, 13*time.Hour), runs()
		h.eventually("the worker is in the middle", func() bool { return runs() >= before+200*stallsAfter })
		if in := runs(); in >= due {
			t.Fatalf("kill %d: nothing is left to do after %d", n, in)
		}
		kill(w)
	}
	w := workerProcess(-1, 13*time.Hour)
	defer kill(w)
	done := result(first)
	if n := runs(); n != due || done.Runs >= due || done.Runs == 0 {
		t.Errorf("%d runs, the last worker began %d of them; want %d, the last ones of them by it", n, done.Runs, due)
	}
	if again := result(look("dates-2")); again.Runs != 0 || runs() != due {
		t.Errorf("a second look began %d runs", again.Runs)
	}
	_, err := h.s.SQL().Exec("UPDATE objects SET data = ?, updated_at = ? WHERE object_key = 'later-7'", bookingData(time.Now().Add(13*time.Hour-time.Second)), time.Now().Add(13*time.Hour).UnixMicro())
	h.must(err)
	if moved := result(look("dates-3")); moved.Runs != 1 {
		t.Errorf("a booking that was moved to a minute ago began %d runs, want 1", moved.Runs)
	}
	count(t, h.s, due+1, "SELECT COUNT(DISTINCT entry_key) FROM runs WHERE journey_id = ?", j.ID)
	count(t, h.s, due+1, "SELECT COUNT(*) FROM dispatches WHERE run_id IN (SELECT id FROM runs WHERE journey_id = ?)", j.ID)
	count(t, h.s, due+1, "SELECT COUNT(*) FROM decisions WHERE journey_id = ? AND kind = 'entry'", j.ID)
	count(t, h.s, later-1, "SELECT COUNT(*) FROM date_checks WHERE journey_id = ? AND due_at IS NOT NULL", j.ID)
}

func bookingData(start time.Time) string {
	return fmt.Sprintf(`{"dates":{"start":%q}}`, start.UTC().Format(time.RFC3339))
}

// bookings adds that many customers with a booking each.
func (h *house) bookings(name string, n int, start time.Time) {
	h.Helper()
	now := models.At(time.Now())
	tx, err := h.s.SQL().Begin()
	h.must(err)
	for i := range n {
		who, o := h.s.NewID(), h.s.NewID()
		for query, args := range map[string][]any{
			"INSERT INTO customers (id, workspace_id, attributes, grp, created_at, updated_at) VALUES (?, ?, '{}', ?, ?, ?)": {who, h.ws.ID, who, now, now},
			"INSERT INTO objects (id, workspace_id, customer_id, object_type, object_key, status, data, stamps, revision, occurred_at, created_at, updated_at) VALUES (?, ?, ?, 'booking', ?, 'booked', ?, '{}', 1, ?, ?, ?)": {
				o, h.ws.ID, who, fmt.Sprintf("%s-%d", name, i), bookingData(start), now, now, now},
		} {
			_, err := tx.Exec(query, args...)
			h.must(err)
		}
	}
	h.must(tx.Commit())
}
