package adminapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func (a *API) getSettings(ctx context.Context, _ *Nothing) (*Tagged[Settings], error) {
	w := caller(ctx).Workspace
	s, err := settingsOf(w)
	return &Tagged[Settings]{ETag: settingsTag(w), Body: s}, err
}

func settingsOf(w models.Workspace) (Settings, error) {
	s := Settings{Name: w.Name, Timezone: w.Timezone, Currency: w.Currency, Locale: w.Locale, Caps: []Cap{}}
	p, err := pressure.ParsePolicy(w.Settings)
	if err != nil {
		return s, err
	}
	s.PublicURL = p.PublicURL
	own := struct {
		Guard journey.Guard `json:"guard"`
	}{journey.DefaultGuard}
	if err := w.Settings.Into(&own); err != nil {
		return s, err
	}
	lines := GuardLines(own.Guard)
	s.Guard = &lines
	tracking, err := consent.ParseTracking(w.Settings)
	if err != nil {
		return s, err
	}
	s.Tracking = &Tracking{Opens: string(tracking.Opens), Clicks: string(tracking.Clicks)}
	for _, c := range p.Caps {
		s.Caps = append(s.Caps, Cap{Max: c.Max, Window: c.Window, Kind: or(c.Kind, "sliding"), Channels: c.Channels, Purposes: c.Purposes})
	}
	if q := p.QuietHours; q != nil {
		s.QuietHours = &QuietHours{From: q.From, To: q.To}
	}
	return s, nil
}

func settingsTag(w models.Workspace) string {
	sum := sha256.Sum256([]byte(w.Name + "\x00" + w.Timezone + "\x00" + w.Currency + "\x00" + w.Locale + "\x00" + string(w.Settings)))
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

// saveSettings replaces what the form shows and keeps what it does not know.
func (a *API) saveSettings(ctx context.Context, in *SettingsIn) (*Tagged[Settings], error) {
	w, b := caller(ctx).Workspace, in.Body
	if in.IfMatch != "" && in.IfMatch != settingsTag(w) {
		return nil, errStale
	}
	var wrong []fault.Field
	if _, err := time.LoadLocation(b.Timezone); err != nil || b.Timezone == "" || b.Timezone == "Local" {
		wrong = append(wrong, fault.Field{Path: "body.timezone", Message: "not an IANA time zone, such as Europe/Amsterdam"})
	}
	if !currencyCode.MatchString(b.Currency) {
		wrong = append(wrong, fault.Field{Path: "body.currency", Message: "not an ISO 4217 code, such as EUR"})
	}
	p, err := pressure.ParsePolicy(w.Settings)
	if err != nil {
		return nil, err
	}
	p.PublicURL, p.Caps, p.QuietHours = b.PublicURL, nil, nil
	for _, c := range b.Caps {
		p.Caps = append(p.Caps, pressure.Cap{Max: c.Max, Window: c.Window, Kind: c.Kind, Channels: c.Channels, Purposes: c.Purposes})
	}
	if q := b.QuietHours; q != nil {
		p.QuietHours = &pressure.QuietHours{From: q.From, To: q.To}
	}
	var bad *fault.Error
	if err := p.Validate(); errors.As(err, &bad) {
		for _, f := range bad.Fields {
			wrong = append(wrong, fault.Field{Path: "body." + f.Path, Message: f.Message})
		}
	} else if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "some settings are not right").WithFields(wrong...)
	}
	w.Name, w.Timezone, w.Currency, w.Locale = b.Name, b.Timezone, b.Currency, b.Locale
	if w.Settings, err = mergeSettings(w.Settings, p); err != nil {
		return nil, err
	}
	if g := b.Guard; g != nil {
		if w.Settings, err = withSetting(w.Settings, "guard", journey.Guard(*g)); err != nil {
			return nil, err
		}
	}
	if t := b.Tracking; t != nil {
		if w.Settings, err = withSetting(w.Settings, "tracking", consent.Tracking{Opens: consent.TrackMode(t.Opens), Clicks: consent.TrackMode(t.Clicks)}); err != nil {
			return nil, err
		}
	}
	if err := a.deps.Store.SaveWorkspace(ctx, w); err != nil {
		return nil, err
	}
	s, err := settingsOf(w)
	return &Tagged[Settings]{ETag: settingsTag(w), Body: s}, err
}

// withSetting sets what another room keeps in the settings.
func withSetting(stored models.JSON, name string, value any) (models.JSON, error) {
	all := map[string]json.RawMessage{}
	if err := stored.Into(&all); err != nil {
		return nil, err
	}
	lines, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	all[name] = lines
	return models.ToJSON(all), nil
}

