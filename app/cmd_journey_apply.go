package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/server/adminapi"
)

// journeyApplyCmd is `sojourn journey apply PATH…`. Applying the same documents again changes nothing.
type journeyApplyCmd struct {
	installation
	Paths     []string `arg:"" type:"path" name:"path" help:"Files or directories."`
	Publish   bool     `help:"Publish what differs from the live version."`
	DryRun    bool     `help:"Say what would be done."`
	Overwrite bool     `help:"Replace a draft that somebody has changed since it was published."`
	Confirm   bool     `help:"Publish also where many people enter at once or many messages follow."`
	Rollout   int      `help:"Let only so many percent of entrants get the new version at first." placeholder:"PERCENT"`
	InFlight  string   `enum:"stay,move,end" default:"stay" help:"People who are in an older version: stay, move or end."`
}

// pending is one journey that is not yet as its file says.
type pending struct {
	journeyFile
	revision int  // of the draft; 0 = the journey does not exist yet
	save     bool // the draft differs
	publish  bool // the live version differs
}

func (c *journeyApplyCmd) run(ctx context.Context, con console) error {
	files, err := readJourneys(c.Paths)
	if err != nil {
		return err
	}
	wrong, bad := fault.New(fault.Invalid, ""), 0
	for _, f := range files { // nothing is changed while one of them can't become anything
		if issues := f.errors(); len(issues) > 0 {
			wrong.Fields, bad = append(wrong.Fields, issues...), bad+1
		}
	}
	if bad > 0 {
		wrong.Message = fmt.Sprintf("%d of %d journeys can't be published; nothing was changed", bad, len(files))
		return wrong
	}
	api, err := c.client(con)
	if err != nil {
		return err
	}
	var work []*pending
	for _, f := range files {
		p, err := c.plan(ctx, con.out, api, f)
		if err != nil {
			return err
		}
		work = append(work, p)
	}
	if c.DryRun {
		return nil
	}
	// All drafts before the first publish: journeys may enter each other.
	for _, p := range work {
		if err := c.save(ctx, con.out, api, p); err != nil {
			return err
		}
	}
	if !c.Publish {
		return nil
	}
	return c.publishAll(ctx, con.out, api, work)
}

// plan compares a file with what the installation has and prints the difference.
func (c *journeyApplyCmd) plan(ctx context.Context, out io.Writer, api *adminClient, f journeyFile) (*pending, error) {
	p := &pending{journeyFile: f, save: true, publish: true}
	live, j, err := api.standing(ctx, f.doc.Key, false)
	if err != nil {
		return nil, err
	}
	if j == nil {
		printDifference(out, f.doc.Key, true, compare(nil, f.doc))
		return p, nil
	}
	p.revision = j.DraftRevision
	p.save = !says(f.doc, j.Draft)
	p.publish = j.LiveVersion == 0 || !says(f.doc, *live)
	// Where boxes stand is nobody's work worth a red build; what was saved with this very key is our own.
	theirs := !j.DraftMine && (j.LiveVersion == 0 || !journey.Diff(*live, j.Draft).Same)
	if p.save && theirs && !c.Overwrite {
		since := "and was never published"
		if j.LiveVersion > 0 {
			since = fmt.Sprintf("since version %d", j.LiveVersion)
		}
		return nil, fault.New(fault.Conflict, "the draft of %s was changed by somebody else %s and differs from %s: export it, or say --overwrite", f.doc.Key, since, f.path)
	}
	p.doc = placed(f.doc, j.Draft)
	printDifference(out, f.doc.Key, false, compare(live, f.doc))
	return p, nil
}

// says reports that a file says what the installation has. One without positions on the canvas says nothing about them.
func says(file, have journey.Document) bool {
	return journey.Hash(placed(file, have)) == journey.Hash(have)
}

// placed is the document of a file, with the positions of the installation if it has none of its own.
func placed(file, have journey.Document) journey.Document {
	if file.Layout == nil {
		file.Layout = have.Layout
	}
	return file
}

func (c *journeyApplyCmd) save(ctx context.Context, out io.Writer, api *adminClient, p *pending) error {
	if !p.save {
		return nil
	}
	var j adminapi.JourneyDetail
	var err error
	if p.revision == 0 {
		j, err = api.create(ctx, p.doc)
	} else {
		j, err = api.save(ctx, p.doc, p.revision)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.path, err)
	}
	p.revision = j.DraftRevision
	fmt.Fprintf(out, "%s: draft saved\n", p.doc.Key)
	return nil
}

// publishAll publishes what differs. One that is refused because it enters another one that is not published yet gets a
// second chance when the others are live.
func (c *journeyApplyCmd) publishAll(ctx context.Context, out io.Writer, api *adminClient, work []*pending) error {
	ask := adminapi.PublishRequest{Confirm: c.Confirm, Rollout: c.Rollout, InFlight: &adminapi.InFlight{Mode: c.InFlight}}
	for {
		var again []*pending
		var first error
		for _, p := range work {
			if !p.publish {
				continue
			}
			v, err := api.publish(ctx, p.doc.Key, p.revision, ask)
			switch {
			case fault.Is(err, fault.Invalid):
				again = append(again, p)
				if first == nil {
					first = fmt.Errorf("%s: %w", p.path, err)
				}
			case err != nil:
				return fmt.Errorf("%s: %w", p.path, err)
			default:
				fmt.Fprintf(out, "%s: version %d is live\n", p.doc.Key, v.Number)
			}
		}
		if len(again) == 0 || len(again) == len(work) {
			return first
		}
		work = again
	}
}

// printDifference writes a difference for people: one line per thing that differs, marked +, - or ~.
func printDifference(w io.Writer, key string, isNew bool, d journey.Difference) {
	switch {
	case isNew:
		fmt.Fprintf(w, "%s: new, with %d steps\n", key, len(d.Steps))
		return
	case d.Same:
		fmt.Fprintf(w, "%s: no difference\n", key)
		return
	}
	fmt.Fprintf(w, "%s:\n", key)
	mark := map[journey.ChangeOp]string{journey.Added: "+", journey.Removed: "-", journey.Changed: "~"}
	fields := func(indent string, all []journey.FieldChange) {
		for _, f := range all {
			fmt.Fprintf(w, "%s%s %s: %s\n", indent, mark[f.Op], f.Path, beforeAfter(f))
		}
	}
	fields("  ", d.Journey)
	if d.Start != nil {
		fmt.Fprintf(w, "  ~ begins at %s, was %s\n", d.Start.To, d.Start.Was)
	}
	for _, s := range d.Steps {
		fmt.Fprintf(w, "  %s step %s (%s)\n", mark[s.Op], s.ID, s.Kind)
		fields("      ", s.Fields)
	}
	for _, e := range d.Edges {
		fmt.Fprintf(w, "  %s way %s -%s-> %s\n", mark[e.Op], e.From, e.Exit, wayTo(e))
	}
}

func wayTo(e journey.EdgeChange) string {
	end := func(s string) string {
		if s == "" {
			return "(end)"
		}
		return s
	}
	switch e.Op {
	case journey.Removed:
		return end(e.Was)
	case journey.Changed:
		return end(e.To) + ", was " + end(e.Was)
	}
	return end(e.To)
}

func beforeAfter(f journey.FieldChange) string {
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(b)
	}
	switch f.Op {
	case journey.Added:
		return text(f.After)
	case journey.Removed:
		return text(f.Before)
	}
	return text(f.Before) + " -> " + text(f.After)
}
