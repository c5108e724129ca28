package adminapi

import (
	"context"
	"encoding/json"
	"time"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/storage"
)

func (a *API) listCodeTypes(ctx context.Context, _ *Nothing) (*Out[CodeTypeList], error) {
	ws, now := caller(ctx).Workspace.ID, a.now()
	rows, err := a.deps.Store.CodeTypes(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	missing, err := a.deps.Store.MissingCode(ctx, ws, now.Add(-storage.CodeAlive))
	if err != nil {
		return nil, err
	}
	out := CodeTypeList{CodeTypes: []CodeType{}}
	for _, row := range rows {
		k, err := storage.DecodeCode(row)
		if err != nil {
			return nil, err
		}
		c := CodeType{Kind: k.Kind, Type: k.CodeType.CodeType, Name: k.Name, Description: k.Description, Exits: append([]string{}, k.Exits...), Settings: k.Settings,
			Release: k.ReleaseName, SeenAt: k.SeenAt.Time(), Alive: !k.SeenAt.Time().Before(now.Add(-storage.CodeAlive))}
		for _, m := range missing {
			if m.Kind == c.Kind && m.Type == c.Type {
				c.Waiting = m.Runs
			}
		}
		out.CodeTypes = append(out.CodeTypes, c)
	}
	return &Out[CodeTypeList]{out}, nil
}

// CodeDocumentIn names a journey in Go.
type CodeDocumentIn struct {
	Type string `path:"type" maxLength:"64"`
	Body CodeDocumentRequest
}

// codeDocument asks the code for its document. That needs a server of the same build as the workers: settings that are
// wrong are issues of the document that was there, everything else comes from the code.
func (a *API) codeDocument(ctx context.Context, in *CodeDocumentIn) (*Out[CodeDocumentResult], error) {
	ws := caller(ctx).Workspace.ID
	unknown := fault.New(fault.NotFound, "this server does not know the journey %q: it must be the same program as the worker", in.Type)
	if a.deps.CodeDocument == nil {
		return nil, unknown
	}
	known, err := a.deps.Store.JourneyCatalogue(ctx, ws)
	if err != nil {
		return nil, err
	}
	if problems, ok := known.At(a.now()).CheckSettings(journey.CodeKindJourney, in.Type, in.Body.Settings); ok && len(problems) > 0 {
		wrong := fault.New(fault.Invalid, "some settings are wrong")
		for _, p := range problems {
			wrong.Fields = append(wrong.Fields, fault.Field{Path: "body.settings." + p.Path, Message: p.Message})
		}
		return nil, wrong
	}
	settings, err := json.Marshal(in.Body.Settings)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the settings")
	}
	doc, err := a.deps.CodeDocument(in.Type, settings)
	if fault.Is(err, fault.NotFound) {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	if was := in.Body.Document; was != nil {
		doc.Key, doc.Name, doc.Description, doc.Control = was.Key, was.Name, was.Description, was.Control
		if was.Timezone != "" {
			doc.Timezone = was.Timezone
		}
	}
	issues, err := a.issues(ctx, ws, doc)
	return &Out[CodeDocumentResult]{CodeDocumentResult{Document: doc, Issues: issues}}, err
}
