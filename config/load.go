package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"sojourn/fault"
)

// Source holds what file and environment say. It is a kong.Resolver: kong asks it for every flag that was not given.
type Source struct {
	values   map[string]any // by flag
	origin   map[string]string
	Warnings []string // worth saying, not worth refusing
}

// Load reads the file (if any) and the environment, which is a list of NAME=value. Unknown names in either are errors:
// a setting that is spelled wrongly would else silently be the default. The environment may hold other programs'
// variables; of ours only those that are no setting at all (SOJOURN_TEST_…, SOJOURN_FAULT…) are let through by ignore.
func Load(file string, environ []string, ignore func(name string) bool) (*Source, error) {
	s := &Source{values: map[string]any{}, origin: map[string]string{}}
	known := map[string]Setting{}
	for _, set := range Settings() {
		known[set.Path] = set
	}
	if file != "" {
		if err := s.file(file, known); err != nil {
			return nil, err
		}
	}
	return s, s.environment(environ, known, ignore)
}

func (s *Source) file(name string, known map[string]Setting) error {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.NotFound, err, "there is no configuration file %s", name)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "read the configuration file %s", name)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return fault.Wrap(fault.Invalid, err, "the configuration file %s is not YAML", name)
	}
	flat := map[string]any{}
	flatten(tree, "", flat)
	var wrong []fault.Field
	secret := false
	for _, path := range slices.Sorted(maps.Keys(flat)) {
		set, ok := known[path]
		if !ok {
			wrong = append(wrong, fault.Field{Path: path, Message: "there is no such setting"})
			continue
		}
		secret = secret || set.Secret != ""
		s.values[set.Flag], s.origin[set.Path] = flat[path], name
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "the configuration file %s has settings we don't know", name).WithFields(wrong...)
	}
	if info, err := os.Stat(name); err == nil && secret && info.Mode().Perm()&0o077 != 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s holds secrets and can be read by others (mode %04o); chmod 600 it", name, info.Mode().Perm()))
	}
	return nil
}

func flatten(tree map[string]any, path string, out map[string]any) {
	for k, v := range tree {
		p := k
		if path != "" {
			p = path + "." + k
		}
		if sub, ok := v.(map[string]any); ok {
			flatten(sub, p, out)
		} else if v != nil {
			out[p] = v
		}
	}
}

func (s *Source) environment(environ []string, known map[string]Setting, ignore func(string) bool) error {
	byName, files := map[string]Setting{}, map[string]Setting{}
	for _, set := range known {
		byName[set.Env] = set
		if set.Secret != "" {
			files[set.Env+"_FILE"] = set
		}
	}
	var wrong []fault.Field
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, "SOJOURN_") {
			continue
		}
		if set, ok := byName[name]; ok {
			if value != "" {
				s.values[set.Flag], s.origin[set.Path] = value, name
			}
			continue
		}
		if set, ok := files[name]; ok {
			text, err := os.ReadFile(value)
			if err != nil {
				wrong = append(wrong, fault.Field{Path: name, Message: "the file can't be read: " + err.Error()})
				continue
			}
			s.values[set.Flag], s.origin[set.Path] = strings.TrimSpace(string(text)), name
			continue
		}
		if ignore == nil || !ignore(name) {
			wrong = append(wrong, fault.Field{Path: name, Message: "there is no such setting"})
		}
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "the environment has settings we don't know").WithFields(wrong...)
	}
	return nil
}

// Validate implements kong.Resolver.
func (s *Source) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver.
func (s *Source) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	v, ok := s.values[flag.Name]
	if !ok {
		return nil, nil
	}
	if list, ok := v.([]any); ok {
		parts := make([]string, len(list))
		for i, e := range list {
			parts[i] = fmt.Sprint(e)
		}
		return strings.Join(parts, ","), nil
	}
	return fmt.Sprint(v), nil
}

// Origin tells where a setting's value comes from: a file, a variable, or "" for the default or a flag.
func (s *Source) Origin(path string) string { return s.origin[path] }
