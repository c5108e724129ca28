package temporalchild

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const queue = "greetings"

var stageKey = temporal.NewSearchAttributeKeyKeyword("TestStage")

func greet(_ workflow.Context, name string) (string, error) { return "hello " + name, nil }

func TestAJourneyThroughTheRealServerSurvivesARestart(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Namespace = "house"
	child := start(t, cfg)

	c := connect(t, child)
	addSearchAttribute(t, c, child.Namespace())
	runWorker(t, c)
	id := executeGreeting(t, c)
	eventually(t, "the workflow is found by its search attribute", func() bool { return found(t, c, id) })

	stop(t, child)
	<-child.Done()
	if err := child.Err(); err != nil {
		t.Errorf("after Stop, Err = %v, want none", err)
	}
	if child.Pid() != 0 {
		t.Errorf("after Stop, Pid = %d, want 0", child.Pid())
	}

	again := connect(t, start(t, cfg))
	var greeting string
	if err := again.GetWorkflow(t.Context(), id, "").Get(t.Context(), &greeting); err != nil || greeting != "hello world" {
		t.Errorf("after a restart the result is %q, %v; want hello world", greeting, err)
	}
	if !found(t, again, id) {
		t.Error("after a restart the workflow is not found by its search attribute")
	}
}

func TestANewNamespaceKeepsClosedWorkflowsForAWeekUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ asked, want time.Duration }{
		{0, 7 * 24 * time.Hour},
		{72 * time.Hour, 72 * time.Hour},
	} {
		t.Run(tc.want.String(), func(t *testing.T) {
			t.Parallel()
			cfg := testConfig(t)
			cfg.Retention = tc.asked
			child := start(t, cfg)
			answer, err := connect(t, child).WorkflowService().DescribeNamespace(t.Context(),
				&workflowservice.DescribeNamespaceRequest{Namespace: DefaultNamespace})
			if err != nil {
				t.Fatal(err)
			}
			if got := answer.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); got != tc.want {
				t.Errorf("retention = %s, want %s", got, tc.want)
			}
		})
	}
}

func TestTheWebUIIsServedAndKnowsTheNamespace(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.UIAddress = "127.0.0.1:0"
	child := start(t, cfg)
	for _, path := range []string{"/", "/api/v1/namespaces/" + DefaultNamespace} {
		answer, err := http.Get("http://" + child.UIAddress() + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("GET %s = %d, want 200", path, answer.StatusCode)
		}
	}
}

func addSearchAttribute(t *testing.T, c client.Client, namespace string) {
	t.Helper()
	_, err := c.OperatorService().AddSearchAttributes(t.Context(), &operatorservice.AddSearchAttributesRequest{
		Namespace:        namespace,
		SearchAttributes: map[string]enumspb.IndexedValueType{stageKey.GetName(): enumspb.INDEXED_VALUE_TYPE_KEYWORD},
	})
	if err != nil {
		t.Fatalf("add search attribute: %v", err)
	}
}

func runWorker(t *testing.T, c client.Client) {
	t.Helper()
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(greet)
	if err := w.Start(); err != nil {
		t.Fatalf("start worker: %v", err)
	}
	t.Cleanup(w.Stop)
}

// executeGreeting starts with the new search attribute, which the services learn of within a second.
func executeGreeting(t *testing.T, c client.Client) (id string) {
	t.Helper()
	id = "greeting-1"
	var run client.WorkflowRun
	eventually(t, "a start with the new search attribute is accepted", func() (accepted bool) {
		var err error
		run, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
			ID: id, TaskQueue: queue,
			TypedSearchAttributes: temporal.NewSearchAttributes(stageKey.ValueSet("welcome")),
		}, greet, "world")
		return err == nil
	})
	var greeting string
	if err := run.Get(t.Context(), &greeting); err != nil || greeting != "hello world" {
		t.Fatalf("the workflow gave %q, %v; want hello world", greeting, err)
	}
	return id
}

func found(t *testing.T, c client.Client, id string) bool {
	t.Helper()
	list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
		Query: fmt.Sprintf("%s = 'welcome' AND ExecutionStatus = 'Completed'", stageKey.GetName()),
	})
	if err != nil {
		t.Logf("list: %v", err)
		return false
	}
	for _, execution := range list.GetExecutions() {
		if execution.GetExecution().GetWorkflowId() == id {
			return true
		}
	}
	return false
}
