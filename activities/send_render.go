package activities

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sojourn/channels"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// frozen is what send_contents.headers keeps beside the texts: who the message is from, and its further headers.
type frozen struct {
	From    channels.Party    `json:"from"`
	ReplyTo string            `json:"reply_to,omitempty"`
	Headers []channels.Header `json:"headers,omitempty"`
}

// request asks the gate for this send, with the content unless it is frozen already. A template that fails is no error
// here: it only matters once the gate lets the message through.
func (m *Messaging) request(a *attempt, s storage.SendSubject) storage.SendRequest {
	send, doc := a.step.Send, a.doc.Document
	r := storage.SendRequest{
		ID: ids.New(), Token: ids.New(), Workspace: a.in.WorkspaceID, Key: a.key, Customer: s.Customer.ID, ContactPoint: s.ContactPoint.ID,
		Run: a.run, Issue: a.issue, Arm: a.arm, Journey: a.doc.JourneyID, Version: a.doc.VersionID, Step: a.in.StepID, Visit: a.in.Visit, Channel: a.channel,
		Class: string(a.class), Purpose: cmp.Or(send.Purpose, doc.Purpose), Priority: cmp.Or(send.Priority, doc.Priority, 50),
		SenderKey: cmp.Or(a.template.SenderKey, "default"), Template: a.template.ID, TemplateVer: a.template.Version,
		PlannedAt: a.reached, ExpiresAt: expiry(send.Expires, a.reached, s), Control: a.in.Control, RestsUntil: m.breaker.restsUntil(a.channel), Lease: m.lease(), Now: m.now(),
	}
	if !s.Row.ID.IsZero() {
		r.ID = s.Row.ID
	}
	r.After, r.WantsOffer = a.after, send.Offer != ""
	if a.offer != nil {
		r.Offer = a.offer.Claim.ID
	}
	if send.Draft {
		r.Review = draft(a)
	}
	if a.in.Control || !s.Content.SendID.IsZero() || s.ContactPoint.ID.IsZero() {
		return r
	}
	var err error
	if r.Content, err = m.render(a, s, r); err != nil {
		var failed *content.Error
		if r.RenderError = "internal error"; errors.As(err, &failed) {
			r.RenderError = failed.Error()
		}
		return r
	}
	r.MessageID = m.messageID(a.key, s.Sender.FromAddress)
	r.ContentHash = contentHash(*r.Content)
	return r
}

const defaultExpiry = "P7D"

// expiry counts in calendar days of the customer. The document was validated, so a duration that cannot be read is the
// default one.
func expiry(text string, reached time.Time, s storage.SendSubject) time.Time {
	d, err := journey.ParseDuration(cmp.Or(text, defaultExpiry))
	if err != nil {
		d = journey.Duration{Days: 7}
	}
	for _, name := range []string{s.Customer.Timezone, s.Workspace.Timezone} {
		if loc, err := time.LoadLocation(name); err == nil && name != "" {
			return d.AddTo(reached, loc)
		}
	}
	return d.AddTo(reached, time.UTC)
}

