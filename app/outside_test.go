package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sojourn/journey"
)

// Somebody else builds his own binary with his own journey in a module of his own, from what the guide shows.
func TestABinaryFromAModuleOfItsOwn(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../kit/example/thanks.go")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../docs/guides/first-journey.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(guide), string(source)) {
		t.Fatal("the guide does not show kit/example/thanks.go as it is")
	}
	test, err := os.ReadFile("../kit/example/thanks_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(guide), string(test)) {
		t.Fatal("the guide does not show kit/example/thanks_test.go as it is")
	}
	main := between(t, string(guide), "```go\npackage main", "```")
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	// The requirements of ours are taken over, so that nothing has to be looked up.
	outside := strings.Replace(string(mod), "module sojourn\n", "module example.com/journeys\n", 1) +
		"\nrequire sojourn v0.0.0\n\nreplace sojourn => " + root + "\n"
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": outside, "go.sum": string(sum), "main.go": "package main" + main,
		"thanks/thanks.go": strings.Replace(string(source), "package example", "package thanks", 1),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", "journeys", ".")
	build.Dir, build.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	ask := func(args ...string) string {
		out, err := exec.Command(filepath.Join(dir, "journeys"), args...).Output()
		if err != nil {
			t.Fatalf("journeys %v: %v", args, err)
		}
		return string(out)
	}
	if got := ask("code"); !strings.Contains("\n"+got, "\nthanks\n") { // beside those that ship
		t.Errorf("types: %q", got)
	}
	doc, err := journey.Parse([]byte(ask("code", "thanks")))
	if err != nil {
		t.Fatalf("%v %+v", err, err)
	}
	if issues := journey.Validate(doc, nil); len(issues) > 0 || doc.Code == nil || doc.Code.Settings["after"] != "P3D" {
		t.Errorf("document: %+v, issues %+v", doc.Code, issues)
	}
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, from)
	if !found {
		t.Fatalf("the guide has no %q", from)
	}
	part, _, _ := strings.Cut(rest, to)
	return part
}
