package adminapi

import (
	"strings"

	"sojourn/models"
	"sojourn/storage"
)

// clip shortens a text to n bytes without cutting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// object reads a JSON column that holds an object; anything else is an empty one.
func object(j models.JSON) map[string]any {
	m := map[string]any{}
	if j.Into(&m) != nil || m == nil {
		return map[string]any{}
	}
	return m
}

// nameKeys are the attributes that name a person, as the Segment spec and our own imports call them.
var nameKeys = [][2]string{{"first_name", "last_name"}, {"firstName", "lastName"}, {"given_name", "family_name"}}

func personName(attributes models.JSON, email, external string) string {
	m := object(attributes)
	for _, k := range nameKeys {
		first, _ := m[k[0]].(string)
		last, _ := m[k[1]].(string)
		if name := strings.TrimSpace(first + " " + last); name != "" {
			return name
		}
	}
	if name, _ := m["name"].(string); name != "" {
		return name
	}
	return or(email, external)
}

func customerRef(p storage.Person) CustomerRef {
	return CustomerRef{ID: p.ID.String(), ExternalID: string(p.ExternalID), Email: string(p.Email), Name: personName(p.Attributes, string(p.Email), string(p.ExternalID))}
}

func journeyRef(n storage.JourneyName) *JourneyRef {
	if n.ID.IsZero() {
		return nil
	}
	return &JourneyRef{ID: n.ID.String(), Key: n.Key, Name: n.Name, Version: n.Version}
}

func broadcastRef(n storage.IssueName) *BroadcastRef {
	if n.Key == "" {
		return nil
	}
	return &BroadcastRef{Key: n.Key, Name: n.Name, Issue: n.Number}
}

func sendOf(r storage.SendRow) SendSummary {
	return SendSummary{ID: r.ID.String(), RunID: r.RunID.String(), Journey: journeyRef(r.Journey), Broadcast: broadcastRef(r.Issue), Customer: customerRef(r.Person), StepID: r.StepID, Channel: r.Channel,
		Class: r.Class, Purpose: r.Purpose, State: r.State, Reason: r.Reason, Detail: r.Detail, Template: r.Template, Subject: r.Subject, Address: r.Address,
		Attempts: r.Attempts, PlannedAt: r.PlannedAt.Time(), HandedAt: when(r.HandedAt), ClosedAt: when(r.ClosedAt), DeferUntil: when(r.DeferUntil), InboxID: r.InboxID.String()}
}

func moneys(v []storage.ValueSum) []Money {
	out := make([]Money, 0, len(v))
	for _, m := range v {
		out = append(out, Money{Minor: m.Minor, Currency: m.Currency})
	}
	return out
}
