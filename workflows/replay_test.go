package workflows_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

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
			if err := replay(filepath.Join(dir, name+".document.json"), filepath.Join(dir, historyFile(name, i+1)), run, story.ContinueEvery); err != nil {
				t.Errorf("%s, execution %d: %v", name, i+1, err)
			}
		}
	}
	if counted != len(files) || counted == 0 {
		t.Errorf("the index counts %d histories, the folder holds %d", counted, len(files))
	}
}

func replay(document, history, runID string, continueEvery int) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	doc, err := journey.Parse(text)
	if err != nil {
		return err
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
	rec.Execution, rec.Documents = runID, []journey.Document{doc}
	return replayer.Check(rec, workflows.Journeys{ContinueEvery: continueEvery})
}
