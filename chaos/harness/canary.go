package harness

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"
)

// Canary is somebody whose particulars may be found in the database and in his own mail, and nowhere else.
type Canary struct {
	First, Last, Email, Room string
}

// TheCanary is in every world.
var TheCanary = Canary{First: "Zanzibar", Last: "Quillfeather", Email: "zanzibar.quillfeather@canary.example", Room: "Room-8472-Pelican"}

// in returns those of the canary's marks that a text holds.
func (c Canary) in(text []byte) (found []string) {
	text = bytes.ToLower(text)
	for _, mark := range c.marks() {
		if bytes.Contains(text, []byte(strings.ToLower(mark))) {
			found = append(found, mark)
		}
	}
	return found
}

// marks are the texts to look for. First and last name apart: a log might hold either.
func (c Canary) marks() []string {
	return []string{c.First, c.Last, c.Email, strings.Split(c.Email, "@")[0], c.Room}
}

// FindCanary looks for the canary where he must not be: in every history (as the client reads it), in the raw files of
// Temporal's store with its visibility records, in the log of every process, and in the metrics. The answer names places.
func (w *World) FindCanary(ctx context.Context) ([]string, error) {
	var found []string
	note := func(where string, text []byte) {
		for _, mark := range TheCanary.in(text) {
			found = append(found, fmt.Sprintf("%s holds %q", where, mark))
		}
	}
	executions, err := w.Executions(ctx, "")
	if err != nil {
		return nil, err
	}
	if len(executions) == 0 {
		return nil, fmt.Errorf("no workflow in namespace %s: there is nothing to search", w.Namespace)
	}
	for _, e := range executions {
		raw, err := proto.Marshal(e)
		if err != nil {
			return nil, err
		}
		note("visibility of "+e.Execution.GetWorkflowId(), raw)
		events, err := w.History(ctx, e.Execution)
		if err != nil {
			return nil, err
		}
		for _, event := range events {
			if raw, err = proto.Marshal(event); err != nil {
				return nil, err
			}
			note(fmt.Sprintf("history of %s, event %d", e.Execution.GetWorkflowId(), event.EventId), raw)
		}
	}
	for _, path := range append(w.temporal.files(), w.logs()...) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		note(filepath.Base(path), text)
	}
	for _, base := range append([]string{w.URL}, w.workerURLs...) {
		for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
			text, err := w.get(ctx, base+path)
			if err != nil {
				return nil, err
			}
			note(base+path, text)
		}
	}
	return found, nil
}

func (w *World) get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := w.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(res.Body)
	return b.Bytes(), err
}

// CanaryCanBeFound is the proof that FindCanary would find something: all his particulars went through to his own mail,
// and what a workflow is told can be read in the raw files of Temporal's store.
func (w *World) CanaryCanBeFound() error {
	var in []string
	for _, m := range w.Mail.Messages() {
		if m.Accepted() && len(m.To) == 1 && strings.EqualFold(m.To[0], TheCanary.Email) {
			if in = TheCanary.in(append(m.Data, m.To[0]...)); len(in) == len(TheCanary.marks()) {
				break
			}
		}
	}
	if len(in) < len(TheCanary.marks()) {
		return fmt.Errorf("his mail holds only %q", in)
	}
	for _, path := range w.temporal.files() {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte(`"jk":"walk"`)) {
			return nil
		}
	}
	return fmt.Errorf("the input of a workflow is not to be read in Temporal's files")
}
