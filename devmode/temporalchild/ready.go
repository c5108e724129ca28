package temporalchild

import (
	"context"
	"errors"
	"net"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"sojourn/fault"
)

const (
	// probeEvery is the pause between two questions; a start takes about half a second.
	probeEvery = 25 * time.Millisecond
	// probeTimeout bounds one question, so that a server that hangs while starting is asked again.
	probeTimeout = 2 * time.Second
	// probeName is a task queue and workflow id nobody uses.
	probeName = "temporalchild-ready"
)

var errStarting = errors.New("its services have not all started")

// waitReady asks until everything answers, the child ends or the time is up.
func waitReady(ctx context.Context, cfg Config, p *process) error {
	ctx, cancel := context.WithTimeout(ctx, cfg.ReadyWithin)
	defer cancel()
	go func() { // a dead child ends the waiting at once
		select {
		case <-p.exited:
			cancel()
		case <-ctx.Done():
		}
	}()

	err := probe(ctx, cfg, p)
	select {
	case <-p.exited:
		return p.err
	default:
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.Wrap(fault.Unavailable, err, "Temporal did not answer on %s within %s%s",
			cfg.Address, cfg.ReadyWithin, p.lastWords())
	default:
		return fault.Wrap(fault.Unavailable, errors.Join(ctx.Err(), err), "waiting for Temporal on %s", cfg.Address)
	}
}

// probe repeats each question until it is answered; it returns the last answer when ctx ends.
func probe(ctx context.Context, cfg Config, p *process) error {
	// Its own word first: a gRPC client that finds the port closed waits a whole second before it tries again.
	err := until(ctx, func(context.Context) error {
		if p.out.saidReady() {
			return nil
		}
		return errStarting
	})
	if err != nil {
		return err
	}
	c, err := client.NewLazyClient(client.Options{
		HostPort: cfg.Address, Namespace: cfg.Namespace, Logger: sdklog.NewStructuredLogger(cfg.Logger),
	})
	if err != nil {
		return err
	}
	defer c.Close()
	for _, question := range []func(context.Context, client.Client, string) error{
		frontendAnswers, namespaceAnswers, historyAnswers, matchingAnswers,
	} {
		err := until(ctx, func(ctx context.Context) error { return question(ctx, c, cfg.Namespace) })
		if err != nil {
			return err
		}
	}
	if cfg.UIAddress == "" {
		return nil
	}
	return until(ctx, func(ctx context.Context) error { return dial(ctx, cfg.UIAddress) })
}

func until(ctx context.Context, ask func(context.Context) error) error {
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for {
		once, cancel := context.WithTimeout(ctx, probeTimeout)
		err := ask(once)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}

func dial(ctx context.Context, address string) error {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}

func frontendAnswers(ctx context.Context, c client.Client, _ string) error {
	if _, err := c.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return err
	}
	_, err := c.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	return err
}

func namespaceAnswers(ctx context.Context, c client.Client, namespace string) error {
	_, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	return err
}

// historyAnswers asks for a workflow that does not exist: "not found" proves that its shard is loaded.
func historyAnswers(ctx context.Context, c client.Client, _ string) error {
	_, err := c.DescribeWorkflowExecution(ctx, probeName, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil
	}
	return err
}

func matchingAnswers(ctx context.Context, c client.Client, namespace string) error {
	_, err := c.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace: namespace,
		TaskQueue: &taskqueuepb.TaskQueue{Name: probeName, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
	})
	return err
}
