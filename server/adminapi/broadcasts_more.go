package adminapi

import (
	"context"
	"fmt"
	"time"

	"sojourn/broadcast"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/server/access"
	"sojourn/storage"
)

// knownIssue reports whether a broadcast exists, and if a number is given, its issue.
func (a *API) knownIssue(ctx context.Context, ws int64, key string, number int) (bool, error) {
	b, err := a.deps.Store.BroadcastByKey(ctx, ws, key)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil || number == 0 {
		return err == nil, err
	}
	_, err = a.issueOf(ctx, b, number)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// issueOf finds an issue by its number; 0 is the newest.
func (a *API) issueOf(ctx context.Context, b models.Broadcast, number int) (models.BroadcastIssue, error) {
	issues, err := a.deps.Store.BroadcastIssues(ctx, b.WorkspaceID, b.ID, 1000)
	if err != nil {
		return models.BroadcastIssue{}, err
	}
	for _, i := range issues {
		if number == 0 || i.Number == number {
			return i, nil
		}
	}
	return models.BroadcastIssue{}, fault.New(fault.NotFound, "there is no such issue")
}

// testStatus tells where the subject test of an issue stands; nothing without one.
func testStatus(i models.BroadcastIssue, out *BroadcastIssueStatus) error {
	var d broadcast.Definition
	if err := i.Definition.Into(&d); err != nil || d.Test == nil {
		return err
	}
	d = d.Filled()
	var r broadcast.TestResult
	if err := i.TestResult.Into(&r); err != nil {
		return err
	}
	out.Test = &IssueTest{Winner: i.Winner, DecidedAt: when(i.DecidedAt), Arms: append([]broadcast.ArmResult{}, r.Arms...)}
	if !i.TestDoneAt.IsZero() {
		at := i.TestDoneAt.Time().Add(d.TestWait())
		out.Test.DecidesAt = &at
	}
	return nil
}

func (a *API) broadcastResults(ctx context.Context, in *IssueIn) (*Out[BroadcastResults], error) {
	b, err := a.deps.Store.BroadcastByKey(ctx, caller(ctx).Workspace.ID, in.Key)
	if err != nil {
		return nil, err
	}
	issue, err := a.issueOf(ctx, b, in.Issue)
	if fault.Is(err, fault.NotFound) && in.Issue == 0 {
		return &Out[BroadcastResults]{BroadcastResults{Arms: []broadcast.ArmResult{}}}, nil // it has not gone out
	}
	if err != nil {
		return nil, err
	}
	r, err := a.deps.Store.IssueResults(ctx, b.WorkspaceID, issue.ID)
	return &Out[BroadcastResults]{BroadcastResults{Issue: issue.Number, IssueID: issue.ID.String(), Delivered: r.Delivered, Opened: r.Opened, Clicked: r.Clicked, Unsubscribed: r.Unsubscribed,
		Arms: append([]broadcast.ArmResult{}, r.Arms...)}}, err
}

func (a *API) cloneBroadcast(ctx context.Context, in *ByKeyBody[BroadcastClone]) (*Created[BroadcastDetail], error) {
	return a.copied(ctx, in.Key, in.Body.Key, in.Body.Name, func(*broadcast.Definition) error { return nil })
}

func (a *API) resendBroadcast(ctx context.Context, in *ByKeyBody[BroadcastAgain]) (*Created[BroadcastDetail], error) {
	ok, err := a.knownIssue(ctx, caller(ctx).Workspace.ID, in.Key, in.Body.Issue)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound, "broadcast %q has no issue %d", in.Key, in.Body.Issue)
	}
	return a.copied(ctx, in.Key, in.Body.Key, in.Body.Name, func(d *broadcast.Definition) error {
		d.Resend = &broadcast.Resend{Broadcast: in.Key, Issue: in.Body.Issue, Unless: in.Body.Unless}
		d.Test, d.Schedule, d.Audience = nil, broadcast.Schedule{Kind: broadcast.Now}, nil // whom the first went to decides, not who is in the audience today
		return nil
	})
}

// heldBy tells what keeps a broadcast that is on its way, or about to be, from being sent just now; "" is nothing. The
// worker looks at the same and waits.
func (a *API) heldBy(ctx context.Context, w models.Workspace, row models.Broadcast, d broadcast.Definition) (string, error) {
	if row.State != broadcast.Sending && row.State != broadcast.Scheduled {
		return "", nil
	}
	if w.SendingStopped {
		return "workspace_stopped", nil
	}
	t, err := a.deps.Store.TemplateByKey(ctx, w.ID, d.Template)
	if fault.Is(err, fault.NotFound) {
		return "no_template", nil
	}
	if err != nil {
		return "", err
	}
	senders, err := a.deps.Store.Senders(ctx, w.ID)
	for _, s := range senders {
		if s.SenderKey == t.SenderKey && s.State == storage.SenderActive {
			return "", err
		}
	}
	return "sender_paused", err
}

