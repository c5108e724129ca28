package adminapi

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

func (a *API) listCustomers(ctx context.Context, in *CustomersIn) (*Out[Page[CustomerSummary]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("customers", ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.ListCustomers(ctx, ws, strings.TrimSpace(in.Query), ask)
	if err != nil {
		return nil, err
	}
	return page(a, "customers", ws, ask, rows, func(c storage.CustomerView) (models.Instant, ids.ID) { return c.CreatedAt, c.ID }, func(c storage.CustomerView) CustomerSummary {
		return CustomerSummary{ID: c.ID.String(), ExternalID: string(c.ExternalID), Name: personName(c.Attributes, string(c.Email), string(c.ExternalID)), Email: string(c.Email),
			Locale: c.Locale, Country: c.Country, OrdersCount: c.Metrics.OrdersCount, OrdersValue: c.Metrics.OrdersValue, LastOrderAt: when(c.Metrics.LastOrderAt),
			LastSeenAt: when(c.Metrics.LastSeenAt), POrder: c.Metrics.POrder, ChurnScore: c.Metrics.ChurnScore, OpenRuns: c.OpenRuns, CreatedAt: c.CreatedAt.Time()}
	}), nil
}

func (a *API) getCustomer(ctx context.Context, in *ByID) (*Out[CustomerDetail], error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	d, err := a.customerDetail(ctx, caller(ctx).Workspace.ID, id)
	return &Out[CustomerDetail]{d}, err
}

func (a *API) customerDetail(ctx context.Context, ws int64, id ids.ID) (CustomerDetail, error) {
	c, err := a.deps.Store.Customer(ctx, ws, id)
	if err != nil {
		return CustomerDetail{}, err
	}
	d := CustomerDetail{ID: c.ID.String(), ExternalID: string(c.ExternalID), Name: personName(c.Attributes, string(c.Email), string(c.ExternalID)), Email: string(c.Email), Phone: string(c.Phone),
		Locale: c.Locale, Timezone: c.Timezone, Country: c.Country, Birthday: string(c.Birthday), Attributes: object(c.Attributes), NoProfiling: c.NoProfiling, Restricted: c.Restricted,
		LegalHold: c.LegalHold, PausedUntil: when(c.PausedUntil), MergedInto: c.MergedInto.String(), CreatedAt: c.CreatedAt.Time(), UpdatedAt: c.UpdatedAt.Time(),
		Metrics: metricsOf(c.Metrics), ContactPoints: []ContactPoint{}, Permissions: []Permission{}, Consents: []ConsentEntry{}, Runs: []RunSummary{}}
	if d.Scores, err = a.scores(ctx, ws, c); err != nil {
		return d, err
	}
	points, err := a.deps.Store.ContactPoints(ctx, ws, id)
	if err != nil {
		return d, err
	}
	for _, p := range points {
		d.ContactPoints = append(d.ContactPoints, ContactPoint{ID: p.ID.String(), Channel: p.Channel, Address: p.Address, SuppressedReason: p.SuppressedReason, SuppressedAt: when(p.SuppressedAt)})
	}
	permissions, err := a.deps.Store.Permissions(ctx, ws, id)
	if err != nil {
		return d, err
	}
	for _, p := range permissions {
		d.Permissions = append(d.Permissions, Permission{Channel: p.Channel, Purpose: p.Purpose, State: p.State, LegalBasis: p.LegalBasis, OccurredAt: p.OccurredAt.Time(), ConsentID: p.ConsentID.String()})
	}
	ledger, err := a.deps.Store.ConsentLedger(ctx, ws, id)
	if err != nil {
		return d, err
	}
	names, err := a.actorNames(ctx, ws)
	if err != nil {
		return d, err
	}
	for _, e := range slices.Backward(ledger) {
		d.Consents = append(d.Consents, ConsentEntry{ID: e.ID.String(), Seq: e.Seq, Channel: e.Channel, Purpose: e.Purpose, State: e.State, LegalBasis: e.LegalBasis, Source: e.Source,
			SourceKind: e.SourceKind, Proof: object(e.Proof), Actor: or(names[e.Actor], e.Actor), OccurredAt: e.OccurredAt.Time(), RecordedAt: e.RecordedAt.Time(), Hash: e.Hash.String()})
	}
	runs, err := a.deps.Store.ListRuns(ctx, ws, storage.RunFilter{Customer: id}, storage.PageAsk{Limit: 50})
	docs := a.documents(ctx, ws)
	for _, r := range runs {
		d.Runs = append(d.Runs, runOf(r, docs))
	}
	if err != nil {
		return d, err
	}
	d.Objects, err = a.customerObjects(ctx, ws, id)
	return d, err
}

func (a *API) customerTimeline(ctx context.Context, in *TimelineIn) (*Out[Page[TimelineEntry]], error) {
	ws := caller(ctx).Workspace.ID
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	list := "timeline/" + id.String()
	ask, err := a.ask(list, ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	if _, err := a.deps.Store.Customer(ctx, ws, id); err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.CustomerTimeline(ctx, ws, id, in.Kinds, ask)
	if err != nil {
		return nil, err
	}
	return page(a, list, ws, ask, rows, func(r storage.TimelineRow) (models.Instant, ids.ID) { return r.At, r.ID }, timelineEntry), nil
}

func timelineEntry(r storage.TimelineRow) TimelineEntry {
	j := journeyRef(r.Journey)
	switch {
	case r.Event != nil:
		e := entry(r.Kind, r.ID, r.At, r.Event.Name, eventSentence(*r.Event), map[string]any{"type": r.Event.Type, "data": object(r.Event.Data)})
		return e
	case r.Order != nil:
		e := entry(r.Kind, r.ID, r.At, r.Order.Status, "Order "+r.Order.OrderKey, map[string]any{"order": r.Order.OrderKey, "items": r.Order.Items, "source": r.Order.Source})
		e.Value = &Money{Minor: r.Order.ValueMinor, Currency: r.Order.Currency}
		return e
	case r.Send != nil:
		e := sendEntry(*r.Send, j, nil)
		e.At, e.Broadcast = r.At.Time(), broadcastRef(r.Issue)
		if e.Broadcast != nil {
			e.Title = because(fmt.Sprintf("Broadcast %q (%s) %s", r.Issue.Name, r.Send.Channel, stateWords(r.Send.State)), r.Send.Reason)
		}
		return e
	case r.Decision != nil:
		e := decisionEntry(*r.Decision, nil, j)
		if e.Broadcast = broadcastRef(r.Issue); e.Broadcast != nil {
			e.Title = messageSentence(*r.Decision, broadcastWords(r.Issue))
		}
		return e
	case r.Consent != nil:
		c := r.Consent
		return entry(r.Kind, r.ID, r.At, c.State, fmt.Sprintf("Permission %s: %s by %s", c.State, c.Purpose, c.Channel), map[string]any{"channel": c.Channel, "purpose": c.Purpose, "source": c.Source, "source_kind": c.SourceKind})
	case r.Conversion != nil:
		return conversionEntry(*r.Conversion, j)
	case r.Kind == storage.TimelineRunEnded:
		return endedEntry(*r.Run, j)
	default:
		e := entry(r.Kind, r.ID, r.At, "entered", startedSentence(r.Run.Control), nil)
		e.RunID, e.Journey = r.Run.ID.String(), j
		return e
	}
}

func eventSentence(e models.Event) string {
	switch e.Type {
	case "identify":
		return "Profile updated"
	case "page":
		return "Viewed a page"
	case "screen":
		return "Viewed a screen"
	case "alias":
		return "Recognised as the same person"
	case "group":
		return "Joined a group"
	}
	if said := objectSentence(e); said != "" {
		return said
	}
	return e.Name
}

func (a *API) customerWhy(ctx context.Context, in *WhyIn) (*Out[WhyAnswer], error) {
	ws := caller(ctx).Workspace.ID
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	c, err := a.deps.Store.Customer(ctx, ws, id)
	if err != nil {
		return nil, err
	}
	out := WhyAnswer{Customer: customerRef(storage.Person{ID: c.ID, ExternalID: c.ExternalID, Email: c.Email, Attributes: c.Attributes}), Entries: []WhyEntry{}}
	var f storage.DecisionFilter
	if in.Journey != "" {
		j, err := a.deps.Store.JourneyByKey(ctx, ws, in.Journey)
		if err != nil {
			return nil, err
		}
		f.Journey = j.ID
		out.Journey = journeyRef(storage.JourneyName{ID: j.ID, Key: j.JourneyKey, Name: j.Name})
	}
	var about models.Broadcast
	if in.Broadcast != "" {
		if about, err = a.deps.Store.BroadcastByKey(ctx, ws, in.Broadcast); err != nil {
			return nil, err
		}
		f.Broadcast, out.Broadcast = about.ID, &BroadcastRef{Key: about.BroadcastKey, Name: about.Name}
	}
	rows, err := a.deps.Store.CustomerDecisions(ctx, ws, id, f, 200)
	if err != nil {
		return nil, err
	}
	docs := a.documents(ctx, ws)
	for _, r := range rows {
		name, _ := stepName(docs(r.VersionID), r.StepID)
		sentence := decisionSentence(r.Decision, name)
		if r.Issue.Key != "" {
			sentence = messageSentence(r.Decision, broadcastWords(r.Issue))
		}
		out.Entries = append(out.Entries, WhyEntry{ID: r.ID.String(), At: r.At.Time(), Sentence: sentence, Broadcast: broadcastRef(r.Issue), Kind: r.Kind, Outcome: r.Outcome, Reason: r.Reason,
			StepID: r.StepID, StepName: name, RunID: r.RunID.String(), SendID: r.SendID.String(), Journey: journeyRef(r.Journey), Facts: object(r.Detail)})
	}
	if in.Broadcast != "" && len(out.Entries) == 0 {
		if out.Summary, err = a.whyNotBroadcast(ctx, ws, about, id); err != nil {
			return nil, err
		}
		return &Out[WhyAnswer]{out}, nil
	}
	out.Summary = whySummary(out)
	return &Out[WhyAnswer]{out}, nil
}

// whySummary is the last word on a message, else on an entry, else that nothing was ever decided.
func whySummary(w WhyAnswer) string {
	for _, kinds := range [][]string{{"gate", "attempt", "sweep"}, {"entry"}} {
		for _, e := range w.Entries {
			if slices.Contains(kinds, e.Kind) {
				return e.Sentence + "."
			}
		}
	}
	if w.Journey != nil {
		return "Nothing has happened that concerns this customer and this journey: no event or audience has brought them to its entry."
	}
	return "No journey has had anything to do with this customer yet."
}

func (a *API) changeConsent(ctx context.Context, in *ByIDBody[ConsentChange]) (*Out[CustomerDetail], error) {
	c, b := caller(ctx), in.Body
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := a.deps.Store.Customer(ctx, c.Workspace.ID, id); err != nil {
		return nil, err
	}
	if b.State == string(consent.Granted) && strings.TrimSpace(b.Evidence) == "" {
		return nil, fault.New(fault.Invalid, "say how the customer gave this permission").WithFields(fault.Field{Path: "body.evidence", Message: "required to grant: a permission must be provable"})
	}
	now := a.now()
	at := now
	if b.OccurredAt != nil {
		at = *b.OccurredAt
	}
	basis := consent.ByConsent
	if b.State == string(consent.Withdrawn) {
		basis = consent.ByObjection
	}
	err = a.deps.Store.RecordConsent(ctx, storage.ConsentRecord{Workspace: c.Workspace.ID, Customer: id, Actor: c.Actor(), Proof: map[string]any{"evidence": b.Evidence},
		Entry: consent.Entry{Channel: b.Channel, Purpose: b.Purpose, State: consent.State(b.State), Basis: basis, Source: "admin", SourceKind: consent.Person, OccurredAt: at, RecordedAt: now}})
	if err != nil {
		return nil, err
	}
	d, err := a.customerDetail(ctx, c.Workspace.ID, id)
	return &Out[CustomerDetail]{d}, err
}

func (a *API) suppressCustomer(ctx context.Context, in *ByIDBody[SuppressRequest]) (*Out[CustomerDetail], error) {
	ws := caller(ctx).Workspace.ID
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	c, err := a.deps.Store.Customer(ctx, ws, id)
	if err != nil {
		return nil, err
	}
	address := string(c.Email)
	if in.Body.Channel != "email" {
		address = string(c.Phone)
	}
	if address == "" {
		return nil, fault.New(fault.Conflict, "this customer has no address for that channel")
	}
	if err := a.deps.Store.Suppress(ctx, ws, in.Body.Channel, address, storage.ManualStop, a.now()); err != nil {
		return nil, err
	}
	d, err := a.customerDetail(ctx, ws, id)
	return &Out[CustomerDetail]{d}, err
}
