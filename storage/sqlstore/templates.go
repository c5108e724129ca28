package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"
	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var (
	_ storage.Templates = (*Store)(nil)
	_ storage.Inbox     = (*Store)(nil)
)

// PutTemplate implements storage.Templates.
func (s *Store) PutTemplate(ctx context.Context, workspace int64, in storage.TemplateInput, now time.Time) (models.Template, error) {
	var out models.Template
	if in.Key == "" || len(in.Bodies) == 0 {
		return out, fault.New(fault.Invalid, "a template needs a key and at least one body")
	}
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
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		out = models.Template{}
		if err := tx.Raw("SELECT * FROM templates WHERE workspace_id = ? AND template_key = ?"+s.dialect.forUpdate(), workspace, in.Key).Scan(&out).Error; err != nil {
			return err
		}
		changed := out
		changed.Name, changed.Class, changed.SenderKey = in.Name, in.Class, sender
		if out.ID.IsZero() {
			changed.ID, changed.WorkspaceID, changed.TemplateKey, changed.Version = s.newID(), workspace, in.Key, 1
			changed.CreatedAt, changed.UpdatedAt = models.At(now), models.At(now)
			out = changed
			if err := tx.Create(&out).Error; isDuplicate(err) {
				return errAgain
			} else if err != nil {
				return err
			}
			return putBodies(tx, out, bodies)
		}
		same, err := sameBodies(tx, out, bodies)
		if err != nil || same && changed == out {
			return err
		}
		if !same {
			changed.Version++
			if err := putBodies(tx, changed, bodies); err != nil {
				return err
			}
		}
		changed.UpdatedAt = models.At(now)
		out = changed
		return tx.Exec("UPDATE templates SET name = ?, class = ?, sender_key = ?, version = ?, updated_at = ? WHERE id = ?",
			out.Name, out.Class, out.SenderKey, out.Version, out.UpdatedAt, out.ID).Error
	})
	return out, err
}

func putBodies(tx *gorm.DB, t models.Template, bodies []models.TemplateBody) error {
	rows := slices.Clone(bodies)
	for i := range rows {
		rows[i].WorkspaceID, rows[i].TemplateID, rows[i].Version = t.WorkspaceID, t.ID, t.Version
	}
	return tx.Create(&rows).Error
}

func sameBodies(tx *gorm.DB, t models.Template, bodies []models.TemplateBody) (bool, error) {
	stored, err := bodiesOf(tx, t)
	return slices.EqualFunc(stored, bodies, func(a, b models.TemplateBody) bool {
		return a.Channel == b.Channel && a.Locale == b.Locale && a.Hash == b.Hash
	}), err
}

func bodiesOf(tx *gorm.DB, t models.Template) ([]models.TemplateBody, error) {
	var rows []models.TemplateBody
	err := tx.Where("workspace_id = ? AND template_id = ? AND version = ?", t.WorkspaceID, t.ID, t.Version).Find(&rows).Error
	slices.SortFunc(rows, func(a, b models.TemplateBody) int {
		return strings.Compare(a.Channel+"/"+a.Locale, b.Channel+"/"+b.Locale)
	})
	return rows, err
}

func bodyHash(b models.TemplateBody) models.Hash {
	h := sha256.New()
	for _, part := range []string{b.Subject, b.Preheader, b.Body, b.TextBody} {
		_ = binary.Write(h, binary.BigEndian, int64(len(part)))
		h.Write([]byte(part))
	}
	return models.Hash(h.Sum(nil))
}

// bodiesKey names the bodies of one version of a template, which never change.
type bodiesKey struct {
	workspace int64
	template  ids.ID
	version   int
}

type bodiesCache = otter.Cache[bodiesKey, []models.TemplateBody]

// maxBodies bounds the cache: the bodies of a version are some tens of kilobytes.
const maxBodies = 500

func newBodiesCache() *bodiesCache {
	return otter.Must(&otter.Options[bodiesKey, []models.TemplateBody]{MaximumSize: maxBodies})
}

// TemplateByKey implements storage.Templates.
func (s *Store) TemplateByKey(ctx context.Context, workspace int64, key string) (storage.Template, error) {
	var out storage.Template
	found, err := one(ctx, s, &out.Template, "SELECT * FROM templates WHERE workspace_id = ? AND template_key = ?", workspace, key)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "no such template")
	}
	if err != nil {
		return out, err
	}
	bodies, err := s.bodies.Get(ctx, bodiesKey{workspace, out.ID, out.Version}, otter.LoaderFunc[bodiesKey, []models.TemplateBody](func(ctx context.Context, k bodiesKey) ([]models.TemplateBody, error) {
		return bodiesOf(s.read(ctx), models.Template{WorkspaceID: k.workspace, ID: k.template, Version: k.version})
	}))
	out.Bodies = slices.Clone(bodies)
	return out, translate(err)
}

// ListTemplates implements storage.Templates.
func (s *Store) ListTemplates(ctx context.Context, workspace int64) ([]models.Template, error) {
	var rows []models.Template
	err := s.read(ctx).Where("workspace_id = ?", workspace).Order("template_key").Find(&rows).Error
	return rows, translate(err)
}

// PutSender implements storage.Templates.
func (s *Store) PutSender(ctx context.Context, sender models.Sender, now time.Time) (models.Sender, error) {
	if sender.WorkspaceID == 0 || sender.SenderKey == "" || sender.Channel == "" || sender.FromAddress == "" {
		return sender, fault.New(fault.Invalid, "a sender needs a key, a channel and an address")
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var have models.Sender
		if err := tx.Raw("SELECT * FROM senders WHERE workspace_id = ? AND sender_key = ?"+s.dialect.forUpdate(), sender.WorkspaceID, sender.SenderKey).Scan(&have).Error; err != nil {
			return err
		}
		if have.ID.IsZero() {
			sender.ID, sender.State, sender.CreatedAt = s.newID(), storage.SenderActive, models.At(now)
			if err := tx.Create(&sender).Error; isDuplicate(err) {
				return errAgain
			} else if err != nil {
				return err
			}
			return nil
		}
		have.Channel, have.FromName, have.FromAddress, have.ReplyTo, have.PostalAddress = sender.Channel, sender.FromName, sender.FromAddress, sender.ReplyTo, sender.PostalAddress
		sender = have
		return tx.Exec("UPDATE senders SET channel = ?, from_name = ?, from_address = ?, reply_to = ?, postal_address = ? WHERE id = ?",
			have.Channel, have.FromName, have.FromAddress, have.ReplyTo, have.PostalAddress, have.ID).Error
	})
	return sender, err
}

// Deliver implements storage.Inbox. The id of the message is the id of its send, which is what makes it unique.
func (s *Store) Deliver(ctx context.Context, m models.InboxMessage) error {
	if m.ID = m.SendID; m.ID.IsZero() {
		m.ID = s.newID()
	}
	return translate(s.read(ctx).Create(&m).Error)
}

// Delivered implements storage.Inbox.
func (s *Store) Delivered(ctx context.Context, workspace int64, send ids.ID) (bool, error) {
	var n int64
	err := s.read(ctx).Raw("SELECT COUNT(*) FROM inbox_messages WHERE id = ? AND workspace_id = ?", send, workspace).Scan(&n).Error
	return n > 0, translate(err)
}
