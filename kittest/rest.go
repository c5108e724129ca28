package kittest

import (
	"context"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// Temporal's test environment lets time stand still only while an activity runs, and then lets it go on with the wall. A
// track must not stop in the middle of one, so it watches what the workflow has asked for.

const (
	lookAgain = 100 * time.Microsecond // of the wall
	atRest    = 30                     // looks at which nothing runs: what was asked for waits to be tried again
)

// watch notes the activities that a workflow asks for.
type watch struct {
	interceptor.WorkerInterceptorBase
	k *track
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (w *watch) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &watchIn{interceptor.WorkflowInboundInterceptorBase{Next: next}, w.k}
}

type watchIn struct {
	interceptor.WorkflowInboundInterceptorBase
	k *track
}

// Init implements interceptor.WorkflowInboundInterceptor.
func (w *watchIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return w.Next.Init(&watchOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}, w.k})
}

type watchOut struct {
	interceptor.WorkflowOutboundInterceptorBase
	k *track
}

// ExecuteWorkflow implements interceptor.WorkflowInboundInterceptor.
func (w *watchIn) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	w.k.begun = true
	return w.Next.ExecuteWorkflow(ctx, in)
}

// ExecuteActivity implements interceptor.WorkflowOutboundInterceptor.
func (w *watchOut) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	return w.k.asks(w.Next.ExecuteActivity(ctx, name, args...))
}

// ExecuteLocalActivity implements interceptor.WorkflowOutboundInterceptor.
func (w *watchOut) ExecuteLocalActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	return w.k.asks(w.Next.ExecuteLocalActivity(ctx, name, args...))
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (w *watch) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &runs{interceptor.ActivityInboundInterceptorBase{Next: next}, w.k}
}

type runs struct {
	interceptor.ActivityInboundInterceptorBase
	k *track
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (r *runs) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	r.k.busy.Add(1)
	defer r.k.busy.Add(-1)
	return r.Next.ExecuteActivity(ctx, in)
}

func (k *track) asks(f workflow.Future) workflow.Future {
	k.asked = append(k.asked, f)
	return f
}

// resting reports whether the workflow has done what it can at this moment; idle counts the looks at which nothing ran.
func (k *track) resting(idle int) bool {
	if !k.begun {
		return false
	}
	for len(k.asked) > 0 && k.asked[0].IsReady() {
		k.asked = k.asked[1:]
	}
	for _, f := range k.asked {
		if !f.IsReady() {
			return idle >= atRest
		}
	}
	return true
}