// copied makes a draft from the definition of another broadcast.
func (a *API) copied(ctx context.Context, from, key, name string, change func(d *broadcast.Definition) error) (*Created[BroadcastDetail], error) {
	row, err := a.deps.Store.BroadcastByKey(ctx, caller(ctx).Workspace.ID, from)
	if err != nil {
		return nil, err
	}
	var d broadcast.Definition
	if err := row.Definition.Into(&d); err != nil {
		return nil, err
	}
	if err := change(&d); err != nil {
		return nil, err
	}
	made := &In[BroadcastCreate]{}
	made.Body = BroadcastCreate{Key: key, Name: name, Definition: d}
	return a.createBroadcast(ctx, made)
}

func (a *API) archiveBroadcast(ctx context.Context, in *ByKey) (*Tagged[BroadcastDetail], error) {
	return a.archived(ctx, in.Key, true)
}

func (a *API) unarchiveBroadcast(ctx context.Context, in *ByKey) (*Tagged[BroadcastDetail], error) {
	return a.archived(ctx, in.Key, false)
}

func (a *API) archived(ctx context.Context, key string, archived bool) (*Tagged[BroadcastDetail], error) {
	row, err := a.deps.Store.BroadcastByKey(ctx, caller(ctx).Workspace.ID, key)
	if err != nil {
		return nil, err
	}
	if row, err = a.deps.Store.ArchiveBroadcast(ctx, row.WorkspaceID, row.ID, archived, a.now()); err != nil {
		return nil, err
	}
	return a.broadcastDetail(ctx, row)
}

// look finds the customer as whom a message is looked at, and what to render.
func (a *API) look(ctx context.Context, in BroadcastLook) (storage.CustomerView, MailAsk, error) {
	ws, d, now := caller(ctx).Workspace.ID, in.Definition.Filled(), a.now()
	if d.Template == "" {
		return storage.CustomerView{}, MailAsk{}, fault.New(fault.Invalid, "choose the message first").WithFields(fault.Field{Path: "body.definition.template", Message: "required"})
	}
	if a.deps.Mail == nil {
		return storage.CustomerView{}, MailAsk{}, fault.New(fault.Unavailable, "this process can't make messages")
	}
	var who ids.ID
	var err error
	if in.Customer != "" {
		who, err = parseID(in.Customer)
	} else {
		var sample []ids.ID
		if sample, err = a.deps.Store.SampleBroadcast(ctx, ws, d, 1, now, now); err == nil && len(sample) == 0 {
			err = fault.New(fault.Conflict, "nobody would get it: choose a customer to look as")
		}
		if len(sample) == 1 {
			who = sample[0]
		}
	}
	if err != nil {
		return storage.CustomerView{}, MailAsk{}, err
	}
	c, err := a.deps.Store.Customer(ctx, ws, who)
	return c, MailAsk{Workspace: ws, Customer: who, Template: d.Template, Channel: d.Channel, Subject: d.SubjectOf(in.Arm), Purpose: d.Purpose}, err
}