func (m *Messaging) render(a *attempt, s storage.SendSubject, r storage.SendRequest) (*models.SendContent, error) {
	body, ok := pick(a.template, a.channel, content.Locales(s.Customer.Locale, s.Workspace.Locale))
	if !ok {
		return nil, &content.Error{Part: "body", Cause: fmt.Errorf("template %q has no body for channel %q", a.step.Send.Template, a.channel)}
	}
	tpl, err := m.templates.compile(a.template, body, a.subject)
	if err != nil {
		return nil, err
	}
	commercial := a.class == consent.Marketing || a.class == consent.SoftOptIn || a.class == consent.CheckIn
	link, err := m.unsubscribeURL(s, r, commercial)
	if a.preview && link != "" {
		link = link[:strings.LastIndexByte(link, '/')+1] + "preview" // whoever looks at it must not unsubscribe the customer
	}
	if err != nil {
		return nil, err
	}
	data := bindings(s, link, r.Now)
	if a.offer != nil {
		data["offer"] = offerBinding(*a.offer, content.Locales(s.Customer.Locale, s.Workspace.Locale))
	}
	message, err := m.Engine.Message(tpl, data, commercial && a.channel == "email")
	if err != nil {
		return nil, err
	}
	f := frozen{From: channels.Party{Name: s.Sender.FromName, Address: s.Sender.FromAddress}, ReplyTo: s.Sender.ReplyTo}
	out := &models.SendContent{Subject: message.Subject, HTML: message.HTML, TextBody: message.Text}
	if a.preview {
		out.Headers = models.ToJSON(f)
		return out, nil
	}
	if err := m.track(out, a.channel, s, r); err != nil {
		return nil, err
	}
	if commercial && a.channel == "email" {
		f.Headers = []channels.Header{{Name: "List-Unsubscribe", Value: "<" + link + ">"}, {Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click"}}
	}
	out.Headers = models.ToJSON(f)
	return out, nil
}

// publicURL is where the public pages of a workspace are reached, without a slash at the end; "" when nobody has said so.
func (m *Messaging) publicURL(s storage.SendSubject) (string, error) {
	read := m.settings.of(string(s.Workspace.Settings))
	return strings.TrimSuffix(cmp.Or(read.policy.PublicURL, m.PublicURL), "/"), read.policyErr
}

// settingsCache keeps what the settings last seen say: message after message of a broadcast has the same.
type settingsCache struct{ last atomic.Pointer[settingsRead] }

type settingsRead struct {
	text        string
	policy      pressure.Policy
	policyErr   error
	tracking    consent.Tracking
	trackingErr error
}

func (c *settingsCache) of(text string) *settingsRead {
	if r := c.last.Load(); r != nil && r.text == text {
		return r
	}
	r := &settingsRead{text: text}
	r.policy, r.policyErr = pressure.ParsePolicy([]byte(text))
	r.tracking, r.trackingErr = consent.ParseTracking([]byte(text))
	c.last.Store(r)
	return r
}

// unsubscribeURL is the link of this message; commercial mail cannot do without one.
func (m *Messaging) unsubscribeURL(s storage.SendSubject, r storage.SendRequest, commercial bool) (string, error) {
	base, err := m.publicURL(s)
	if err != nil {
		return "", err
	}
	if base == "" {
		if commercial {
			return "", &content.Error{Part: "body", Cause: errors.New("there is no public address for unsubscribe links: set public_url")}
		}
		return "", nil
	}
	return base + consent.UnsubscribePath + m.Links.SignUnsubscribe(consent.Unsubscribe{
		Workspace: r.Workspace, Customer: r.Customer, ContactPoint: r.ContactPoint, Send: r.ID, Channel: r.Channel, Purpose: r.Purpose,
	}), nil
}

// pick takes the first body of the channel in the order of locales, or any.
func pick(t storage.Template, channel string, locales []string) (models.TemplateBody, bool) {
	for _, locale := range locales {
		for _, b := range t.Bodies {
			if b.Channel == channel && strings.EqualFold(strings.ReplaceAll(b.Locale, "_", "-"), strings.ReplaceAll(locale, "_", "-")) {
				return b, true
			}
		}
	}
	for _, b := range t.Bodies {
		if b.Channel == channel {
			return b, true
		}
	}
	return models.TemplateBody{}, false
}

// bindings is what a template may speak of.
func bindings(s storage.SendSubject, link string, now time.Time) map[string]any {
	attributes, context := map[string]any{}, map[string]any{}
	_ = s.Customer.Attributes.Into(&attributes) // our own columns: objects
	_ = s.Context.Into(&context)
	customer := maps.Clone(attributes) // {{ customer.first_name }} is short for {{ customer.attributes.first_name }}
	// Sources name people in several ways (firstName is Segment's); templates have one word for each.
	for word, others := range map[string][]string{"first_name": {"firstName", "given_name"}, "last_name": {"lastName", "family_name"}} {
		for _, other := range others {
			if name, ok := attributes[other].(string); ok && customer[word] == nil {
				customer[word] = name
			}
		}
	}
	c := s.Customer
	maps.Copy(customer, map[string]any{
		"id": c.ID.String(), "external_id": string(c.ExternalID), "email": string(c.Email), "phone": string(c.Phone), "locale": c.Locale,
		"timezone": c.Timezone, "country": c.Country, "birthday": string(c.Birthday), "attributes": attributes,
	})
	k := s.Metrics
	metrics := map[string]any{
		"orders_count": k.OrdersCount, "orders_value": int(k.OrdersValue), "order_days": k.OrderDays, "visits_count": k.VisitsCount, "events_count": k.EventsCount,
	}
	for name, at := range map[string]models.Instant{"first_order_at": k.FirstOrderAt, "last_order_at": k.LastOrderAt, "first_seen_at": k.FirstSeenAt, "last_seen_at": k.LastSeenAt, "next_order_at": k.NextOrderAt} {
		if !at.IsZero() {
			metrics[name] = at.Time()
		}
	}
	if !k.LastOrderAt.IsZero() {
		metrics["days_since_last_order"] = int(now.Sub(k.LastOrderAt.Time()).Hours() / 24)
	}
	for name, v := range map[string]*float64{"mean_gap_days": k.MeanGapDays, "own_gap_days": k.OwnGapDays, "churn_score": k.ChurnScore, "p_alive": k.PAlive, "expected_orders": k.ExpectedOrders} {
		if v != nil {
			metrics[name] = *v
		}
	}
	return map[string]any{
		"customer": content.Plain(customer), "metrics": metrics, "context": content.Plain(context), "unsubscribe_url": link,
		"workspace": map[string]any{"name": s.Workspace.Name, "currency": s.Workspace.Currency, "locale": s.Workspace.Locale, "timezone": s.Workspace.Timezone},
		"sender":    map[string]any{"name": s.Sender.FromName, "address": s.Sender.FromAddress, "postal_address": s.Sender.PostalAddress},
	}
}

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// messageID is the same for every attempt at a send: mailboxes that know it already can drop a second copy.
func (m *Messaging) messageID(key, from string) string {
	h := hmac.New(sha256.New, m.IDKey)
	h.Write([]byte(key))
	domain := from[strings.LastIndexByte(from, '@')+1:]
	return "<" + base32Lower.EncodeToString(h.Sum(nil)[:20]) + ".v1@" + cmp.Or(domain, "localhost") + ">"
}

func contentHash(c models.SendContent) models.Hash {
	h := sha256.New()
	for _, part := range []string{c.Subject, c.HTML, c.TextBody, string(c.Headers), string(c.Links)} {
		_ = binary.Write(h, binary.BigEndian, int64(len(part)))
		h.Write([]byte(part))
	}
	return models.Hash(h.Sum(nil))
}

// templateCache keeps compiled bodies. Bodies of a version never change, so nothing in it is ever stale.
type templateCache struct {
	mu   sync.Mutex
	kept map[templateKey]*content.Template
}

type templateKey struct {
	template        ids.ID
	version         int
	channel, locale string
	subject         string // instead of the body's own
}

const templatesKept = 500

func (c *templateCache) compile(t storage.Template, b models.TemplateBody, subject string) (*content.Template, error) {
	key := templateKey{t.ID, t.Version, b.Channel, b.Locale, subject}
	c.mu.Lock()
	tpl, ok := c.kept[key]
	c.mu.Unlock()
	if ok {
		return tpl, nil
	}
	tpl, err := content.Compile(content.Source{Channel: b.Channel, Subject: cmp.Or(subject, b.Subject), Preheader: b.Preheader, Body: b.Body, Text: b.TextBody})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= templatesKept {
		c.kept = map[templateKey]*content.Template{}
	}
	c.kept[key] = tpl
	return tpl, nil
}