// mergeSettings lays the policy over the stored object: fields of other rooms stay, fields of the policy that are now
// absent go.
func mergeSettings(stored models.JSON, p pressure.Policy) (models.JSON, error) {
	all, mine := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := stored.Into(&all); err != nil {
		return nil, err
	}
	if err := models.ToJSON(p).Into(&mine); err != nil {
		return nil, err
	}
	for _, k := range []string{"caps", "quiet_hours", "zones", "public_url"} {
		delete(all, k)
	}
	for k, v := range mine {
		all[k] = v
	}
	return models.ToJSON(all), nil
}

func (a *API) getSending(ctx context.Context, _ *Nothing) (*Out[SendingStatus], error) {
	return a.sending(ctx, caller(ctx).Workspace.ID)
}

func (a *API) sending(ctx context.Context, ws int64) (*Out[SendingStatus], error) {
	w, err := a.deps.Store.Workspace(ctx, ws)
	if err != nil {
		return nil, err
	}
	out := SendingStatus{Stopped: w.SendingStopped, Senders: []SenderStatus{}}
	if out.InFlight, err = a.deps.Store.InFlight(ctx, ws); err != nil {
		return nil, err
	}
	senders, err := a.deps.Store.Senders(ctx, ws)
	for _, s := range senders {
		out.Senders = append(out.Senders, SenderStatus{Key: s.SenderKey, Channel: s.Channel, FromName: s.FromName, FromAddress: s.FromAddress, ReplyTo: s.ReplyTo, PostalAddress: s.PostalAddress, State: s.State, StateReason: s.StateReason})
	}
	return &Out[SendingStatus]{out}, err
}

func (a *API) stopSending(ctx context.Context, _ *Nothing) (*Out[SendingStatus], error) {
	ws := caller(ctx).Workspace.ID
	if err := a.deps.Store.SetSending(ctx, ws, true); err != nil {
		return nil, err
	}
	return a.sending(ctx, ws)
}

func (a *API) resumeSending(ctx context.Context, _ *Nothing) (*Out[SendingStatus], error) {
	ws := caller(ctx).Workspace.ID
	if err := a.deps.Store.SetSending(ctx, ws, false); err != nil {
		return nil, err
	}
	return a.sending(ctx, ws)
}

var senderKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

func (a *API) saveSender(ctx context.Context, in *ByKeyBody[SenderSave]) (*Out[SendingStatus], error) {
	ws, b := caller(ctx).Workspace.ID, in.Body
	var wrong []fault.Field
	for path, text := range map[string]string{"from_name": b.FromName, "from_address": b.FromAddress, "reply_to": b.ReplyTo} {
		if strings.ContainsAny(text, "\r\n\x00") { // they become headers of a mail
			wrong = append(wrong, fault.Field{Path: "body." + path, Message: "one line only"})
		}
	}
	if b.ReplyTo != "" {
		if _, err := consent.NormalizeAddress(b.Channel, b.ReplyTo); err != nil {
			wrong = append(wrong, fault.Field{Path: "body.reply_to", Message: "not an e-mail address"})
		}
	}
	if !senderKey.MatchString(in.Key) {
		wrong = append(wrong, fault.Field{Path: "path.key", Message: "small letters, digits, - and _"})
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "the sender is not right").WithFields(wrong...)
	}
	_, err := a.deps.Store.PutSender(ctx, models.Sender{WorkspaceID: ws, SenderKey: in.Key, Channel: b.Channel, FromName: b.FromName, FromAddress: b.FromAddress, ReplyTo: b.ReplyTo,
		PostalAddress: b.PostalAddress, State: storage.SenderActive}, a.now())
	if err != nil {
		return nil, err
	}
	return a.sending(ctx, ws)
}

func (a *API) pauseSender(ctx context.Context, in *ByKeyBody[PauseRequest]) (*Out[SendingStatus], error) {
	ws := caller(ctx).Workspace.ID
	if err := a.deps.Store.SetSender(ctx, ws, in.Key, true, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.sending(ctx, ws)
}

func (a *API) resumeSender(ctx context.Context, in *ByKey) (*Out[SendingStatus], error) {
	ws := caller(ctx).Workspace.ID
	if err := a.deps.Store.SetSender(ctx, ws, in.Key, false, ""); err != nil {
		return nil, err
	}
	return a.sending(ctx, ws)
}
