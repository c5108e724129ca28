package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Blueprints = (*Store)(nil)

// Install implements storage.Blueprints.
func (s *Store) Install(ctx context.Context, workspace int64, draft journey.Document, templates []storage.TemplateInput, now time.Time) (storage.Installed, error) {
	var out storage.Installed
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		out = storage.Installed{Renamed: map[string]string{}}
		for _, t := range templates {
			key, shared, err := s.addTemplate(tx, workspace, t, now)
			switch {
			case err != nil:
				return fmt.Errorf("template %s: %w", t.Key, err)
			case shared:
				out.Shared = append(out.Shared, key)
			}
			if key != t.Key {
				out.Renamed[t.Key] = key
			}
		}
		body, err := journey.Canonical(renamed(draft, out.Renamed))
		if err != nil {
			return err
		}
		out.Journey = models.Journey{ID: s.newID(), WorkspaceID: workspace, JourneyKey: draft.Key, Name: draft.Name, State: storage.JourneyDraft,
			Draft: body, DraftRevision: 1, RolloutPercent: 100, CreatedAt: models.At(now), UpdatedAt: models.At(now)}
		return tx.Create(&out.Journey).Error
	})
	if err != nil {
		return storage.Installed{}, fmt.Errorf("install journey %s: %w", draft.Key, translate(err))
	}
	return out, nil
}

// addTemplate finds the template of this text under its key or one derived from it, or makes it under the first that is
// free. The rows that share the beginning of the key are locked, so two who install at once meet.
func (s *Store) addTemplate(tx *gorm.DB, workspace int64, in storage.TemplateInput, now time.Time) (key string, shared bool, err error) {
	bodies := slices.Clone(in.Bodies)
	for i := range bodies {
		bodies[i].Hash = bodyHash(bodies[i])
	}
	slices.SortFunc(bodies, func(a, b models.TemplateBody) int {
		return strings.Compare(a.Channel+"/"+a.Locale, b.Channel+"/"+b.Locale)
	})
	sender := in.SenderKey
	if sender == "" {
		sender = "default"
	}
	for n := 1; ; n++ {
		if key = in.Key; n > 1 {
			key = fmt.Sprintf("%s-%d", in.Key, n)
		}
		var there models.Template
		if err := tx.Raw("SELECT * FROM templates WHERE workspace_id = ? AND template_key = ?"+s.dialect.forUpdate(), workspace, key).Scan(&there).Error; err != nil {
			return "", false, err
		}
		if there.ID.IsZero() {
			row := models.Template{ID: s.newID(), WorkspaceID: workspace, TemplateKey: key, Name: in.Name, Class: in.Class, SenderKey: sender, Version: 1,
				CreatedAt: models.At(now), UpdatedAt: models.At(now)}
			if n > 1 {
				row.Name = fmt.Sprintf("%s (%d)", in.Name, n)
			}
			if err := tx.Create(&row).Error; isDuplicate(err) {
				return "", false, errAgain
			} else if err != nil {
				return "", false, err
			}
			return key, false, putBodies(tx, row, bodies)
		}
		same, err := sameBodies(tx, there, bodies)
		if err != nil || same && there.Class == in.Class && there.SenderKey == sender {
			return key, true, err
		}
	}
}

// renamed is the document with its sends naming the templates by their keys here. The steps of the original stay as they
// are: documents of blueprints are shared.
func renamed(d journey.Document, keys map[string]string) journey.Document {
	d.Steps = slices.Clone(d.Steps)
	for i, st := range d.Steps {
		if st.Send == nil || keys[st.Send.Template] == "" {
			continue
		}
		send := *st.Send
		send.Template = keys[send.Template]
		d.Steps[i].Send = &send
	}
	return d
}
