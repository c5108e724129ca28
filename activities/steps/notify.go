package steps

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"sojourn/channels"
	"sojourn/content"
	"sojourn/journey"
	"sojourn/storage"
)

// notify tells a colleague. It never fails the run: what could not be told is in the record.
func (s *Steps) notify(ctx context.Context, a *action) (answer, error) {
	n := a.step.Notify
	say, err := s.texts(ctx, a)
	if err != nil {
		return answer{}, err
	}
	text, err := say.block(n.Text)
	if err != nil {
		return answer{}, err
	}
	if n.Channel == "webhook" {
		_, out, err := s.call(ctx, a, http.MethodPost, n.To, nil, map[string]any{"text": text}, "")
		if out.exit != "" {
			out.exit = journey.ExitNext
		}
		return out, err
	}
	subject, err := say.line(n.Subject)
	if err != nil {
		return answer{}, err
	}
	return s.mail(ctx, a, n.To, cmp.Or(subject, content.HeaderText(a.doc.Name)), text)
}

// mail writes to a member of the workspace, and to nobody else.
func (s *Steps) mail(ctx context.Context, a *action, to, subject, text string) (answer, error) {
	next := func(result, reason string) (answer, error) {
		return answer{exit: journey.ExitNext, result: result, reason: reason}, nil
	}
	members, err := s.Store.Members(ctx, a.in.WorkspaceID)
	if err != nil {
		return answer{}, err
	}
	known := false
	for _, m := range members {
		known = known || strings.EqualFold(m.User.Email, strings.TrimSpace(to)) && m.User.DisabledAt.IsZero()
	}
	if !known {
		return next("not_told", "no_member")
	}
	about, err := s.Store.Prepare(ctx, storage.SendAsk{Workspace: a.in.WorkspaceID, Customer: a.who.CustomerID, SenderKey: "default"})
	if err != nil {
		return answer{}, err
	}
	if about.Sender.FromAddress == "" {
		return next("not_told", "no_sender")
	}
	if s.AdminURL != "" {
		text += "\n\n" + s.AdminURL + "/runs/" + a.in.RunID
	}
	hand, err := s.Notices.Prepare(ctx, channels.Message{
		Workspace: a.in.WorkspaceID, Send: a.d.ID, Customer: a.who.CustomerID, Channel: "email", From: channels.Party{Name: about.Sender.FromName, Address: about.Sender.FromAddress},
		To: strings.ToLower(strings.TrimSpace(to)), Subject: subject, Text: text, MessageID: "<notice." + a.d.ID.String() + "@sojourn>", Date: a.now,
	})
	given := err == nil
	if given {
		_, err = hand.Commit(ctx)
	}
	if err == nil {
		return next("told", "")
	}
	f := channels.FailureOf(err, given)
	if f.Class == channels.Retry && a.now.UnixMicro()-a.in.ReachedAt < int64(3600*1e6) {
		return answer{reason: f.Reason, retry: a.now.Add(retryFirst * 6)}, nil
	}
	return next("not_told", f.Reason)
}
