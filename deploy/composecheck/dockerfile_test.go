package main

import (
	"go/version"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func TestTheDockerfileParses(t *testing.T) {
	t.Parallel()
	stages := dockerfile(t)
	names := make([]string, 0, len(stages))
	for _, s := range stages {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, ","); got != "ui,build," {
		t.Fatalf("stages %q, want ui, build and a nameless last one", got)
	}
}

func TestBaseImagesArePinned(t *testing.T) {
	t.Parallel()
	for _, s := range dockerfile(t) {
		if regexp.MustCompile(`:\d+\.\d+\.\d+-`).MatchString(s.BaseName) || s.BaseName == "gcr.io/distroless/static-debian12:nonroot" {
			continue // Distroless images are rebuilt under one tag for security fixes; they have no version numbers.
		}
		t.Errorf("%q has no exact version", s.BaseName)
	}
}

// The compiler of the image is of the release line that go.mod names, and not older.
func TestTheImageUsesTheCompilerOfGoMod(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	wanted := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(mod)
	if wanted == nil {
		t.Fatal("go.mod names no version")
	}
	want := "go" + string(wanted[1])
	for _, s := range dockerfile(t) {
		image := regexp.MustCompile(`^golang:([0-9.]+)-`).FindStringSubmatch(s.BaseName)
		if image == nil {
			continue
		}
		if got := "go" + image[1]; version.Lang(got) != version.Lang(want) || version.Compare(got, want) < 0 {
			t.Errorf("the image builds with %s, go.mod wants %s", got, want)
		}
	}
}

func TestTheImageRunsUnprivilegedWithAHealthCheck(t *testing.T) {
	t.Parallel()
	stages := dockerfile(t)
	var user string
	var health, entry bool
	for _, c := range stages[len(stages)-1].Commands {
		switch c := c.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.HealthCheckCommand:
			health = c.Health != nil && len(c.Health.Test) > 0 && c.Health.Test[0] == "CMD"
		case *instructions.EntrypointCommand:
			entry = !c.PrependShell // there is no shell in the image
		case *instructions.RunCommand:
			t.Error("the last stage runs a command, but its image has no shell")
		}
	}
	if user == "" || user == "root" || strings.HasPrefix(user, "0") {
		t.Errorf("the image runs as %q", user)
	}
	if !health || !entry {
		t.Errorf("health check %v, entry point without shell %v", health, entry)
	}
}

// What COPY takes from the context is there, and .dockerignore does not hide it.
func TestCopiedFilesExist(t *testing.T) {
	t.Parallel()
	ignored, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range dockerfile(t) {
		for _, c := range s.Commands {
			cp, ok := c.(*instructions.CopyCommand)
			if !ok || cp.From != "" {
				continue
			}
			for _, source := range cp.SourcePaths {
				if _, err := os.Stat(filepath.Join(root, source)); err != nil {
					t.Errorf("COPY %s: %v", source, err)
				}
				for line := range strings.Lines(string(ignored)) {
					if strings.TrimSpace(line) == strings.TrimSuffix(source, "/") {
						t.Errorf("COPY %s, but .dockerignore hides it", source)
					}
				}
			}
		}
	}
}

func dockerfile(t *testing.T) []instructions.Stage {
	t.Helper()
	f, err := os.Open(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ast, err := parser.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range ast.Warnings {
		t.Errorf("Dockerfile: %s", w.Short)
	}
	stages, _, err := instructions.Parse(ast.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	return stages
}
