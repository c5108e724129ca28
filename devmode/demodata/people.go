package demodata

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// place is where people of a language live; the list repeats what is frequent.
type place struct{ zone, country string }

type tongue struct {
	locale      string
	first, last []string
	places      []place
}

// tongues by frequency: 11 English, 5 Dutch, 4 French of 20.
var tongues = [3]tongue{
	{
		locale: "en",
		first: strings.Fields(`Abigail Adam Alice Amelia Andrew Beth Brian Carla Charlotte Christopher Claire Daniel Diana
			Edward Eleanor Emily Ethan Fiona George Grace Hannah Harriet Henry Isaac Jack Jasmine Joan Joshua Julia Kevin
			Laura Leonard Lucy Martin Megan Nathan Nora Oliver Patricia Peter Rachel Rebecca Robert Rosie Samuel Sophie
			Stella Thomas Victoria Walter Zoë`),
		last: strings.Fields(`Abbott Archer Baker Barnes Bishop Brooks Carter Chambers Coleman Cooper Dawson Doyle Ellis Fisher
			Foster Gardner Gibson Grant Hale Harper Hughes Ingram Jennings Kerr Lawson Lowe Marsh Mason Mercer Nash Norris
			O'Brien Osborne Palmer Pearce Porter Quinn Reeves Rowe Sanders Shaw Slater Sutton Thorne Tucker Vaughn Walsh
			Webster Wyatt York`),
		places: []place{
			{"America/New_York", "US"}, {"America/New_York", "US"}, {"America/New_York", "US"}, {"America/Chicago", "US"},
			{"America/Chicago", "US"}, {"America/Denver", "US"}, {"America/Los_Angeles", "US"}, {"America/Los_Angeles", "US"},
			{"Europe/London", "GB"}, {"Europe/London", "GB"}, {"Europe/Dublin", "IE"}, {"America/Toronto", "CA"},
			{"Australia/Sydney", "AU"}, {"Australia/Adelaide", "AU"}, {"Pacific/Auckland", "NZ"}, {"Pacific/Chatham", "NZ"},
			{"Pacific/Honolulu", "US"}, {"Asia/Kolkata", "IN"}, {"Asia/Singapore", "SG"}, {"Pacific/Kiritimati", "KI"},
		},
	},
	{
		locale: "nl",
		first: strings.Fields(`Anouk Bart Bram Carlijn Daan Eline Esmée Femke Floris Gijs Hanneke Hugo Ilse Jasper Jeroen Joost
			Karin Koen Lars Lieke Lotte Maarten Maud Merel Niels Noor Pieter Renée Roos Ruben Sanne Sjoerd Thijs Tess Wouter`),
		last: strings.Fields(`Aalbers Bakker Blom Boersma Dekker Dijkstra Driessen Eggink Faber Groen Hendriks Hofman Huisman Jansen
			Kok Koster Kuipers Lammers Meijer Molenaar Mulder Peeters Postma Prins Schipper Smeets Timmer Veenstra Verhoeven
			Visser Vos Willems Wolters Zijlstra`),
		places: []place{
			{"Europe/Amsterdam", "NL"}, {"Europe/Amsterdam", "NL"}, {"Europe/Amsterdam", "NL"}, {"Europe/Amsterdam", "NL"},
			{"Europe/Brussels", "BE"}, {"Europe/Brussels", "BE"}, {"Europe/Brussels", "BE"}, {"America/Curacao", "CW"},
			{"America/Paramaribo", "SR"}, {"Europe/Amsterdam", "NL"},
		},
	},
	{
		locale: "fr",
		first: strings.Fields(`Adèle Alain Antoine Benoît Camille Cécile Chloé Clément Delphine Élodie Émile Étienne Fabien
			François Gaëlle Guillaume Hélène Inès Jérôme Juliette Léa Loïc Lucie Margaux Mathilde Maxime Noémie Océane Pascal
			Rémi Sébastien Sylvie Théo Valérie Yves`),
		last: strings.Fields(`Aubert Barbier Bernard Blanchet Bonnet Caron Chevalier Colin Cordier Delmas Dubois Dupuis Fabre Fontaine
			Gaillard Garnier Girard Guérin Hamel Jacquet Lambert Leclerc Lefèvre Lemaire Marchand Masson Mercier Moreau Noël
			Perrin Picard Renaud Rivière Roussel Vidal`),
		places: []place{
			{"Europe/Paris", "FR"}, {"Europe/Paris", "FR"}, {"Europe/Paris", "FR"}, {"Europe/Paris", "FR"},
			{"Europe/Paris", "FR"}, {"Europe/Brussels", "BE"}, {"Europe/Zurich", "CH"}, {"America/Toronto", "CA"},
			{"Indian/Reunion", "RE"}, {"Pacific/Noumea", "NC"},
		},
	},
}

// plain writes names with the letters an address has.
var plain = strings.NewReplacer("è", "e", "é", "e", "ë", "e", "ê", "e", "É", "e", "î", "i", "ï", "i", "ô", "o", "ç", "c", "'", "")

// person invents everything that doesn't depend on the day.
func person(key string, number int) Customer {
	t := tongues[0]
	switch n := pick(key, "tongue", 0) % 20; {
	case n >= 16:
		t = tongues[2]
	case n >= 11:
		t = tongues[1]
	}
	p := t.places[pick(key, "place", 0)%uint64(len(t.places))]
	first := t.first[pick(key, "first", 0)%uint64(len(t.first))]
	last := t.last[pick(key, "last", 0)%uint64(len(t.last))]
	domain := [...]string{"example.com", "example.net", "example.org"}[pick(key, "domain", 0)%3]
	// Any day from 1944 to 2004, leap days included.
	from := time.Date(1944, 1, 1, 0, 0, 0, 0, time.UTC)
	birthday := from.AddDate(0, 0, int(pick(key, "birthday", 0)%(61*365)))
	return Customer{
		Key: key, FirstName: first, LastName: last, Locale: t.locale, TimeZone: p.zone, Country: p.country,
		Email:    fmt.Sprintf("%s.%s.%d@%s", strings.ToLower(plain.Replace(first)), strings.ToLower(plain.Replace(last)), number, domain),
		Birthday: birthday.Format(time.DateOnly),
	}
}

// pick is a number that follows from the key and what it is for. FNV's high bits are well mixed only after the
// finaliser of SplitMix64.
func pick(key, what string, i int) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%s/%d", key, what, i)
	z := h.Sum64() + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
