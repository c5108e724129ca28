package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"sojourn/channels"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/storage"
)

// PreviewAsk names a message and the customer as whom it is looked at.
type PreviewAsk struct {
	Workspace int64
	Customer  ids.ID
	Template  string // key
	Channel   string
	Subject   string // instead of the template's own, if any
	Purpose   string
}

// Preview is a message as it would be rendered, for looking at.
type Preview struct {
	From    channels.Party
	ReplyTo string
	Subject string
	HTML    string // "" on channels of plain text
	Text    string
}

// Preview renders a message as for a customer. Nothing is written down, no link counts, and the link to unsubscribe leads
// nowhere. A template that fails is a fault.Invalid with the place.
func (m *Messaging) Preview(ctx context.Context, ask PreviewAsk) (Preview, error) {
	_, out, err := m.preview(ctx, ask)
	return out, err
}

func (m *Messaging) preview(ctx context.Context, ask PreviewAsk) (*attempt, Preview, error) {
	t, err := m.Templates.TemplateByKey(ctx, ask.Workspace, ask.Template)
	if err != nil {
		return nil, Preview{}, fmt.Errorf("template %s: %w", ask.Template, err)
	}
	a := &attempt{customer: ask.Customer, channel: ask.Channel, sender: m.sender(ask.Channel), template: t, class: consent.Class(t.Class), subject: ask.Subject, preview: true,
		step: &journey.Step{Kind: journey.StepSend, Send: &journey.SendStep{Template: ask.Template, Channel: ask.Channel}}}
	if a.sender == nil {
		return nil, Preview{}, fault.New(fault.Invalid, "there is no sender for channel %q", ask.Channel)
	}
	s, err := m.Sends.Prepare(ctx, storage.SendAsk{Workspace: ask.Workspace, Customer: ask.Customer, Channel: ask.Channel, SenderKey: cmp.Or(t.SenderKey, "default")})
	if err != nil {
		return nil, Preview{}, err
	}
	r := storage.SendRequest{ID: ids.New(), Workspace: ask.Workspace, Customer: s.Customer.ID, Channel: ask.Channel, Purpose: ask.Purpose, Now: m.now()}
	made, err := m.render(a, s, r)
	if failed := (*content.Error)(nil); errors.As(err, &failed) {
		return nil, Preview{}, fault.Wrap(fault.Invalid, err, "the message can't be made: %s", failed.Error())
	}
	if err != nil {
		return nil, Preview{}, err
	}
	var f frozen
	err = made.Headers.Into(&f)
	return a, Preview{From: f.From, ReplyTo: f.ReplyTo, Subject: made.Subject, HTML: made.HTML, Text: made.TextBody}, err
}

// SendTest renders a message as for a customer and hands it to a colleague's address. It goes past ledger and gate, which
// are about customers: the caller makes sure that the address is a colleague's. A failed hand-over is not repeated.
func (m *Messaging) SendTest(ctx context.Context, ask PreviewAsk, to string) error {
	a, p, err := m.preview(ctx, ask)
	if err != nil {
		return err
	}
	id := ids.New()
	hand, err := a.sender.Prepare(ctx, channels.Message{Workspace: ask.Workspace, Send: id, Channel: ask.Channel, From: p.From, ReplyTo: p.ReplyTo, To: to,
		Subject: "[Test] " + p.Subject, HTML: p.HTML, Text: p.Text, MessageID: m.messageID("test/"+id.String(), p.From.Address), Date: m.now()})
	if err == nil {
		_, err = hand.Commit(ctx)
	}
	if f := (*channels.Failure)(nil); errors.As(err, &f) {
		m.logger().WarnContext(ctx, "a test message failed", "workspace", ask.Workspace, "class", f.Class, "reason", f.Reason, "code", f.Code)
		return fault.New(fault.Unavailable, "the mail server did not take it: %s %s", f.Reason, f.Code)
	}
	return err
}

// SendPlain sends a member of staff a plain mail from the workspace's default sender.
func (m *Messaging) SendPlain(ctx context.Context, store RehearsalStore, workspace int64, to, subject, text string) error {
	senders, err := store.Senders(ctx, workspace)
	if err != nil {
		return err
	}
	message := channels.Message{Workspace: workspace, Send: ids.New(), Channel: "email", To: to, Subject: subject, Text: text, Date: m.now()}
	for _, s := range senders {
		if s.SenderKey == "default" || message.From.Address == "" && s.Channel == "email" {
			message.From, message.ReplyTo = channels.Party{Name: s.FromName, Address: s.FromAddress}, s.ReplyTo
		}
	}
	if message.From.Address == "" {
		return fault.New(fault.Conflict, "set up a sender of e-mails first")
	}
	message.MessageID = m.messageID("staff/"+message.Send.String(), message.From.Address)
	hand, err := m.sender("email").Prepare(ctx, message)
	if err == nil {
		_, err = hand.Commit(ctx)
	}
	if f := (*channels.Failure)(nil); errors.As(err, &f) {
		return fault.New(fault.Unavailable, "the mail server did not take it: %s %s", f.Reason, f.Code)
	}
	return err
}

// SubjectProblem tells what is wrong with a subject line, nil when it can be rendered.
func SubjectProblem(text string) error {
	_, err := content.Compile(content.Source{Channel: "email", Subject: text, Body: " "})
	return err
}
