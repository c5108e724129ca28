package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"sojourn/config"
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
	Open    int      `placeholder:"N" help:"In their place: the N open runs that began last."`
	Journey string   `placeholder:"KEY" help:"With --open: of this journey only."`
	Save    string   `placeholder:"FILE" type:"path" help:"Keep the recording of the one run in a file, for go test (kittest.Replay)."`
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
	r := &replaying{cmd: c, con: con, log: logger(con.err, c.Log)}
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
		err := r.one(ctx, w)
		switch {
		case err == nil:
			fmt.Fprintf(con.out, "OK    %s\n", w)
		case replay.IsDifference(err):
			bad++
			fmt.Fprintf(con.out, "OTHER %s: %v\n", w, err)
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

func (r *replaying) one(ctx context.Context, what string) error {
	if _, err := os.Stat(what); err == nil {
		return r.file(ctx, what)
	}
	run, err := ids.Parse(what)
	if err != nil {
		return fault.New(fault.Invalid, "it is neither a file nor the id of a run")
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	workflowID, err := r.store.RunWorkflowID(ctx, run)
	if err != nil {
		return err
	}
	h, execution, err := r.history(ctx, workflowID)
	if err != nil {
		return err
	}
	docs := &noted{from: workflows.NewDocuments(fetch(r.store))}
	rec, err := replay.New(h, execution, nil)
	if err != nil {
		return err
	}
	found := replay.Check(rec, workflows.Journeys{Documents: docs, Code: registered.Plays()})
	if r.cmd.Save != "" {
		rec.Documents = docs.seen
		if err := save(r.cmd.Save, rec); err != nil {
			return err
		}
	}
	return found
}

func (r *replaying) file(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	j := workflows.Journeys{Code: registered.Plays()}
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

// history reads the newest execution of a workflow.
func (r *replaying) history(ctx context.Context, workflowID string) (*historypb.History, string, error) {
	h, execution := &historypb.History{}, ""
	it := r.temporal.GetWorkflowHistory(ctx, workflowID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) {
			return nil, "", fault.New(fault.NotFound, "Temporal has no history of it any more")
		}
		if err != nil {
			return nil, "", err
		}
		h.Events = append(h.Events, e)
	}
	d, err := r.temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	if err == nil {
		execution = d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	}
	return h, execution, err
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
