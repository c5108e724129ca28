package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"

	"sojourn/contract"
	"sojourn/storage"
)

// WorkflowService is what we call of Temporal's raw API: the SDK makes up a request id for each call, and ours decide
// whether a repeated call is the same one.
type WorkflowService interface {
	StartWorkflowExecution(ctx context.Context, in *workflowservice.StartWorkflowExecutionRequest, opts ...grpc.CallOption) (*workflowservice.StartWorkflowExecutionResponse, error)
	SignalWorkflowExecution(ctx context.Context, in *workflowservice.SignalWorkflowExecutionRequest, opts ...grpc.CallOption) (*workflowservice.SignalWorkflowExecutionResponse, error)
	TerminateWorkflowExecution(ctx context.Context, in *workflowservice.TerminateWorkflowExecutionRequest, opts ...grpc.CallOption) (*workflowservice.TerminateWorkflowExecutionResponse, error)
	DescribeWorkflowExecution(ctx context.Context, in *workflowservice.DescribeWorkflowExecutionRequest, opts ...grpc.CallOption) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	ListWorkflowExecutions(ctx context.Context, in *workflowservice.ListWorkflowExecutionsRequest, opts ...grpc.CallOption) (*workflowservice.ListWorkflowExecutionsResponse, error)
	CountWorkflowExecutions(ctx context.Context, in *workflowservice.CountWorkflowExecutionsRequest, opts ...grpc.CallOption) (*workflowservice.CountWorkflowExecutionsResponse, error)
	GetWorkflowExecutionHistoryReverse(ctx context.Context, in *workflowservice.GetWorkflowExecutionHistoryReverseRequest, opts ...grpc.CallOption) (*workflowservice.GetWorkflowExecutionHistoryReverseResponse, error)
}

// callTimeout bounds one call to Temporal.
const callTimeout = 5 * time.Second

// Launcher starts and signals the workflows of runs. The zero Converter is the SDK's default one.
type Launcher struct {
	Service   WorkflowService
	Namespace string
	Identity  string // shown in Temporal Web beside what we did
	Converter converter.DataConverter
}

// launchMode says what may stand in the way of a start.
type launchMode int

const (
	launchFirst   launchMode = iota // the run's first start: whatever exists under its id already is it
	launchAgain                     // its workflow is gone or closed: start from the last recorded state
	launchReplace                   // its workflow takes nothing any more: end it and start from the last recorded state
)

// Start starts the workflow of a run. One that runs already, or, on a first start, that has run, is no error.
func (l *Launcher) Start(ctx context.Context, launch storage.Launch, requestID string, mode launchMode) error {
	in := launch.Input
	input, err := l.payloads(in)
	if err != nil {
		return err
	}
	attributes, err := l.searchAttributes(in)
	if err != nil {
		return err
	}
	summary, err := l.payloads(fmt.Sprintf("%s v%d", in.JourneyKey, in.Version))
	if err != nil {
		return err
	}
	reuse, conflict := enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	if mode != launchFirst {
		reuse = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}
	if mode == launchReplace {
		conflict = enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING
	}
	workflowType, queue := contract.RunWorkflow(in.Code)
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err = l.Service.StartWorkflowExecution(ctx, &workflowservice.StartWorkflowExecutionRequest{
		Namespace: l.Namespace, WorkflowId: launch.WorkflowID, WorkflowType: &commonpb.WorkflowType{Name: workflowType},
		TaskQueue: &taskqueuepb.TaskQueue{Name: queue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL}, Input: input, Identity: l.Identity, RequestId: requestID,
		WorkflowIdReusePolicy: reuse, WorkflowIdConflictPolicy: conflict, SearchAttributes: attributes, UserMetadata: &sdkpb.UserMetadata{Summary: summary.Payloads[0]},
	})
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

// Signal sends one signal. The server drops a second one with the same request id to the same execution.
func (l *Launcher) Signal(ctx context.Context, workflowID, name, requestID string, payload any) error {
	input, err := l.payloads(payload)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err = l.Service.SignalWorkflowExecution(ctx, &workflowservice.SignalWorkflowExecutionRequest{
		Namespace: l.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID}, SignalName: name, Input: input, Identity: l.Identity, RequestId: requestID,
	})
	return err
}

// Terminate ends a workflow from outside, with a reason that Temporal Web shows. One that is gone is no error.
func (l *Launcher) Terminate(ctx context.Context, workflowID, temporalRunID, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := l.Service.TerminateWorkflowExecution(ctx, &workflowservice.TerminateWorkflowExecutionRequest{
		Namespace: l.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: temporalRunID}, Reason: reason, Identity: l.Identity,
	})
	if isNotFound(err) {
		return nil
	}
	return err
}

func (l *Launcher) payloads(v any) (*commonpb.Payloads, error) { return l.converter().ToPayloads(v) }

func (l *Launcher) converter() converter.DataConverter {
	if l.Converter != nil {
		return l.Converter
	}
	return converter.GetDefaultDataConverter()
}

// searchAttributes are opaque ids and keys only; they are never encrypted.
func (l *Launcher) searchAttributes(in contract.JourneyInput) (*commonpb.SearchAttributes, error) {
	fields := map[string]*commonpb.Payload{}
	for _, f := range []struct {
		name  string
		value any
		kind  enumspb.IndexedValueType
	}{
		{contract.AttrWorkspace, in.WorkspaceKey, enumspb.INDEXED_VALUE_TYPE_KEYWORD},
		{contract.AttrJourney, in.JourneyKey, enumspb.INDEXED_VALUE_TYPE_KEYWORD},
		{contract.AttrVersion, in.Version, enumspb.INDEXED_VALUE_TYPE_INT},
		{contract.AttrCustomer, in.CustomerID, enumspb.INDEXED_VALUE_TYPE_KEYWORD},
	} {
		// Not through the data converter: the server must be able to read them.
		p, err := converter.GetDefaultDataConverter().ToPayload(f.value)
		if err != nil {
			return nil, err
		}
		p.Metadata["type"] = []byte(f.kind.String())
		fields[f.name] = p
	}
	return &commonpb.SearchAttributes{IndexedFields: fields}, nil
}

func isNotFound(err error) bool {
	var gone *serviceerror.NotFound
	return errors.As(err, &gone)
}

// isSignalLimit: the execution has taken as many signals as the server allows. Only a new execution takes more.
func isSignalLimit(err error) bool {
	var invalid *serviceerror.InvalidArgument
	return errors.As(err, &invalid) && strings.Contains(invalid.Error(), "signal")
}

// isRefusal: the server understood the call and will never accept it, so waiting for the server does not help.
func isRefusal(err error) bool {
	var (
		invalid *serviceerror.InvalidArgument
		failed  *serviceerror.FailedPrecondition
		denied  *serviceerror.PermissionDenied
	)
	return errors.As(err, &invalid) || errors.As(err, &failed) || errors.As(err, &denied)
}
