package adminapi

import (
	"context"
	"slices"
	"strings"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// inboxPolicy lets a message show pictures and its own styles, and nothing else: no script, no form, no frame inside,
// no link that navigates the admin UI. `sandbox` holds even when somebody opens the address by itself.
const inboxPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src https: http: data: cid:; style-src 'unsafe-inline'; font-src https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

func (a *API) listInbox(ctx context.Context, in *InboxIn) (*Out[Page[InboxMessage]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("inbox", ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	f := storage.InboxFilter{Channel: in.Channel, Recipient: strings.ToLower(strings.TrimSpace(in.Query))}
	if f.Customer, err = optionalID(in.Customer); err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.ListInbox(ctx, ws, f, ask)
	if err != nil {
		return nil, err
	}
	return page(a, "inbox", ws, ask, rows, func(r storage.InboxRow) (models.Instant, ids.ID) { return r.ReceivedAt, r.ID }, messageOf), nil
}

func messageOf(r storage.InboxRow) InboxMessage {
	return InboxMessage{ID: r.ID.String(), Channel: r.Channel, Sender: r.Sender, Recipient: r.Recipient, Subject: r.Subject, Preview: clip(preview(r.TextBody), 160),
		Customer: customerRef(r.Person), SendID: r.SendID.String(), RunID: r.RunID.String(), Journey: journeyRef(r.Journey), ReceivedAt: r.ReceivedAt.Time()}
}

func (a *API) message(ctx context.Context, id string) (storage.InboxRow, error) {
	parsed, err := parseID(id)
	if err != nil {
		return storage.InboxRow{}, err
	}
	return a.deps.Store.InboxMessage(ctx, caller(ctx).Workspace.ID, parsed)
}

func (a *API) getInboxMessage(ctx context.Context, in *ByID) (*Out[InboxMessageDetail], error) {
	r, err := a.message(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	d := InboxMessageDetail{InboxMessage: messageOf(r), Text: r.TextBody, HasHTML: r.HTML != "", HTMLURL: Prefix + "/inbox/" + r.ID.String() + "/html", Headers: map[string]string{}}
	for k, v := range object(r.Headers) {
		if text, ok := v.(string); ok {
			d.Headers[k] = text
		}
	}
	if !r.RunID.IsZero() {
		sends, err := a.deps.Store.ListSends(ctx, r.WorkspaceID, storage.SendFilter{Run: r.RunID}, storage.PageAsk{Limit: 200})
		if err != nil {
			return nil, err
		}
		for _, s := range sends {
			if s.ID == r.SendID {
				sum := sendOf(s)
				d.Send = &sum
			}
		}
	}
	return &Out[InboxMessageDetail]{d}, nil
}

func (a *API) getInboxHTML(ctx context.Context, in *ByID) (*HTMLOut, error) {
	r, err := a.message(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if r.HTML == "" {
		return nil, fault.New(fault.NotFound, "this message has no HTML")
	}
	return &HTMLOut{ContentType: "text/html; charset=utf-8", CSP: inboxPolicy, Body: []byte(inNewTabs(r.HTML))}, nil
}

// preview is the text without the rules that set headings off.
func preview(text string) string {
	words := strings.Fields(text)
	words = slices.DeleteFunc(words, func(w string) bool { return strings.Trim(w, "*-=_") == "" })
	return strings.Join(words, " ")
}

// inNewTabs makes the links of a message open beside the admin UI, as they would from a mail program.
func inNewTabs(html string) string {
	const base = `<base target="_blank">`
	if head, rest, ok := strings.Cut(html, "<head>"); ok {
		return head + "<head>" + base + rest
	}
	return html + base
}