func (a *API) previewBroadcast(ctx context.Context, in *In[BroadcastLook]) (*Out[BroadcastPreview], error) {
	c, ask, err := a.look(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	mail, err := a.deps.Mail.Preview(ctx, ask)
	if err != nil {
		return nil, err
	}
	d, now := in.Body.Definition, a.now()
	at := now
	if coming := a.coming(d, caller(ctx).Workspace, models.Broadcast{}); len(coming) > 0 {
		at = coming[0]
	}
	v, err := a.deps.Store.ExplainRecipient(ctx, ask.Workspace, d, c.ID, at, now)
	if err != nil {
		return nil, err
	}
	out := BroadcastPreview{Customer: customerRef(storage.Person{ID: c.ID, ExternalID: c.ExternalID, Email: c.Email, Attributes: c.Attributes}), From: mail.From, Subject: mail.Subject, HTML: mail.HTML, Text: mail.Text,
		Matched: v.Matched, Excluded: v.Excluded, Action: string(v.Verdict.Action), Reason: string(v.Verdict.Reason)}
	if !v.Verdict.Until.IsZero() {
		out.Until = &v.Verdict.Until
	}
	return &Out[BroadcastPreview]{out}, nil
}

func (a *API) listColleagues(ctx context.Context, _ *PageIn) (*Out[Page[Colleague]], error) {
	all, err := a.colleagues(ctx)
	return &Out[Page[Colleague]]{Page[Colleague]{Items: append([]Colleague{}, all...)}}, err
}

// colleagues are the members who have shown that they read the mail at their address.
func (a *API) colleagues(ctx context.Context) ([]Colleague, error) {
	members, err := a.deps.Store.Members(ctx, caller(ctx).Workspace.ID)
	var out []Colleague
	for _, m := range members {
		if m.User.DisabledAt.IsZero() && !m.User.EmailVerifiedAt.IsZero() {
			out = append(out, Colleague{ID: m.User.ID.String(), Name: m.User.Name, Email: m.User.Email})
		}
	}
	return out, err
}

// testRules: as many tests as somebody writing a letter needs, and not enough to fill a colleague's mailbox.
func testRules(c Caller) []storage.AttemptRule {
	return []storage.AttemptRule{{Key: "test:" + c.Actor(), Free: 20, Window: time.Hour, Base: time.Minute, Max: time.Hour}}
}

func (a *API) testBroadcast(ctx context.Context, in *In[BroadcastTestSend]) (*Out[TestsSent], error) {
	if in.Body.Definition.Filled().Channel != broadcast.DefaultChannel {
		return nil, fault.New(fault.Invalid, "tests go out by e-mail only")
	}
	all, err := a.colleagues(ctx)
	if err != nil {
		return nil, err
	}
	byID := map[string]Colleague{}
	for _, c := range all {
		byID[c.ID] = c
	}
	for i, id := range in.Body.To {
		if _, ok := byID[id]; !ok {
			return nil, fault.New(fault.Invalid, "tests go to members of this workspace only, who have confirmed their address").WithFields(fault.Field{Path: fmt.Sprintf("body.to[%d]", i), Message: "not a member with a confirmed address"})
		}
	}
	c := caller(ctx)
	if !c.May(access.CustomersRead) {
		return nil, fault.New(fault.Forbidden, "a test shows what is known of a customer: it needs %s, too", access.CustomersRead)
	}
	_, ask, err := a.look(ctx, in.Body.BroadcastLook)
	if err != nil {
		return nil, err
	}
	if err := a.admit(ctx, testRules(c)); err != nil {
		return nil, err
	}
	out := TestsSent{Sent: []Colleague{}}
	for _, id := range in.Body.To {
		if err := a.deps.Mail.SendTest(ctx, ask, byID[id].Email); err != nil {
			return nil, err
		}
		out.Sent = append(out.Sent, byID[id])
	}
	return &Out[TestsSent]{out}, nil
}

// whyNotBroadcast tells why there is no decision about a customer and a broadcast.
func (a *API) whyNotBroadcast(ctx context.Context, ws int64, b models.Broadcast, customer ids.ID) (string, error) {
	place, err := a.deps.Store.RecipientOf(ctx, ws, b.ID, customer)
	if err != nil {
		return "", err
	}
	switch {
	case place.Issue.ID.IsZero():
	case place.Issue.State == broadcast.IssueCancelled || b.State == broadcast.Cancelled:
		return fmt.Sprintf("%q did not go to this customer: it was cancelled before their turn came.", b.Name), nil
	case place.Issue.State == broadcast.IssueDone:
		return fmt.Sprintf("%q is over, and there is no record of a message to this customer.", b.Name), nil
	case b.State == broadcast.Paused:
		return fmt.Sprintf("%q is paused; it has not been this customer's turn yet.", b.Name), nil
	default:
		return fmt.Sprintf("%q is to go to this customer at %s; it has not been their turn yet.", b.Name, place.Due.Time().UTC().Format(time.RFC3339)), nil
	}
	var d broadcast.Definition
	if err := b.Definition.Into(&d); err != nil {
		return "", err
	}
	now, gone := a.now(), "would not go to this customer"
	begun := b.State == broadcast.Done || b.State == broadcast.Sending
	if begun {
		gone = "did not go to this customer. By today's data"
	}
	v, err := a.deps.Store.ExplainRecipient(ctx, ws, d, customer, now, now)
	if fault.Is(err, fault.Invalid) {
		return fmt.Sprintf("%q is a draft that is not finished.", b.Name), nil
	}
	switch {
	case err != nil:
		return "", err
	case !v.Matched:
		return fmt.Sprintf("%q %s: they are not in its audience.", b.Name, gone), nil
	case v.Excluded != "":
		return fmt.Sprintf("%q %s: %s.", b.Name, gone, exclusionWords[v.Excluded]), nil
	case v.Verdict.Action != pressure.Send:
		return because(fmt.Sprintf("%q %s", b.Name, gone), string(v.Verdict.Reason)) + ".", nil
	case begun:
		return fmt.Sprintf("%q did not go to this customer: they were not among its recipients when it began; today they would be.", b.Name), nil
	}
	return fmt.Sprintf("%q has not gone out. As things are, the customer will get it.", b.Name), nil
}

var exclusionWords = map[string]string{"exclude.conditions": "a condition of its exclusions holds", "exclude.journeys": "they are in one of the journeys that it leaves out",
	"exclude.broadcasts": "they got a broadcast that it leaves out", "exclude.mailed_within": "they were written to lately"}
