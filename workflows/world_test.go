package workflows_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
	"sojourn/workflows"
)

// world is a workspace on a database of its own, with the real ingestion, router and activities of runs, and a clock
// that belongs to the story. Only the messages and the scores are stand-ins, which keep books.
type world struct {
	t     *testing.T
	s     *sqlstore.Store
	ws    models.Workspace
	j     models.Journey
	doc   journey.Document
	clock func() time.Time
	mail  *mailbox
	score *scorer
	model bool // scoring is real
	code  map[string]contract.CodePlay
	move  *mover                // answers where runs are moved; nil: none is
	real  *activities.Messaging // sending is real, into the inbox; nil: mail stands in

	signal  func(run, name string, payload any) // to the running workflow
	start   func(contract.JourneyInput)         // starts the workflow; nil: it is kept in starts
	starts  []contract.JourneyInput             // owed starts, in order
	epochs  map[int]int64
	planned []happening
	before  map[string]func()                        // what happens, once, when the action of a step begins
	watch   func(*testsuite.TestWorkflowEnvironment) // looks on at each execution
	runID   string
}

// happening is what a story lets happen at a moment.
type happening struct {
	at   time.Time
	what func()
	done bool
}

func newWorld(t *testing.T, start time.Time, document string) *world {
	t.Helper()
	s := dbtest.SQLite(t)
	w := &world{t: t, s: s, ws: storagetest.AddWorkspace(t, s, "story"), clock: func() time.Time { return start }, epochs: map[int]int64{}}
	w.mail, w.score = &mailbox{w: w, answers: map[string][]contract.SendResult{}}, &scorer{w: w}
	var err error
	if w.doc, err = journey.Parse([]byte(document)); err != nil {
		t.Fatalf("%v %+v", err, err)
	}
	for _, i := range journey.Validate(w.doc, nil) {
		t.Fatalf("the document has an issue: %+v", i)
	}
	w.j, err = s.CreateJourney(ctx(), w.ws.ID, w.doc, start)
	w.must(err)
	_, err = s.Publish(ctx(), w.ws.ID, w.j.ID, 0, "test", start)
	w.must(err)
	for p := range contract.Partitions {
		w.epochs[p], err = s.TakePartition(ctx(), p, "story", start)
		w.must(err)
	}
	return w
}

func ctx() context.Context { return context.Background() }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// now is the story's time. Rows hold microseconds.
func (w *world) now() time.Time { return w.clock().UTC().Truncate(time.Microsecond) }

// says lets a customer say something to the API now: an identify (name "identify") or a track.
func (w *world) says(user, name string, properties map[string]any) {
	w.t.Helper()
	w.said(user, name, properties, w.now())
}

// said is says for something that happened earlier and is told now.
func (w *world) said(user, name string, properties map[string]any, at time.Time) {
	w.t.Helper()
	msg := map[string]any{"userId": user, "messageId": w.s.NewID().String(), "timestamp": at.Format(time.RFC3339Nano)}
	kind := ingest.Track
	if name == "identify" {
		kind, msg["traits"] = ingest.Identify, properties
	} else {
		msg["event"], msg["properties"] = name, properties
	}
	body, err := json.Marshal(msg)
	w.must(err)
	decoded, err := ingest.Decode(kind, body, ingest.Options{ReceivedAt: w.now()})
	w.must(err)
	_, err = w.s.AcceptEvents(ctx(), []storage.Intake{{Workspace: w.ws.ID, Source: "story", Events: decoded.Events, ReceivedAt: w.now()}})
	w.must(err)
	w.route()
}

// route applies what is in the outbox and hands over what that owes to Temporal.
func (w *world) route() {
	w.t.Helper()
	for p := range contract.Partitions {
		rows, err := w.s.PendingEvents(ctx(), p, 0, 100)
		w.must(err)
		if len(rows) > 0 {
			_, err = w.s.RouteEvents(ctx(), p, w.epochs[p], rows, w.now())
			w.must(err)
		}
	}
	w.dispatch()
}

func (w *world) dispatch() {
	w.t.Helper()
	for p := range contract.Partitions {
		for _, bulk := range []bool{false, true} {
			for {
				due, err := w.s.DueDispatches(ctx(), p, bulk, 100, w.now())
				w.must(err)
				if len(due) == 0 {
					break
				}
				for _, d := range due {
					w.deliver(d)
					w.must(w.s.Dispatched(ctx(), []int64{d.ID}))
				}
			}
		}
	}
}

