package pressure

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"sojourn/fault"
)

// Policy is what a workspace settled about pressure; it is stored as JSON in workspaces.settings.
type Policy struct {
	Caps       []Cap       `json:"caps,omitempty"`
	QuietHours *QuietHours `json:"quiet_hours,omitempty"`
	Zones      []string    `json:"zones,omitempty"`      // IANA zones where customers live; with the workspace's own they stand in for an unknown zone
	PublicURL  string      `json:"public_url,omitempty"` // where public pages are reached, without a slash at the end
}

// ParsePolicy reads the settings of a workspace; empty settings are an empty policy. Unknown fields belong to others.
func ParsePolicy(settings []byte) (Policy, error) {
	var p Policy
	if len(settings) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(settings, &p); err != nil {
		return p, fault.Wrap(fault.Invalid, err, "the settings of the workspace cannot be read")
	}
	return p, p.Validate()
}

// Validate names every wrong place.
func (p Policy) Validate() error {
	var wrong []fault.Field
	add := func(path string, err error) {
		if err != nil {
			wrong = append(wrong, fault.Field{Path: path, Message: err.Error()})
		}
	}
	for i, c := range p.Caps {
		at := fmt.Sprintf("caps[%d]", i)
		if c.Max < 1 {
			add(at+".max", fmt.Errorf("at least 1"))
		}
		_, err := c.span()
		add(at+".window", err)
	}
	if q := p.QuietHours; q != nil {
		from, err := clock(q.From)
		add("quiet_hours.from", err)
		to, err2 := clock(q.To)
		add("quiet_hours.to", err2)
		if err == nil && err2 == nil && from == to {
			add("quiet_hours.to", fmt.Errorf("the same as from: quiet all day, or never?"))
		}
	}
	for i, z := range p.Zones {
		_, err := time.LoadLocation(z)
		add(fmt.Sprintf("zones[%d]", i), err)
	}
	if p.PublicURL != "" {
		if u, err := url.Parse(p.PublicURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			add("public_url", fmt.Errorf("an address such as https://mail.example.org"))
		}
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "the policy of the workspace is not right").WithFields(wrong...)
	}
	return nil
}

// zones are those that must all agree that it is not quiet: the customer's own, or every zone of the workspace when it
// is unknown or not a zone.
func (p Policy) zones(customer, workspace string) []*time.Location {
	if loc := zone(customer); loc != nil {
		return []*time.Location{loc}
	}
	var all []*time.Location
	for _, name := range append([]string{workspace}, p.Zones...) {
		if loc := zone(name); loc != nil {
			all = append(all, loc)
		}
	}
	if len(all) == 0 {
		all = append(all, time.UTC)
	}
	return all
}

// zone loads an IANA zone; nil for none. "Local" would be the zone of our machine, which says nothing about a customer.
func zone(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return loc
}
