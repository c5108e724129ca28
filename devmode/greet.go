package devmode

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"sojourn/devmode/demodata"
)

// visitor is somebody who signs up in the first minute of the demo, so that a newcomer sees events come in, a journey
// begin and mails arrive.
type visitor struct{ id, first, last, locale, zone, country string }

// visitors live all over the world: at any hour some of them are awake.
var visitors = []visitor{
	{"new-1", "Sanne", "de Boer", "nl", "Europe/Amsterdam", "NL"}, {"new-2", "Lucas", "Moreau", "fr", "Europe/Paris", "FR"},
	{"new-3", "Grace", "Palmer", "en", "Europe/London", "GB"}, {"new-4", "Emily", "Carter", "en", "America/New_York", "US"},
	{"new-5", "Jack", "Porter", "en", "America/Los_Angeles", "US"}, {"new-6", "Aroha", "Walsh", "en", "Pacific/Auckland", "NZ"},
	{"new-7", "Priya", "Mason", "en", "Asia/Kolkata", "IN"}, {"new-8", "Élodie", "Caron", "fr", "Pacific/Noumea", "NC"},
	{"new-9", "Kai", "Hale", "en", "Pacific/Honolulu", "US"}, {"new-10", "Mei", "Lim", "en", "Asia/Singapore", "SG"},
}

// awake are the hours in which the demo's quiet hours do not hold a mail back, with room to both sides.
func awake(now time.Time, zone string) bool {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return false
	}
	h := now.In(loc).Hour()
	return h >= 9 && h < 20
}

// Greet lets the first minute of the demo happen, over the ingestion API as any shop would: visitors who are awake sign
// up, customers order, fill baskets and book rooms. Message ids are fixed, so doing it again changes nothing.
func Greet(ctx context.Context, url, writeKey string, now time.Time) error {
	batch, err := Morning(now)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"batch": batch})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/batch", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(writeKey, "")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the demo's first events were refused: %s", res.Status)
	}
	return nil
}

// Morning is the batch of messages that Greet sends.
func Morning(now time.Time) ([]map[string]any, error) {
	data, err := demodata.Load(now)
	if err != nil {
		return nil, err
	}
	var batch []map[string]any
	for i, e := range data.Today(func(zone string) bool { return awake(now, zone) }) {
		batch = append(batch, map[string]any{"type": "track", "userId": e.Customer, "messageId": fmt.Sprintf("demo-%s-today-%d", e.Customer, i),
			"timestamp": now.UTC().Format(time.RFC3339Nano), "event": e.Name, "properties": e.Properties})
	}
	for _, v := range visitors {
		if !awake(now, v.zone) {
			continue
		}
		add := func(kind string, more map[string]any) {
			m := map[string]any{"type": kind, "userId": v.id, "messageId": fmt.Sprintf("demo-%s-%d", v.id, len(batch)), "timestamp": now.UTC().Format(time.RFC3339Nano)}
			for k, x := range more {
				m[k] = x
			}
			batch = append(batch, m)
		}
		add("identify", map[string]any{"traits": map[string]any{"email": v.id + "@visitors.example.com", "first_name": v.first, "last_name": v.last, "locale": v.locale, "timezone": v.zone, "country": v.country}})
		add("track", map[string]any{"event": "Consent Granted", "properties": map[string]any{"channel": "email", "purpose": "marketing", "source": "form:sign-up", "source_kind": "person",
			"legal_basis": "consent", "proof": map[string]any{"wording": "sign-up/1", "locale": v.locale}}})
		add("track", map[string]any{"event": "Signed Up", "properties": map[string]any{"form": "footer"}})
		add("track", map[string]any{"event": "Product Viewed", "properties": map[string]any{"sku": "RS-100", "name": "Night Trains, LP"}})
	}
	return batch, nil
}
