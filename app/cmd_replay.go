package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"sojourn/config"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/storage/sqlstore"
	"sojourn/workflows"
	"sojourn/workflows/replay"
)

// replayCmd is `sojourn replay RUN|FILE…`: does this program go the way that runs have gone? Asked before a deployment, it
// finds the runs that would stand still after it.
type replayCmd struct {
	config.Config `embed:""`

	What    []string `arg:"" optional:"" name:"run-or-file" help:"Ids of runs, whose histories are read from Temporal, or files with recordings or with histories exported by Temporal."`
	Open    int      `placeholder:"N" help:"In their place: the N open runs that began last, of each its newest execution."`
	Journey string   `placeholder:"KEY" help:"With --open: of this journey only."`
	Save    string   `placeholder:"FILE" type:"path" help:"Keep the recording of the one run in a file, for go test (kittest.Replay); of a run with several executions in several, FILE.1.json and on."`
}

// errOtherWay makes the command end with exit code 1.
var errOtherWay = fault.New(fault.Conflict, "not every run goes the same way with this code")

func (c *replayCmd) run(ctx context.Context, con console) error {
	if (len(c.What) == 0) == (c.Open == 0) {
		return fault.New(fault.Invalid, "name runs or files, or say --open N")
	}
	if c.Save != "" && len(c.What) != 1 {
		return fault.New(fault.Invalid, "--save needs exactly one run")
	}
	r := &replaying{cmd: c, con: con, log: logger(con.err, c.Log), plays: registered.Plays()}
	defer r.close()
	what := c.What
	if c.Open > 0 {
		if err := r.connect(ctx); err != nil {
			return err
		}
		var err error
		if what, err = r.store.LatestOpenRuns(ctx, c.Journey, c.Open); err != nil {
			return err
		}
	}
	bad := 0
	for _, w := range what {
		note, err := r.one(ctx, w)
		switch {
		case err == nil:
			fmt.Fprintf(con.out, "OK    %s%s\n", w, note)
		case replay.IsDifference(err):
			bad++
			fmt.Fprintf(con.out, "OTHER %s: %v\n", w, err)
		case c.Open > 0 && fault.Is(err, fault.NotFound): // not begun yet, or ended meanwhile: nothing that could stand still
			fmt.Fprintf(con.out, "NONE  %s: %v\n", w, err)
		default:
			return fmt.Errorf("%s: %w", w, err)
		}
	}
	if bad > 0 {
		fmt.Fprintln(con.out, replay.Advice(&replay.Difference{}))
		return errOtherWay
	}
	if len(what) == 0 {
		fmt.Fprintln(con.out, "there is no open run")
	}
	return nil
}

// replaying is the command at work. Database and Temporal are reached when they are needed: a recording needs neither.
type replaying struct {
	cmd      *replayCmd
	con      console
	log      *slog.Logger
	plays    map[string]contract.CodePlay // the journeys in Go that are asked
	store    *sqlstore.Store
	temporal client.Client
	dial     sync.Once
}

func (r *replaying) close() {
	if r.temporal != nil {
		r.temporal.Close()
	}
	if r.store != nil {
		closing(r.store)
	}
}

func (r *replaying) connect(ctx context.Context) (err error) {
	r.dial.Do(func() {
		if r.store, err = openStore(ctx, r.cmd.Database, r.log); err == nil {
			r.temporal, err = dialTemporal(&r.cmd.Config, slog.New(slog.DiscardHandler))
		}
	})
	if err == nil && (r.store == nil || r.temporal == nil) {
		err = fault.New(fault.Unavailable, "the database or Temporal can't be reached")
	}
	return err
}

// one checks a run or a file, and says how much of it there was.
func (r *replaying) one(ctx context.Context, what string) (note string, err error) {
	if _, err := os.Stat(what); err == nil {
		return "", r.file(ctx, what)
	}
	run, err := ids.Parse(what)
	if err != nil {
		return "", fault.New(fault.Invalid, "it is neither a file nor the id of a run")
	}
	if err := r.connect(ctx); err != nil {
		return "", err
	}
	workflowID, err := r.store.RunWorkflowID(ctx, run)
	if err != nil {
		return "", err
	}
	all, err := r.executions(ctx, workflowID)
	if err != nil {
		return "", err
	}
	var first error
	for i, e := range all {
		docs := &noted{from: workflows.NewDocuments(fetch(r.store))}
		rec, err := replay.New(e.history, e.id, nil)
		if err != nil {
			return "", err
		}
		found := replay.Check(rec, workflows.Journeys{Documents: docs, Code: r.plays})
		if found != nil && !replay.IsDifference(found) {
			return "", found
		}
		if found != nil && first == nil {
			if first = found; len(all) > 1 {
				first = fmt.Errorf("execution %d of %d (%s): %w", i+1, len(all), e.id, found)
			}
		}
		if r.cmd.Save != "" {
			rec.Documents = docs.seen
			if err := save(numbered(r.cmd.Save, i+1, len(all)), rec); err != nil {
				return "", err
			}
		}
	}
	if len(all) > 1 {
		note = fmt.Sprintf(" (%d executions)", len(all))
	}
	return note, first
}

