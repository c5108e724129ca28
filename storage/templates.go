package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// Templates keeps messages in all their locales, and the identities they are sent from. A template has versions; the
// bodies of a version never change, so what a sent message said can always be shown.
type Templates interface {
	// PutTemplate makes the bodies the newest version of the template, which is created when it is new. Putting what is
	// the newest version already changes nothing. The caller has checked the bodies (content.Lint).
	PutTemplate(ctx context.Context, workspace int64, t TemplateInput, now time.Time) (models.Template, error)
	// TemplateByKey returns a template with the bodies of its newest version. NotFound when there is none.
	TemplateByKey(ctx context.Context, workspace int64, key string) (Template, error)
	// ListTemplates returns all templates of the workspace by key, without bodies.
	ListTemplates(ctx context.Context, workspace int64) ([]models.Template, error)
	// PutSender creates a sender or changes how it presents itself; its pause switch stays as it is.
	PutSender(ctx context.Context, sender models.Sender, now time.Time) (models.Sender, error)
}

// Template is a template with the bodies of its newest version.
type Template struct {
	models.Template
	Bodies []models.TemplateBody
}

// TemplateInput is a template as somebody wrote it.
type TemplateInput struct {
	Key, Name, Class, SenderKey string
	Bodies                      []models.TemplateBody // Channel, Locale, Subject, Preheader, Body, TextBody
}

// Inbox is the built-in mailbox that stands in for providers.
type Inbox interface {
	// Deliver keeps a message. A message of the same send is kept once; the second time is a Conflict.
	Deliver(ctx context.Context, m models.InboxMessage) error
	// Delivered reports whether the inbox has a message of this send.
	Delivered(ctx context.Context, workspace int64, send ids.ID) (bool, error)
}
