// Package inbox delivers messages into the built-in inbox, where the admin UI shows them. It stands in for any channel
// that has no provider: the ledger, gate and fence in front of it are the ordinary ones. The inbox keeps one message per
// send and can be asked whether it has it, so a lost answer is found out here where SMTP must say "unknown".
package inbox

import (
	"context"
	"net/mail"
	"time"

	"sojourn/channels"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
)

// Store is where messages are kept; storage.Inbox has it. A second message of the same send is a fault.Conflict.
type Store interface {
	Deliver(ctx context.Context, m models.InboxMessage) error
	Delivered(ctx context.Context, workspace int64, send ids.ID) (bool, error)
}

// Sender delivers into a Store.
type Sender struct {
	Store Store
	Now   func() time.Time
}

var (
	_ channels.Sender = (*Sender)(nil)
	_ channels.LookUp = (*Sender)(nil)
)

// Warm implements channels.Sender: there is nothing to connect to.
func (*Sender) Warm() bool { return true }

// Accepted implements channels.LookUp.
func (s *Sender) Accepted(ctx context.Context, workspace int64, send ids.ID) (bool, error) {
	return s.Store.Delivered(ctx, workspace, send)
}

// Prepare implements channels.Sender.
func (s *Sender) Prepare(_ context.Context, m channels.Message) (channels.HandOver, error) {
	if m.To == "" || m.Send.IsZero() {
		return nil, &channels.Failure{Class: channels.Rejected, Reason: "bad_address"}
	}
	headers := map[string]string{"Message-ID": m.MessageID, "Date": m.Date.UTC().Format(time.RFC1123Z)}
	for _, h := range m.Headers {
		headers[h.Name] = h.Value
	}
	if m.ReplyTo != "" {
		headers["Reply-To"] = m.ReplyTo
	}
	from := m.From.Address
	if m.From.Name != "" {
		from = (&mail.Address{Name: m.From.Name, Address: m.From.Address}).String()
	}
	return &handOver{s: s, m: models.InboxMessage{WorkspaceID: m.Workspace, SendID: m.Send, CustomerID: m.Customer, Channel: m.Channel, Sender: from, Recipient: m.To,
		Subject: m.Subject, HTML: m.HTML, TextBody: m.Text, Headers: models.ToJSON(headers)}}, nil
}

type handOver struct {
	s     *Sender
	m     models.InboxMessage
	ended bool
}

// Abort implements channels.HandOver.
func (h *handOver) Abort() { h.ended = true }

// Commit implements channels.HandOver. A failed insert may have been committed all the same, so it is unknown; Accepted
// then tells.
func (h *handOver) Commit(ctx context.Context) (channels.Receipt, error) {
	if h.ended || ctx.Err() != nil {
		return channels.Receipt{}, &channels.Failure{Class: channels.Retry, Reason: "interrupted", Cause: ctx.Err()}
	}
	h.ended = true
	h.m.ReceivedAt = models.At(h.s.Now())
	err := h.s.Store.Deliver(ctx, h.m)
	if err != nil && !fault.Is(err, fault.Conflict) {
		return channels.Receipt{}, &channels.Failure{Class: channels.Unknown, Reason: "no_answer", Cause: err}
	}
	return channels.Receipt{ProviderID: "inbox:" + h.m.SendID.String(), Code: "250"}, nil
}
