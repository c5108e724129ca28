package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sojourn/activities/referrals"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/referral/journeys"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// demoFriend is somebody who came by a demo customer's link: what he did, and how many days ago.
type demoFriend struct {
	name, email string
	by          int // which of the referrers
	came        int
	ordered     int // 0 = not
	total       float64
	refunded    int    // 0 = not
	card        string // with the order
}

// demoFriends: rewarded, waiting for an order (one after he had returned the first) or for the end of the return window, and refused.
var demoFriends = []demoFriend{
	{name: "Noor de Wit", email: "noor.dewit@mail.example", by: 0, came: 70, ordered: 66, total: 48.50},
	{name: "Samir Haddad", email: "samir.haddad@mail.example", by: 0, came: 52, ordered: 47, total: 31.95},
	{name: "Chloé Lambert", email: "chloe.lambert@mail.example", by: 1, came: 61, ordered: 60, total: 75.00, refunded: 9},
	{name: "Jonas Weber", email: "jonas.weber@mail.example", by: 1, came: 12, ordered: 8, total: 26.40},
	{name: "Mila Novak", email: "mila.novak@mail.example", by: 2, came: 4},
	{name: "Tom Baker", email: "tom.baker@mail.example", by: 2, came: 100},
	{name: "Ines Costa", email: "ines.costa@mail.example", by: 3, came: 45, ordered: 44, total: 39.90, card: "card-7781"},
	{name: "Inês M. Costa", email: "ines.m.costa@mail.example", by: 3, came: 20, ordered: 19, total: 35.10, card: "card-7781"},
}

// demoReferrals gives some of the demo's customers a code and lets friends come by it, over ingestion like any shop would. It is
// asked for at the first start only.
func demoReferrals(ctx context.Context, s *sqlstore.Store, desk *referrals.Desk, ws models.Workspace, now time.Time) error {
	people, err := s.ListCustomers(ctx, ws.ID, "", storage.PageAsk{Limit: 40})
	if err != nil || len(people) < 8 {
		return err
	}
	var codes []string
	for i := range 4 {
		got, err := desk.Issue(ctx, journeys.Asked{Workspace: ws.ID, Customer: people[i*9].ID.String(), Now: now.AddDate(0, 0, -110)}, journeys.LinkSettings{Program: "friends", Target: "https://shop.example/welcome", Valid: "P2Y"})
		if err != nil {
			return err
		}
		codes = append(codes, got.Code)
	}
	say := demoSource{s: s, ws: ws.ID, now: now}
	for i, f := range demoFriends {
		id := fmt.Sprintf("friend-%d", i+1)
		say.tell(ctx, ingest.Identify, id, "", f.came, map[string]any{"name": f.name, "email": f.email, "locale": "en", "timezone": "Europe/Amsterdam"})
		say.tell(ctx, ingest.Track, id, "Consent Granted", f.came, map[string]any{"channel": "email", "purpose": "marketing", "source": "form", "source_kind": "person"})
		say.tell(ctx, ingest.Track, id, referral.EventClaimed, f.came, map[string]any{"code": referral.Shown(codes[f.by])})
		if f.ordered > 0 {
			say.tell(ctx, ingest.Track, id, "Order Completed", f.ordered, map[string]any{"order_id": id, "total": f.total, "currency": ws.Currency, "card_fingerprint": f.card})
		}
		if f.refunded > 0 {
			say.tell(ctx, ingest.Track, id, referral.EventRefunded, f.refunded, map[string]any{"order_id": id})
		}
	}
	// Somebody who came by two codes, somebody who tried his own, and a customer who is no friend.
	say.tell(ctx, ingest.Track, "friend-2", referral.EventClaimed, 51, map[string]any{"code": codes[2]})
	for i, code := range map[int]string{0: codes[0], 10: codes[1]} {
		if people[i].ExternalID != "" {
			say.tell(ctx, ingest.Track, string(people[i].ExternalID), referral.EventClaimed, 3, map[string]any{"code": code})
		}
	}
	return say.err
}

// demoSource tells of things that happened days ago, each once.
type demoSource struct {
	s   *sqlstore.Store
	ws  int64
	now time.Time
	err error
}

func (d *demoSource) tell(ctx context.Context, kind ingest.Type, user, event string, daysAgo int, data map[string]any) {
	if d.err != nil {
		return
	}
	msg := map[string]any{"userId": user, "messageId": fmt.Sprintf("demo/referral/%s/%s/%d", user, event, daysAgo), "timestamp": d.now.AddDate(0, 0, -daysAgo).Format(time.RFC3339)}
	if kind == ingest.Identify {
		msg["traits"] = data
	} else {
		msg["event"], msg["properties"] = event, data
	}
	body, err := json.Marshal(msg)
	if err == nil {
		var decoded ingest.Decoded
		if decoded, err = ingest.Decode(kind, body, ingest.Options{ReceivedAt: d.now}); err == nil {
			_, err = d.s.AcceptEvents(ctx, []storage.Intake{{Workspace: d.ws, Source: "demo", Events: decoded.Events, ReceivedAt: d.now}})
		}
	}
	d.err = err
}
