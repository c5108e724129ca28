package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"sojourn/fault"
	"sojourn/journey"
)

// journeyFile is one document on disk.
type journeyFile struct {
	path string
	text []byte
	doc  journey.Document
}

// at is where a path of the document (steps[2].wait.for) stands: file:line, as editors and CI systems link it.
func (f journeyFile) at(path string) string {
	if n := lineOf(f.text, path); n > 0 {
		return fmt.Sprintf("%s:%d", f.path, n)
	}
	return f.path
}

// errors are the issues for which the document can't be published.
func (f journeyFile) errors() (out []fault.Field) {
	for _, i := range journey.Validate(f.doc, nil) {
		if i.Severity == journey.Error {
			out = append(out, fault.Field{Path: f.at(i.Path), Message: placeOf(i.Step, i.Path) + ": " + i.Message})
		}
	}
	return out
}

// placeOf names a place of a document for a person.
func placeOf(step, path string) string {
	if step != "" {
		return fmt.Sprintf("step %s, %s", step, path)
	}
	return path
}

var pathPart = regexp.MustCompile(`[^.\[\]]+`)

// lineOf finds the line of a path in YAML or JSON, or of the nearest thing above it that is written down; 0 when the text
// can't be read.
func lineOf(text []byte, path string) int {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || len(root.Content) == 0 {
		return 0
	}
	at, line := root.Content[0], root.Content[0].Line
	for _, part := range pathPart.FindAllString(path, -1) {
		below, n := childOf(at, part)
		if below == nil {
			break
		}
		at, line = below, n
	}
	return line
}

func childOf(n *yaml.Node, part string) (child *yaml.Node, line int) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == part {
				return n.Content[i+1], n.Content[i].Line
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i].Line
		}
	}
	return nil, 0
}

// readJourneys reads files and, of directories, all *.yaml, *.yml and *.json below them, in the order of their paths.
// Every file that can't be read is told, and two files of one key are an error.
func readJourneys(paths []string) ([]journeyFile, error) {
	files, err := journeyPaths(paths)
	if err != nil {
		return nil, err
	}
	var out []journeyFile
	wrong := fault.New(fault.Invalid, "some documents can't be read")
	seen := map[string]string{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "read %s", path)
		}
		doc, err := journey.Parse(text)
		if err != nil {
			wrong.Fields = append(wrong.Fields, unreadable(path, err)...)
			continue
		}
		if other := seen[doc.Key]; other != "" {
			wrong.Fields = append(wrong.Fields, fault.Field{Path: path, Message: fmt.Sprintf("journey %s stands in %s already", doc.Key, other)})
		}
		seen[doc.Key] = path
		out = append(out, journeyFile{path, text, doc})
	}
	if len(wrong.Fields) > 0 {
		return nil, wrong
	}
	return out, nil
}

func journeyPaths(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			hidden := strings.HasPrefix(d.Name(), ".") && path != p
			switch ext := strings.ToLower(filepath.Ext(path)); {
			case d.IsDir() && hidden:
				return filepath.SkipDir
			case d.IsDir() || hidden:
			case path == p || ext == ".yaml" || ext == ".yml" || ext == ".json":
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "read %s", p)
		}
	}
	slices.Sort(files)
	if files = slices.Compact(files); len(files) == 0 {
		return nil, fault.New(fault.Invalid, "there is no journey (*.yaml, *.yml, *.json) in %s", strings.Join(paths, ", "))
	}
	return files, nil
}

func unreadable(path string, err error) []fault.Field {
	var known *fault.Error
	if !errors.As(err, &known) || len(known.Fields) == 0 {
		return []fault.Field{{Path: path, Message: err.Error()}}
	}
	out := make([]fault.Field, len(known.Fields))
	for i, f := range known.Fields {
		at := path
		if line, ok := strings.CutPrefix(f.Path, "line "); ok {
			at += ":" + line
		} else if f.Path != "" {
			at += ": " + f.Path
		}
		out[i] = fault.Field{Path: at, Message: f.Message}
	}
	return out
}
