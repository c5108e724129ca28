// Package replay walks the recorded history of a run with the code of today and says whether it goes the same way. Who
// sleeps in a journey was put there by an older release; a run whose history does not replay would stand still as soon as
// it wakes.
//
// A Recording is what is kept in a file: the history of one execution, and the documents that it was walked by, because a
// document is code. `sojourn replay` makes and checks them, kittest.Replay checks a folder of them in `go test`.
//
// Temporal's replayer compares which commands a workflow gives, not what they are about: a changed journey that asks for
// another step of the same kind would pass. Check therefore also compares the summaries of activities and timers, which
// name the step.
package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"regexp"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/journey"
)

// Recording is one execution of a run.
type Recording struct {
	Run       string             `json:"run"`       // the run of the journey
	Execution string             `json:"execution"` // Temporal's id of it, which workflow code may use
	Documents []journey.Document `json:"documents"` // that the run was walked by; more than one when it was moved
	History   json.RawMessage    `json:"history"`   // as `temporal workflow show -o json` and Temporal Web write it
}

// New makes the recording of a history.
func New(h *historypb.History, execution string, documents []journey.Document) (Recording, error) {
	in, err := input(h)
	if err != nil {
		return Recording{}, err
	}
	text, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(h)
	for _, machine := range machines {
		text = machine.ReplaceAll(text, []byte(`$1"worker"`))
	}
	return Recording{Run: in.RunID, Execution: execution, Documents: documents, History: text}, err
}

// machines are the places of a history that name the machine of a worker; a recording is kept without.
var machines = []*regexp.Regexp{
	regexp.MustCompile(`("identity":\s*)"[^"]*"`),
	regexp.MustCompile(`("name":\s*)"[^"]*:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"`), // of a sticky queue
}

// Read reads a recording, plain or compressed, or a bare history as Temporal Web exports it, which has no documents.
func Read(r io.Reader) (Recording, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Recording{}, err
	}
	if bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return Recording{}, err
		}
		if text, err = io.ReadAll(z); err != nil {
			return Recording{}, err
		}
	}
	var rec Recording
	if err := json.Unmarshal(text, &rec); err != nil {
		return rec, fault.Wrap(fault.Invalid, err, "this is no history")
	}
	if len(rec.History) == 0 {
		rec.History = text
	}
	h, err := rec.events()
	if err != nil {
		return rec, err
	}
	in, err := input(h)
	rec.Run = in.RunID
	if rec.Execution == "" && len(h.Events) > 0 {
		rec.Execution = h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetOriginalExecutionRunId()
	}
	return rec, err
}

// Write writes a recording as Read reads it.
func (rec Recording) Write(w io.Writer) error {
	text, err := json.MarshalIndent(rec, "", " ")
	if err == nil {
		_, err = w.Write(append(text, '\n'))
	}
	return err
}

// Workspace is the workspace and the hash of the document with which the run began.
func (rec Recording) Workspace() (id int64, hash string, err error) {
	h, err := rec.events()
	if err != nil {
		return 0, "", err
	}
	in, err := input(h)
	return in.WorkspaceID, in.DocHash, err
}

func (rec Recording) events() (*historypb.History, error) {
	h, err := client.HistoryFromJSON(bytes.NewReader(rec.History), client.HistoryJSONOptions{})
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "this is no history")
	}
	return h, nil
}

// input is what a history began with.
func input(h *historypb.History) (in contract.JourneyInput, err error) {
	if len(h.GetEvents()) == 0 || h.Events[0].GetWorkflowExecutionStartedEventAttributes() == nil {
		return in, fault.New(fault.Invalid, "the history does not begin with the start of a workflow")
	}
	payloads := h.Events[0].GetWorkflowExecutionStartedEventAttributes().Input
	if err := converter.GetDefaultDataConverter().FromPayloads(payloads, &in); err != nil || in.RunID == "" {
		return in, fault.New(fault.Invalid, "it is not the history of a run in a journey")
	}
	return in, nil
}

// Program implements workflows.Documents for the documents of the recording.
func (rec Recording) Program(_ int64, hash string) (*journey.Program, error) {
	for _, d := range rec.Documents {
		p, err := journey.Compile(d)
		if err != nil {
			return nil, err
		}
		if p.Hash == hash {
			return p, nil
		}
	}
	return nil, fmt.Errorf("the recording has no document with the hash %.12s", hash)
}

// Renamed makes the recording one of another journey in Go with the same steps: its type, key and name are new.
func (rec Recording) Renamed(from, to, name string) (Recording, error) {
	h, err := rec.events()
	if err != nil {
		return rec, err
	}
	in, err := input(h)
	if err != nil {
		return rec, err
	}
	if in.Code != from || len(rec.Documents) != 1 {
		return rec, fault.New(fault.Invalid, "it is the recording of %q", in.Code)
	}
	doc := rec.Documents[0]
	doc.Key, doc.Name, doc.Code = to, name, &journey.CodeRef{Type: to, Settings: doc.Code.Settings}
	p, err := journey.Compile(doc)
	if err != nil {
		return rec, err
	}
	in.Code, in.JourneyKey, in.DocHash = to, to, p.Hash
	started := h.Events[0].GetWorkflowExecutionStartedEventAttributes()
	started.WorkflowType.Name = contract.CodeWorkflow(to)
	if started.Input, err = converter.GetDefaultDataConverter().ToPayloads(in); err != nil {
		return rec, err
	}
	return New(h, rec.Execution, []journey.Document{doc})
}
