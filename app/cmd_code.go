package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"

	"sojourn/fault"
	"sojourn/journey"
)

// codeCmd is `sojourn code`: what the program was built with, and the document with which a code journey begins, ready for
// `sojourn journey apply`.
type codeCmd struct {
	Type     string `arg:"" optional:"" help:"Type of a journey; without it all types are listed."`
	Settings string `type:"existingfile" placeholder:"FILE" help:"Settings (YAML or JSON) in place of the defaults."`
}

func (c *codeCmd) run(_ context.Context, con console) error {
	if c.Type == "" {
		for _, a := range registered.About() {
			if a.Kind == journey.CodeKindStep {
				fmt.Fprintf(con.out, "%s (step)\n", a.Type)
				continue
			}
			fmt.Fprintln(con.out, a.Type)
		}
		return nil
	}
	var settings json.RawMessage
	if c.Settings != "" {
		text, err := os.ReadFile(c.Settings)
		if err != nil {
			return err
		}
		var values map[string]any
		if err := yaml.Unmarshal(text, &values); err != nil {
			return fault.Wrap(fault.Invalid, err, "read %s", c.Settings)
		}
		if settings, err = json.Marshal(values); err != nil {
			return fault.Wrap(fault.Invalid, err, "read %s", c.Settings)
		}
	}
	doc, err := registered.Document(c.Type, settings)
	if err != nil {
		return err
	}
	text, err := yaml.Marshal(doc)
	if err == nil {
		_, err = con.out.Write(text)
	}
	return err
}
