package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/server/adminapi"
)

// journeyCmd is `sojourn journey …`: journeys as files. Whatever talks to an installation does so through the admin API
// with a key, never to the database: a CI machine has no business in the database, and the key's scopes, the checks of
// publishing and the audit log hold for it as they do for a person.
type journeyCmd struct {
	Validate journeyValidateCmd `cmd:"" help:"Check journey documents (YAML or JSON) and list everything that is wrong with them."`
	Apply    journeyApplyCmd    `cmd:"" help:"Make the drafts of an installation equal to the documents, and publish them with --publish."`
	Export   journeyExportCmd   `cmd:"" help:"Write journeys of an installation as YAML."`
	Diff     journeyDiffCmd     `cmd:"" help:"Show how documents differ from what an installation has; exit code 1 if they do."`
}

// journeyValidateCmd is `sojourn journey validate PATH…`. Without --server, references to templates and audiences are not
// looked up: a document can be checked where nothing else is at hand.
type journeyValidateCmd struct {
	installation
	Paths []string `arg:"" type:"path" name:"path" help:"Files or directories."`
}

func (c *journeyValidateCmd) run(ctx context.Context, con console) error {
	files, err := readJourneys(c.Paths)
	if err != nil {
		return err
	}
	var api *adminClient
	if c.address(con) != "" {
		if api, err = c.client(con); err != nil {
			return err
		}
	}
	bad := 0
	for _, f := range files {
		issues, err := c.issues(ctx, api, f.doc)
		if err != nil {
			return err
		}
		broken := false
		for _, i := range issues {
			fmt.Fprintf(con.out, "%s: %s: %s: %s (%s)\n", f.at(i.Path), i.Severity, placeOf(i.StepID, i.Path), i.Message, i.Code)
			broken = broken || i.Severity == string(journey.Error)
		}
		if broken {
			bad++
			continue
		}
		fmt.Fprintf(con.out, "%s is good: journey %s with %d steps\n", f.path, f.doc.Key, len(f.doc.Steps))
	}
	if bad > 0 {
		return fault.New(fault.Invalid, "%d of %d journeys can't be published", bad, len(files))
	}
	return nil
}

func (c *journeyValidateCmd) issues(ctx context.Context, api *adminClient, doc journey.Document) ([]adminapi.Issue, error) {
	if api != nil {
		v, err := api.validate(ctx, doc)
		return v.Issues, err
	}
	var out []adminapi.Issue
	for _, i := range journey.Validate(doc, nil) {
		out = append(out, adminapi.Issue{StepID: i.Step, Path: i.Path, Code: i.Code, Severity: string(i.Severity), Message: i.Message})
	}
	return out, nil
}

// journeyExportCmd is `sojourn journey export [KEY…]`.
type journeyExportCmd struct {
	installation
	Keys   []string `arg:"" optional:"" name:"key" help:"Keys of journeys; default: all that are not archived."`
	Dir    string   `type:"path" help:"Write KEY.yaml files here; default: print."`
	Draft  bool     `help:"The draft, not the live version."`
	Number int      `help:"A certain version; with one key."`
}

func (c *journeyExportCmd) run(ctx context.Context, con console) error {
	api, err := c.client(con)
	if err != nil {
		return err
	}
	keys := c.Keys
	if len(keys) == 0 {
		if keys, err = api.keys(ctx); err != nil {
			return err
		}
	}
	if c.Number != 0 && len(keys) != 1 {
		return fault.New(fault.Invalid, "--number needs exactly one key")
	}
	for i, key := range keys {
		j, err := api.journey(ctx, key)
		if err != nil {
			return err
		}
		doc, number := j.Draft, c.Number
		if number == 0 && !c.Draft {
			number = j.LiveVersion
		}
		if number != 0 {
			if doc, err = api.version(ctx, key, number); err != nil {
				return err
			}
		}
		text, err := journeyYAML(doc)
		if err != nil {
			return err
		}
		if c.Dir == "" {
			if i > 0 {
				fmt.Fprintln(con.out, "---")
			}
			fmt.Fprint(con.out, string(text))
			continue
		}
		if err := os.MkdirAll(c.Dir, 0o755); err != nil {
			return fault.Wrap(fault.Invalid, err, "make %s", c.Dir)
		}
		path := filepath.Join(c.Dir, filepath.Base(key)+".yaml")
		if there, err := os.ReadFile(path); err == nil {
			// What says the same stays as it is, with its comments and in its order of fields.
			if have, err := journey.Parse(there); err == nil && journey.Hash(have) == journey.Hash(doc) {
				fmt.Fprintf(con.out, "%s (unchanged)\n", path)
				continue
			}
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return fault.Wrap(fault.Invalid, err, "write %s", path)
		}
		fmt.Fprintln(con.out, path)
	}
	return nil
}

func journeyYAML(doc journey.Document) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("write journey %s as YAML: %w", doc.Key, err)
	}
	return b.Bytes(), nil
}

// errDiffers makes `journey diff` end with exit code 1, as diff does.
var errDiffers = fault.New(fault.Conflict, "there are differences")

// journeyDiffCmd is `sojourn journey diff PATH…`.
type journeyDiffCmd struct {
	installation
	Paths []string `arg:"" type:"path" name:"path" help:"Files or directories."`
	Draft bool     `help:"Compare with the drafts, not with the live versions."`
}

func (c *journeyDiffCmd) run(ctx context.Context, con console) error {
	files, err := readJourneys(c.Paths)
	if err != nil {
		return err
	}
	api, err := c.client(con)
	if err != nil {
		return err
	}
	differs := false
	for _, f := range files {
		have, _, err := api.standing(ctx, f.doc.Key, c.Draft)
		if err != nil {
			return err
		}
		d := compare(have, f.doc)
		differs = differs || !d.Same
		printDifference(con.out, f.doc.Key, have == nil, d)
	}
	if differs {
		return errDiffers
	}
	return nil
}

func compare(have *journey.Document, want journey.Document) journey.Difference {
	if have == nil {
		have = &journey.Document{Key: want.Key}
	}
	return journey.Diff(*have, want)
}
