package replay

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/workflows"
)

// Difference says where today's code leaves the way of a history.
type Difference struct {
	Event int64  // of the history; 0 when it can't be told
	Has   string // what the history has there
	Wants string // what the code does there
	Cause error
}

// Error implements error.
func (d *Difference) Error() string {
	where := "the code goes another way than the history"
	if d.Event > 0 {
		where = fmt.Sprintf("at event %d the code goes another way than the history", d.Event)
	}
	if d.Has != "" || d.Wants != "" {
		where += fmt.Sprintf(": the history has %q, the code does %q", d.Has, d.Wants)
	} else if d.Cause != nil {
		where += ": " + firstLine(d.Cause)
	}
	return where
}

// Unwrap returns what the replayer said.
func (d *Difference) Unwrap() error { return d.Cause }

// Check walks the recording with the journeys as they are. Documents of journeys are read from the recording; those that
// it lacks, from j.Documents. A *Difference means that open runs of this kind would stand still.
func Check(rec Recording, j workflows.Journeys) error {
	h, err := rec.events()
	if err != nil {
		return err
	}
	in, err := input(h)
	if err != nil {
		return err
	}
	if len(rec.Documents) > 0 || j.Documents == nil {
		j.Documents = rec
	}
	if _, err := j.Documents.Program(in.WorkspaceID, in.DocHash); err != nil {
		return err
	}
	if in.Code != "" && j.Code[in.Code] == nil {
		return fmt.Errorf("this program does not know the journey %q", in.Code)
	}
	heard := &listener{}
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{Interceptors: []interceptor.WorkerInterceptor{heard}})
	if err != nil {
		return err
	}
	if in.Code == "" {
		j.Register(r)
	} else {
		j.RegisterCode(r, in.Code)
	}
	replayed := clean(h)
	err = r.ReplayWorkflowHistoryWithOptions(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), replayed, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: contract.RunWorkflowID(in.WorkspaceKey, in.JourneyKey, in.RunID), RunID: rec.Execution},
	})
	if d := compare(h, heard.summaries); d != nil {
		d.Cause = err
		return d
	}
	if err != nil {
		return &Difference{Event: eventOf(err), Cause: err}
	}
	return nil
}

// clean leaves out what closed a workflow from outside: a terminated run replays up to there.
func clean(h *historypb.History) *historypb.History {
	if n := len(h.Events); n > 0 && h.Events[n-1].EventType == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED {
		return &historypb.History{Events: h.Events[:n-1]}
	}
	return h
}

// summary is what an activity or timer is about.
type summary struct {
	event int64
	text  string
}

// compare holds the summaries of the history against those that the code gave. A history without summaries compares to
// anything, and code that has been stopped earlier by the replayer is no difference here.
func compare(h *historypb.History, heard []string) *Difference {
	var has []summary
	for _, e := range h.Events {
		switch e.EventType {
		case enumspb.EVENT_TYPE_MARKER_RECORDED:
			if e.GetMarkerRecordedEventAttributes().GetMarkerName() != "LocalActivity" {
				continue
			}
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, enumspb.EVENT_TYPE_TIMER_STARTED:
		default:
			continue
		}
		has = append(has, summary{e.EventId, read(e.GetUserMetadata().GetSummary())})
	}
	for i := range min(len(has), len(heard)) {
		if has[i].text != "" && heard[i] != "" && wording(has[i].text) != wording(heard[i]) {
			return &Difference{Event: has[i].event, Has: has[i].text, Wants: heard[i]}
		}
	}
	return nil
}

// wording makes one of what earlier releases called otherwise.
func wording(summary string) string {
	if step, again := strings.CutSuffix(summary, " again"); again {
		return "try " + strings.TrimPrefix(strings.TrimPrefix(step, "send "), "try ") + " again"
	}
	return summary
}

func read(p *commonpb.Payload) (text string) {
	if p != nil && converter.GetDefaultDataConverter().FromPayload(p, &text) != nil {
		return ""
	}
	return text
}

var eventPattern = regexp.MustCompile(`(?i)event(?:id|_id| id)?[:= ]+(\d+)`)

func eventOf(err error) (id int64) {
	if m := eventPattern.FindStringSubmatch(err.Error()); m != nil {
		_, _ = fmt.Sscan(m[1], &id)
	}
	return id
}

func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// IsDifference reports whether an error of Check is a Difference.
func IsDifference(err error) bool {
	var d *Difference
	return errors.As(err, &d)
}

// listener hears what a workflow that is replayed asks for, in its order. The order of what is asked for is that of the
// events: the runs of journeys do one thing after the other.
type listener struct {
	interceptor.WorkerInterceptorBase
	summaries []string
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (l *listener) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &listenIn{interceptor.WorkflowInboundInterceptorBase{Next: next}, l}
}

type listenIn struct {
	interceptor.WorkflowInboundInterceptorBase
	l *listener
}

// Init implements interceptor.WorkflowInboundInterceptor.
func (i *listenIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&listenOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}, i.l})
}

type listenOut struct {
	interceptor.WorkflowOutboundInterceptorBase
	l *listener
}

// ExecuteActivity implements interceptor.WorkflowOutboundInterceptor.
func (o *listenOut) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	o.l.summaries = append(o.l.summaries, workflow.GetActivityOptions(ctx).Summary)
	return o.Next.ExecuteActivity(ctx, name, args...)
}

// ExecuteLocalActivity implements interceptor.WorkflowOutboundInterceptor.
func (o *listenOut) ExecuteLocalActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	o.l.summaries = append(o.l.summaries, workflow.GetLocalActivityOptions(ctx).Summary)
	return o.Next.ExecuteLocalActivity(ctx, name, args...)
}

// NewTimerWithOptions implements interceptor.WorkflowOutboundInterceptor.
func (o *listenOut) NewTimerWithOptions(ctx workflow.Context, d time.Duration, opts workflow.TimerOptions) workflow.Future {
	if d > 0 { // others are over at once and leave no event
		o.l.summaries = append(o.l.summaries, opts.Summary)
	}
	return o.Next.NewTimerWithOptions(ctx, d, opts)
}

// CheckFile is Check for a file's content.
func CheckFile(text []byte, j workflows.Journeys) (Recording, error) {
	rec, err := Read(bytes.NewReader(text))
	if err != nil {
		return rec, err
	}
	return rec, Check(rec, j)
}

// Advice says what to do about an error of Check.
func Advice(err error) string {
	var d *Difference
	if !errors.As(err, &d) {
		return "The recording could not be walked at all."
	}
	return "Runs that are where this one is would stand still with this code. Put what is new behind r.Changed(\"id\") (journeys in Go), " +
		"or go back to the code that the runs began with; docs/guides/first-journey.md says how."
}
