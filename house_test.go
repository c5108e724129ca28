// Package sojourn_test checks the rules of the house that concern the whole tree: who may know whom, and how it is kept.
package sojourn_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Name       string
	GoFiles    []string
}

// The table says, per room, what it may never reach, directly or through others. depguard says the same about direct
// imports, with a sentence at the line; this test also sees the long way round.
var forbidden = map[string][]string{
	"sojourn/workflows":  {"sojourn/storage", "sojourn/channels", "sojourn/activities", "sojourn/models", "gorm.io/gorm", "sojourn/server"},
	"sojourn/kit":        {"sojourn/storage", "sojourn/channels", "sojourn/activities", "sojourn/models", "gorm.io/gorm", "sojourn/server", "sojourn/workflows", "net/http"},
	"sojourn/contract":   {"sojourn/storage", "sojourn/models", "sojourn/activities", "go.temporal.io/sdk"},
	"sojourn/journey":    {"sojourn/storage", "sojourn/models", "go.temporal.io/sdk", "sojourn/contract", "net/http", "database/sql"},
	"sojourn/broadcast":  {"sojourn/storage", "sojourn/models", "go.temporal.io/sdk", "sojourn/contract", "net/http", "database/sql"},
	"sojourn/audience":   {"sojourn/storage", "sojourn/models", "go.temporal.io/sdk", "sojourn/journey", "net/http"},
	"sojourn/consent":    {"sojourn/storage", "sojourn/models", "go.temporal.io/sdk", "net/http"},
	"sojourn/pressure":   {"sojourn/storage", "sojourn/models", "go.temporal.io/sdk", "net/http"},
	"sojourn/scoring":    {"sojourn/storage", "sojourn/models", "go.temporal.io/sdk", "net/http"},
	"sojourn/content":    {"sojourn/storage", "sojourn/models", "go.temporal.io/sdk"},
	"sojourn/ingest":     {"sojourn/storage", "sojourn/models", "go.temporal.io/sdk", "net/http"},
	"sojourn/catalogue":  {"sojourn/storage", "sojourn/models", "go.temporal.io/sdk", "sojourn/contract", "net/http", "database/sql"},
	"sojourn/referral":   {"sojourn/storage", "sojourn/models", "sojourn/activities", "go.temporal.io/sdk", "sojourn/server", "sojourn/workflows", "net/http"},
	"sojourn/fault":      {"sojourn/"},
	"sojourn/models":     {"sojourn/storage", "go.temporal.io/sdk", "gorm.io/gorm"},
	"sojourn/storage":    {"sojourn/channels", "sojourn/activities", "sojourn/workflows", "sojourn/server", "go.temporal.io/sdk"},
	"sojourn/channels":   {"sojourn/storage", "sojourn/activities", "sojourn/workflows", "sojourn/server", "go.temporal.io/sdk"},
	"sojourn/loyalty":    {"sojourn/storage", "sojourn/models", "sojourn/activities", "sojourn/server", "sojourn/workflows", "go.temporal.io/sdk", "net/http"},
	"sojourn/outbound":   {"sojourn/activities", "sojourn/workflows", "sojourn/server", "sojourn/channels", "go.temporal.io/sdk"},
	"sojourn/importer":   {"sojourn/activities", "sojourn/workflows", "sojourn/server", "sojourn/channels", "go.temporal.io/sdk"},
	"sojourn/activities": {"sojourn/server", "sojourn/workflows", "sojourn/cmd", "sojourn/devmode"},
	"sojourn/server":     {"sojourn/activities", "sojourn/channels", "sojourn/cmd", "sojourn/devmode"},
}

// testSupport are rooms that exist for tests and may look around.
var testSupport = []string{"test", "recordhistories", "openapigen"}

func TestWhoMayKnowWhom(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if p.Name == "main" || isTestSupport(p.ImportPath) {
			continue
		}
		for room, denied := range forbidden {
			if p.ImportPath != room && !strings.HasPrefix(p.ImportPath, room+"/") {
				continue
			}
			for _, dep := range p.Deps {
				for _, d := range denied {
					own := dep == room || strings.HasPrefix(dep, room+"/")
					if !own && (dep == strings.TrimSuffix(d, "/") || strings.HasPrefix(dep, strings.TrimSuffix(d, "/")+"/")) {
						t.Errorf("%s reaches %s, which the room %s may not know", p.ImportPath, dep, room)
					}
				}
			}
		}
	}
}

// Every package explains itself to a newcomer.
func TestEveryPackageHasADoc(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}\t{{.Name}}\t{{.Doc}}", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", stderr(err))
	}
	for line := range strings.Lines(string(out)) {
		f := strings.SplitN(strings.TrimSpace(line), "\t", 3)
		if len(f) < 3 || strings.TrimSpace(f[2]) == "" {
			if !strings.HasSuffix(f[0], "_test") && f[0] != "sojourn" {
				t.Errorf("%s has no package comment (doc.go)", f[0])
			}
		}
	}
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps,Name,GoFiles", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", stderr(err))
	}
	var list []pkg
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func isTestSupport(path string) bool {
	last := path[strings.LastIndex(path, "/")+1:]
	for _, s := range testSupport {
		if strings.HasSuffix(last, s) {
			return true
		}
	}
	return false
}

func stderr(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return err.Error()
}
