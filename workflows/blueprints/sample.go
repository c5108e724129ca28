package blueprints

import "maps"

// people are whom a message is shown for in the gallery, by language.
var people = map[string]map[string]any{
	"en": {"first_name": "Emma", "last_name": "Carter", "locale": "en", "email": "emma@example.org"},
	"nl": {"first_name": "Sanne", "last_name": "de Boer", "locale": "nl", "email": "sanne@example.org"},
	"fr": {"first_name": "Camille", "last_name": "Moreau", "locale": "fr", "email": "camille@example.org"},
}

// things are what they have bought or put aside, by language.
var things = map[string]string{"en": "Aurora turntable", "nl": "Aurora-platenspeler", "fr": "platine Aurora"}

// Sample is the data of an invented customer of that language, for whom every part of the texts has something to say.
func Sample(locale string) map[string]any {
	person, known := people[locale]
	if !known {
		locale, person = "en", people["en"]
	}
	customer := maps.Clone(person)
	customer["attributes"] = maps.Clone(person)
	return map[string]any{
		"customer":  customer,
		"metrics":   map[string]any{"orders_count": 4, "orders_value": 18900, "order_days": 4},
		"workspace": map[string]any{"name": "The Record Shop", "currency": "EUR", "locale": locale},
		"sender":    map[string]any{"name": "The Record Shop", "postal_address": "The Record Shop, 1 Vinyl Lane, 1012 AB Amsterdam"},
		"context": map[string]any{
			"name": things[locale], "url": "https://shop.example.org/basket", "order_id": "2047",
			"products": []any{map[string]any{"name": things[locale], "quantity": 1}},
			"object": map[string]any{
				"dates":      map[string]any{"start": "2027-05-14", "end": "2027-05-17", "end_of_life": "2027-07-01"},
				"properties": map[string]any{"product": things[locale], "breakfast": true},
			},
		},
		"unsubscribe_url": "https://example.org/p/u/sample",
	}
}
