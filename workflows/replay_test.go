package workflows_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sojourn/contract"
	"sojourn/journey"
	"sojourn/workflows"
	replayer "sojourn/workflows/replay"
)

// Every history that a release has recorded is walked by today's code: whoever sleeps in a journey was put there by an
// older release.
func TestReplay(t *testing.T) {
	t.Parallel()
	releases, err := os.ReadDir(historiesDir)
	if err != nil {
		t.Fatal(err)
	}
	if len(releases) == 0 {
		t.Fatal("there are no recorded histories")
	}
	for _, r := range releases {
		t.Run(r.Name(), func(t *testing.T) {
			t.Parallel()
			replayRelease(t, filepath.Join(historiesDir, r.Name()))
		})
	}
}

func historyFile(story string, n int) string { return fmt.Sprintf("%s.%d.json.gz", story, n) }

func replayRelease(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all index
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	counted := 0
	for name, story := range all {
		counted += len(story.Runs)
		for i, run := range story.Runs {
			history := filepath.Join(dir, historyFile(name, i+1))
			var err error
			switch story.Workflow {
			case "":
				err = replay(filepath.Join(dir, name), history, run, story.ContinueEvery)
			case contract.WorkflowBroadcast:
				err = replayBroadcast(history, run)
			default:
				err = fmt.Errorf("nobody knows how to walk a %s", story.Workflow)
			}
			if err != nil {
				t.Errorf("%s, execution %d: %v", name, i+1, err)
			}
		}
	}
	if counted != len(files) || counted == 0 {
		t.Errorf("the index counts %d histories, the folder holds %d", counted, len(files))
	}
}

// replay walks one execution by its documents: NAME.document.json, and of a run that was moved NAME.document.2.json and on.
func replay(name, history, runID string, continueEvery int) error {
	files, err := filepath.Glob(name + ".document*.json")
	if err != nil {
		return err
	}
	var docs []journey.Document
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		doc, err := journey.Parse(text)
		if err != nil {
			return err
		}
		docs = append(docs, doc)
	}
	f, err := os.Open(history)
	if err != nil {
		return err
	}
	defer f.Close()
	rec, err := replayer.Read(f)
	if err != nil {
		return err
	}
	rec.Execution, rec.Documents = runID, docs
	return replayer.Check(rec, workflows.Journeys{ContinueEvery: continueEvery})
}
