package app

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"go/format"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"sojourn/fault"
	"sojourn/workflows/replay"
)

// newCmd is `sojourn new journey|step NAME`.
type newCmd struct {
	Journey newJourneyCmd `cmd:"" help:"A journey: its document, the order of its steps, settings, a test, and a recorded history."`
	Step    newStepCmd    `cmd:"" help:"A step: its action, settings and a test on the canvas."`
}

type newJourneyCmd struct {
	Name string `arg:"" help:"Type of the journey, for example thank-you; it never changes."`
	Dir  string `default:"." type:"path" help:"Where your module is."`
}

type newStepCmd struct {
	Name string `arg:"" help:"Type of the step, for example ask-stock; it never changes."`
	Dir  string `default:"." type:"path" help:"Where your module is."`
}

func (c *newJourneyCmd) run(_ context.Context, con console) error {
	return scaffold("journey", c.Name, c.Dir, con)
}
func (c *newStepCmd) run(_ context.Context, con console) error {
	return scaffold("step", c.Name, c.Dir, con)
}

// The files are kept as text, so that they are no part of our own build: NAME is taken over by the new name.
//
//go:embed scaffold
var scaffolds embed.FS

// templateType is the type under which the history of the scaffold was recorded.
const templateType = "new-journey"

var newName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

type scaffolded struct {
	Type    string // thank-you
	Package string // thankyou
	Go      string // ThankYou
	Title   string // Thank you
	Module  string // path of the package in its module
}

func scaffold(kind, name, dir string, con console) error {
	if !newName.MatchString(name) || len(name) > 60 {
		return fault.New(fault.Invalid, "%q is not a name: small letters and digits, words with hyphens between, for example thank-you", name)
	}
	module, err := moduleOf(dir)
	if err != nil {
		return err
	}
	s := scaffolded{Type: name, Package: strings.ReplaceAll(name, "-", ""), Title: strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "-", " ")}
	for word := range strings.SplitSeq(name, "-") {
		s.Go += strings.ToUpper(word[:1]) + word[1:]
	}
	if token.IsKeyword(s.Package) || slices.Contains([]string{"main", "vendor", "testdata"}, s.Package) {
		return fault.New(fault.Invalid, "%q can't be the name of a Go package; take another name, for example my-%s", s.Package, name)
	}
	s.Module = module + "/" + s.Package
	into := filepath.Join(dir, s.Package)
	if _, err := os.Stat(into); err == nil {
		return fault.New(fault.Conflict, "%s is there already; nothing was written", into)
	}
	files, err := rendered(kind, s)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(into, f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fault.Wrap(fault.Invalid, err, "make %s", filepath.Dir(path))
		}
		if err := os.WriteFile(path, f.text, 0o644); err != nil {
			return fault.Wrap(fault.Invalid, err, "write %s", path)
		}
		fmt.Fprintln(con.out, path)
	}
	fmt.Fprintf(con.out, "\nNext:\n  go test ./%s/\n  give %s.Register to app.Main in your main function, and build\n", s.Package, s.Package)
	if kind == "journey" {
		fmt.Fprintf(con.out, "  YOURPROGRAM code %s > %s.yaml && YOURPROGRAM journey apply %s.yaml\n", s.Type, s.Type, s.Type)
		fmt.Fprintf(con.out, "Before a change is deployed: YOURPROGRAM replay --open 100 --journey %s\n", s.Type)
	} else {
		fmt.Fprintf(con.out, "  on the canvas: a code step of type %s\n", s.Type)
	}
	return nil
}

type file struct {
	path string
	text []byte
}

func rendered(kind string, s scaffolded) (out []file, err error) {
	base := "scaffold/" + kind
	err = fs.WalkDir(scaffolds, base, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := scaffolds.ReadFile(path)
		if err != nil {
			return err
		}
		to := strings.TrimPrefix(path, base+"/")
		if strings.HasSuffix(to, ".json") {
			text, err = renamed(text, s)
			out = append(out, file{to, text})
			return err
		}
		t, err := template.New(path).Parse(string(text))
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := t.Execute(&b, s); err != nil {
			return err
		}
		code, err := format.Source(b.Bytes())
		out = append(out, file{strings.ReplaceAll(strings.TrimSuffix(to, ".tmpl"), "NAME", s.Package), code})
		return err
	})
	return out, err
}

// renamed makes the recorded history of the scaffold one of the new journey.
func renamed(text []byte, s scaffolded) ([]byte, error) {
	rec, err := replay.Read(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if rec, err = rec.Renamed(templateType, s.Type, s.Title); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = rec.Write(&b)
	return b.Bytes(), err
}

// moduleOf reads the path of the module that a directory is the root of.
func moduleOf(dir string) (string, error) {
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = dir
	text, err := cmd.Output()
	var mod struct{ Module struct{ Path string } }
	if err == nil {
		err = json.Unmarshal(text, &mod)
	}
	if err != nil || mod.Module.Path == "" {
		return "", fault.New(fault.Invalid, "%s is not the root of a Go module: begin with `go mod init example.com/journeys`", dir)
	}
	return mod.Module.Path, nil
}
