package sqlstore

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"

	"sojourn/consent"
	"sojourn/models"
)

// maxAttributes bounds one customer's attributes, in bytes of JSON. More is refused key by key, never cut.
const maxAttributes = 256 << 10

// profile merges the traits of an identify into the customer. What has a column of its own is normalised; a value that
// is not usable there is kept as an attribute of the same name, with a decision that says so, and fails nothing. Other
// events only fill in a language and a zone that are not known yet.
func (r *routing) profile(a *applied) error {
	before := *a.customer
	c := a.customer
	var unusable []string
	if a.event.Type == "identify" {
		unusable = mergeTraits(c, a.data, r.now)
	}
	if c.Locale == "" || c.Timezone == "" {
		var ctx struct{ Locale, Timezone string }
		if err := a.event.Context.Into(&ctx); err == nil { // a context of an odd shape is no reason to refuse the event
			if c.Locale == "" {
				c.Locale, _ = usableLocale(ctx.Locale)
			}
			if c.Timezone == "" {
				c.Timezone, _ = usableZone(ctx.Timezone)
			}
		}
	}
	for _, field := range unusable {
		r.decide(models.Decision{WorkspaceID: c.WorkspaceID, CustomerID: c.ID, Kind: "profile", Outcome: "unusable", Reason: field,
			Detail: models.ToJSON(map[string]any{"event": a.event.ID})})
	}
	if err := r.contactPoints(c, before); err != nil {
		return err
	}
	if sameProfile(before, *c) {
		return nil
	}
	c.UpdatedAt = models.At(r.now)
	if err := r.rearm(&before, c); err != nil {
		return err
	}
	return r.tx.Exec(`UPDATE customers SET email = ?, phone = ?, locale = ?, timezone = ?, country = ?, birthday = ?, attributes = ?, updated_at = ? WHERE id = ?`,
		c.Email, c.Phone, c.Locale, c.Timezone, c.Country, c.Birthday, c.Attributes, c.UpdatedAt, c.ID).Error
}

func sameProfile(a, b models.Customer) bool {
	return a.Email == b.Email && a.Phone == b.Phone && a.Locale == b.Locale && a.Timezone == b.Timezone && a.Country == b.Country &&
		a.Birthday == b.Birthday && string(a.Attributes) == string(b.Attributes)
}

// mergeTraits changes the customer's fields and attributes and returns the names of values that did not fit their field.
// null removes; an absent trait changes nothing; the country is read first, because it tells how a phone number is meant.
func mergeTraits(c *models.Customer, traits map[string]json.RawMessage, now time.Time) (unusable []string) {
	attributes := map[string]json.RawMessage{}
	_ = c.Attributes.Into(&attributes) // our own column: an object
	rest := maps.Clone(traits)
	if address, ok := traits["address"]; ok && traits["country"] == nil {
		var in struct {
			Country json.RawMessage `json:"country"`
		}
		if json.Unmarshal(address, &in) == nil && in.Country != nil {
			rest["country"] = in.Country
		}
	}
	field := func(name string, set func(text string) bool) {
		raw, ok := rest[name]
		if !ok {
			return
		}
		delete(rest, name)
		var text string
		switch {
		case string(raw) == "null":
			set("")
			delete(attributes, name)
		case json.Unmarshal(raw, &text) == nil && set(strings.TrimSpace(text)):
			delete(attributes, name)
		default:
			attributes[name] = raw
			unusable = append(unusable, name)
		}
	}
	field("country", func(v string) bool { return assign(&c.Country, v, usableCountry) })
	field("email", func(v string) bool { return assignText(&c.Email, v, usableEmail) })
	field("phone", func(v string) bool {
		return assignText(&c.Phone, v, func(v string) (string, bool) { return usablePhone(v, c.Country) })
	})
	field("locale", func(v string) bool { return assign(&c.Locale, v, usableLocale) })
	field("timezone", func(v string) bool { return assign(&c.Timezone, v, usableZone) })
	field("birthday", func(v string) bool {
		return assignText(&c.Birthday, v, func(v string) (string, bool) { return usableBirthday(v, now) })
	})
	size := len(c.Attributes)
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		raw := rest[name]
		if string(raw) == "null" {
			delete(attributes, name)
			continue
		}
		if size += len(name) + len(raw) + 4 - len(attributes[name]); size > maxAttributes {
			unusable = append(unusable, name)
			continue
		}
		attributes[name] = raw
	}
	if merged := models.ToJSON(attributes); len(attributes) > 0 || len(c.Attributes) > 0 {
		c.Attributes = merged
	}
	return unusable
}

func assign(into *string, v string, usable func(string) (string, bool)) bool {
	if v == "" {
		*into = ""
		return true
	}
	got, ok := usable(v)
	if ok {
		*into = got
	}
	return ok
}

func assignText(into *models.Text, v string, usable func(string) (string, bool)) bool {
	s := string(*into)
	ok := assign(&s, v, usable)
	*into = models.Text(s)
	return ok
}

func usableEmail(v string) (string, bool) {
	address, err := consent.NormalizeAddress("email", v)
	return address, err == nil
}

// usablePhone gives E.164. A number without its country is read as one of the customer's country.
func usablePhone(v, country string) (string, bool) {
	n, err := phonenumbers.Parse(v, country)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", false
	}
	address, err := consent.NormalizeAddress("sms", phonenumbers.Format(n, phonenumbers.E164))
	return address, err == nil
}

func usableLocale(v string) (string, bool) {
	tag, err := language.Parse(v)
	if err != nil || tag == language.Und || len(tag.String()) > 16 {
		return "", false
	}
	return tag.String(), true
}

func usableCountry(v string) (string, bool) {
	if len(v) != 2 {
		return "", false
	}
	region, err := language.ParseRegion(v)
	if err != nil || !region.IsCountry() {
		return "", false
	}
	return region.String(), true
}

// zones remembers what has been looked up: time.LoadLocation reads a file each time. Bounded by the number of zones.
var zones sync.Map

func location(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, zone)
	}
	return zone, err
}

func usableZone(v string) (string, bool) {
	if v == "" || v == "Local" || len(v) > 64 {
		return "", false
	}
	_, err := location(v)
	return v, err == nil
}

// usableBirthday takes the day of a date or an instant, from 1900 to yesterday.
func usableBirthday(v string, now time.Time) (string, bool) {
	if len(v) > 10 && v[10] == 'T' {
		v = v[:10]
	}
	day, err := time.Parse(time.DateOnly, v)
	if err != nil || day.Year() < 1900 || !day.Before(now) {
		return "", false
	}
	return v, true
}

// contactPoints makes the rows of new addresses. They are made here, never by a send: a lock on a row that is missing
// would lock a gap.
func (r *routing) contactPoints(c *models.Customer, before models.Customer) error {
	for _, p := range []struct {
		channel  string
		old, now models.Text
	}{{"email", before.Email, c.Email}, {"sms", before.Phone, c.Phone}} {
		if p.now == "" || p.now == p.old {
			continue
		}
		if err := r.tx.Exec("INSERT INTO contact_points (id, workspace_id, channel, address, created_at) VALUES (?, ?, ?, ?, ?) "+
			r.s.dialect.ignoreDuplicate("workspace_id, channel, address"),
			r.s.newID(), c.WorkspaceID, p.channel, string(p.now), models.At(r.now)).Error; err != nil {
			return err
		}
	}
	return nil
}