// numbered is the name of the nth of several files: run.json becomes run.2.json.
func numbered(path string, n, of int) string {
	if of == 1 {
		return path
	}
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s.%d%s", strings.TrimSuffix(path, ext), n, ext)
}

func (r *replaying) file(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	j := workflows.Journeys{Code: r.plays}
	rec, err := replay.CheckFile(text, j)
	if len(rec.History) == 0 || len(rec.Documents) > 0 || err == nil || replay.IsDifference(err) {
		return err
	}
	// A bare history of Temporal: its documents are in the database.
	if err := r.connect(ctx); err != nil {
		return err
	}
	j.Documents = workflows.NewDocuments(fetch(r.store))
	return replay.Check(rec, j)
}

// execution is one piece of a run's way through Temporal.
type execution struct {
	id      string
	began   time.Time
	last    time.Time // a reset one repeats the beginning of another
	history *historypb.History
}

// executions reads all of a run that the server still has, oldest first: those that continued as new, were reset, and were
// begun again. Of open runs that nobody has named only the newest is read: no other will ever be woken.
func (r *replaying) executions(ctx context.Context, workflowID string) ([]execution, error) {
	d, err := r.temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	if isGone(err) {
		return nil, errNoHistory
	}
	if err != nil {
		return nil, err
	}
	todo := []string{d.GetWorkflowExecutionInfo().GetExecution().GetRunId()}
	if r.cmd.Open == 0 {
		for token, more := []byte(nil), true; more; more = len(token) > 0 {
			page, err := r.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowId = '" + workflowID + "'", NextPageToken: token})
			if err != nil {
				return nil, err
			}
			for _, e := range page.GetExecutions() {
				todo = append(todo, e.GetExecution().GetRunId())
			}
			token = page.GetNextPageToken()
		}
	}
	var out []execution
	for seen := map[string]bool{"": true}; len(todo) > 0; todo = todo[1:] {
		if seen[todo[0]] {
			continue
		}
		seen[todo[0]] = true
		h, err := r.history(ctx, workflowID, todo[0])
		if isGone(err) || err == nil && len(h.GetEvents()) == 0 {
			continue // its time of keeping has passed
		}
		if err != nil {
			return nil, err
		}
		out = append(out, execution{todo[0], h.Events[0].GetEventTime().AsTime(), h.Events[len(h.Events)-1].GetEventTime().AsTime(), h})
		if r.cmd.Open == 0 { // what is listed may lag behind
			todo = append(todo, h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId())
		}
	}
	if len(out) == 0 {
		return nil, errNoHistory
	}
	slices.SortStableFunc(out, func(a, b execution) int { return cmp.Or(a.began.Compare(b.began), a.last.Compare(b.last)) })
	return out, nil
}

var errNoHistory = fault.New(fault.NotFound, "Temporal has no history of it any more")

func isGone(err error) bool {
	var gone *serviceerror.NotFound
	return errors.As(err, &gone)
}

func (r *replaying) history(ctx context.Context, workflowID, execution string) (*historypb.History, error) {
	h := &historypb.History{}
	it := r.temporal.GetWorkflowHistory(ctx, workflowID, execution, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			return nil, err
		}
		h.Events = append(h.Events, e)
	}
	return h, nil
}

func save(path string, rec replay.Recording) error {
	f, err := os.Create(path)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "write %s", path)
	}
	err = rec.Write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// noted remembers the documents that were asked for.
type noted struct {
	from workflows.Documents
	mu   sync.Mutex
	seen []journey.Document
	had  []string
}

// Program implements workflows.Documents.
func (n *noted) Program(workspace int64, hash string) (*journey.Program, error) {
	p, err := n.from.Program(workspace, hash)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, h := range n.had {
		if h == hash {
			return p, nil
		}
	}
	n.had, n.seen = append(n.had, hash), append(n.seen, p.Doc)
	return p, nil
}
