package kittest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sojourn/kit"
	"sojourn/workflows"
	"sojourn/workflows/replay"
)

// Replay walks every recording of a folder (*.json, *.json.gz, as `sojourn replay RUN --save` writes them) with the code as
// it is now. One that goes another way fails the test: the people who sleep in that journey would stand still when they
// wake. A folder without recordings fails too, so that a wrong path is not taken for a success.
func Replay(t testing.TB, folder string, register ...func(*kit.Registry)) {
	t.Helper()
	var known kit.Registry
	for _, add := range register {
		add(&known)
	}
	seen := 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") && !strings.HasSuffix(path, ".json.gz") {
			return err
		}
		seen++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if _, err := replay.CheckFile(text, workflows.Journeys{Code: known.Plays()}); err != nil {
			t.Errorf("%s: %v\n%s", path, err, replay.Advice(err))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatalf("there is no recording in %s: save one by `sojourn replay RUN --save FILE`", folder)
	}
}