func (w *world) deliver(d storage.DueDispatch) {
	switch d.Kind {
	case storage.DispatchStart, storage.DispatchBulk:
		if w.start != nil {
			w.start(d.Launch.Input)
		} else {
			w.starts = append(w.starts, d.Launch.Input)
		}
	case storage.DispatchEvent:
		w.send(d, contract.SignalEvent, contract.EventSignal{EventID: d.EventID.String(), Name: d.EventName, OccurredAt: int64(d.OccurredAt), Revision: d.Revision, Exit: d.Exit, Goal: d.Goal})
	case storage.DispatchRetry:
		w.send(d, contract.SignalControl, contract.ControlSignal{Kind: d.Kind, ID: d.EventID.String(), Step: d.EventName})
	case storage.DispatchStop, storage.DispatchResume:
		w.send(d, contract.SignalControl, contract.ControlSignal{Kind: d.Kind, ID: fmt.Sprint(d.ID)})
	case storage.DispatchMove:
		w.send(d, contract.SignalControl, contract.ControlSignal{Kind: d.Kind, ID: d.EventID.String(), Step: d.EventName})
	}
}

func (w *world) send(d storage.DueDispatch, name string, payload any) {
	if d.Launch.Open && w.signal != nil {
		w.signal(d.RunID.String(), name, payload)
	}
}

// plan lets something happen at a moment of the story.
func (w *world) plan(at time.Time, what func()) {
	w.planned = append(w.planned, happening{at: at, what: what})
}

func (w *world) customer(user string) models.Customer {
	w.t.Helper()
	var c models.Customer
	w.must(w.s.SQL().QueryRow("SELECT id, attributes FROM customers WHERE external_id = ?", user).Scan(&c.ID, &c.Attributes))
	return c
}

// walk runs the first owed start to its end, continuing as new whenever the workflow does, with time skipped.
func (w *world) walk(continueEvery int) error {
	w.t.Helper()
	if len(w.starts) != 1 {
		w.t.Fatalf("%d runs are to be started, want 1", len(w.starts))
	}
	in := w.starts[0]
	w.starts, w.runID = nil, in.RunID
	start := w.now()
	for {
		env := w.environment(start, continueEvery)
		workflowType, _ := contract.RunWorkflow(in.Code)
		env.ExecuteWorkflow(workflowType, in)
		if !env.IsWorkflowCompleted() {
			w.t.Fatal("the workflow came to no end")
		}
		start = env.Now()
		w.clock, w.signal = func() time.Time { return start }, nil
		err := env.GetWorkflowError()
		var next *workflow.ContinueAsNewError
		if !errors.As(err, &next) {
			return err
		}
		in = contract.JourneyInput{}
		w.must(converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	}
}

func (w *world) environment(start time.Time, continueEvery int) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetDisableRegistrationAliasing(true)
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetStartTime(start)
	w.clock = env.Now
	w.signal = func(run, name string, payload any) {
		if run == w.runID {
			env.SignalWorkflow(name, payload)
		}
	}
	j := &workflows.Journeys{Documents: workflows.NewDocuments(w.fetch), Code: w.code, ContinueEvery: continueEvery}
	j.Register(env)
	for codeType := range w.code {
		j.RegisterCode(env, codeType)
	}
	registerRuns(env, &activities.Runs{Store: w.s, Documents: w.s, Subjects: w.s, Now: w.now})
	w.registerSteps(env)
	if w.move != nil {
		env.RegisterActivityWithOptions(w.move.where, activity.RegisterOptions{Name: contract.ActivityMoveRun})
	}
	env.RegisterActivity(w.sending())
	env.RegisterActivity(w.scoring())
	if w.watch != nil {
		w.watch(env)
	}
	for i := range w.planned {
		h := &w.planned[i]
		if h.done {
			continue
		}
		env.RegisterDelayedCallback(func() { h.done = true; h.what() }, h.at.Sub(start))
	}
	return env
}

// fetch is how a worker reads documents.
func (w *world) fetch(ctx context.Context, workspace int64, hash string) (journey.Document, error) {
	return fetchFrom(w.s)(ctx, workspace, hash)
}

func fetchFrom(s storage.Documents) workflows.Fetch {
	return func(ctx context.Context, workspace int64, hash string) (journey.Document, error) {
		var h models.Hash
		if _, err := hex.Decode(h[:], []byte(hash)); err != nil {
			return journey.Document{}, err
		}
		p, err := s.DocumentByHash(ctx, workspace, h)
		if err != nil {
			return journey.Document{}, err
		}
		return *p.Document, nil
	}
}

// mailbox stands in for sending: it keeps the promise of the ledger (one row per key) and a book of what went out.
type mailbox struct {
	w       *world
	mu      sync.Mutex
	sent    []string                         // "step#visit@time" in the order of acceptance
	rows    map[string]contract.SendResult   // by send key
	answers map[string][]contract.SendResult // scripted answers per step, taken in order before acceptance
	after   map[string]func()                // what happens right after a message was accepted
	asked   int
	queued  int // of them by the channel's queue
}

// TrySendMessage stands in for the activity of that name.
func (m *mailbox) TrySendMessage(_ context.Context, in contract.SendInput) (contract.SendResult, error) {
	return m.attempt(in, true)
}

// SendMessage stands in for the activity of that name.
func (m *mailbox) SendMessage(_ context.Context, in contract.SendInput) (contract.SendResult, error) {
	return m.attempt(in, false)
}

func (m *mailbox) attempt(in contract.SendInput, first bool) (contract.SendResult, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if !first {
		m.queued++
	}
	key := fmt.Sprintf("%s|%s|%d", in.RunID, in.StepID, in.Visit)
	if res, ok := m.rows[key]; ok {
		res.Repeat = true
		return res, nil
	}
	res := contract.SendResult{State: contract.SendAccepted}
	switch script := m.answers[in.StepID]; {
	case in.Control:
		res = contract.SendResult{State: contract.SendSkipped, Reason: "control"}
	case len(script) > 0:
		res, m.answers[in.StepID] = script[0], script[1:]
	}
	switch res.State {
	case contract.SendDeferred, contract.SendRetry, contract.SendNotNow:
		return res, nil
	case contract.SendAccepted:
		sent := fmt.Sprintf("%s#%d", in.StepID, in.Visit)
		m.sent = append(m.sent, sent)
		if then := m.after[sent]; then != nil {
			then()
		}
	}
	if m.rows == nil {
		m.rows = map[string]contract.SendResult{}
	}
	m.rows[key] = res
	return res, nil
}

// sending is the stand-in, or the real one when the story has an inbox.
func (w *world) sending() any {
	if w.real != nil {
		return w.real
	}
	return w.mail
}

// sent lists what went out, in order, as "step#visit".
func (w *world) sent() []string {
	w.t.Helper()
	if w.real == nil {
		return w.mail.sent
	}
	rows, err := w.s.SQL().Query("SELECT step_id, visit FROM sends WHERE run_id = ? AND state = 'accepted' ORDER BY closed_at", ids.MustParse(w.runID))
	w.must(err)
	defer rows.Close()
	var got []string
	for rows.Next() {
		var step string
		var visit int
		w.must(rows.Scan(&step, &visit))
		got = append(got, fmt.Sprintf("%s#%d", step, visit))
	}
	w.must(rows.Err())
	var delivered int
	w.must(w.s.SQL().QueryRow("SELECT COUNT(*) FROM inbox_messages WHERE workspace_id = ?", w.ws.ID).Scan(&delivered))
	if delivered != len(got) {
		w.t.Errorf("the inbox holds %d messages, the ledger %d accepted sends", delivered, len(got))
	}
	return got
}

// scoring is the stand-in, or the real one when the story has a model.
func (w *world) scoring() any {
	if w.model {
		return &activities.Scoring{Store: w.s, Now: w.now}
	}
	return w.score
}

// scorer stands in for scoring: it does what a story says scoring would find.
type scorer struct {
	w    *world
	mu   sync.Mutex
	find func(customer ids.ID)
	done int
}

// ScoreCustomer stands in for the activity of that name.
func (s *scorer) ScoreCustomer(_ context.Context, in contract.ScoreInput) (contract.ScoreResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	if s.find != nil {
		s.find(ids.MustParse(in.CustomerID))
	}
	return contract.ScoreResult{Scored: true}, nil
}

// visits tells the way of a run: "step#visit:exit@day time".
func (w *world) visits(run string) []string {
	w.t.Helper()
	rows, err := w.s.SQL().Query("SELECT step_id, visit, exit_name, left_at FROM step_visits WHERE run_id = ? ORDER BY seq", ids.MustParse(run))
	w.must(err)
	defer rows.Close()
	var got []string
	for rows.Next() {
		var (
			step, exit string
			visit      int
			at         models.Instant
		)
		w.must(rows.Scan(&step, &visit, &exit, &at))
		got = append(got, fmt.Sprintf("%s#%d:%s@%s", step, visit, exit, at.Time().Format("Jan 2 15:04")))
	}
	w.must(rows.Err())
	return got
}

func (w *world) run(run string) (r models.Run) {
	w.t.Helper()
	w.must(w.s.SQL().QueryRow("SELECT state, outcome, step_id, wake_at, machine_seq FROM runs WHERE id = ?", ids.MustParse(run)).Scan(&r.State, &r.Outcome, &r.StepID, &r.WakeAt, &r.MachineSeq))
	return r
}

func idBytes(id string) ids.ID { return ids.MustParse(id) }

func decode(p *commonpb.Payloads, into any) error {
	return converter.GetDefaultDataConverter().FromPayloads(p, into)
}

// registerRuns registers what a worker registers of the activities of runs.
func registerRuns(r worker.ActivityRegistry, a *activities.Runs) {
	for name, method := range map[string]any{
		contract.ActivityWakeRun: a.WakeRun, contract.ActivityAdvanceRun: a.AdvanceRun, contract.ActivityResolveWait: a.ResolveWait,
		contract.ActivityDecide: a.Decide, contract.ActivityUpdateCustomer: a.UpdateCustomer,
	} {
		r.RegisterActivityWithOptions(method, activity.RegisterOptions{Name: name})
	}
}
