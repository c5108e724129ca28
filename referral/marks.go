package referral

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Kind is a kind of mark.
type Kind string

// The kinds.
const (
	Email     Kind = "email"
	Phone     Kind = "phone"
	Postal    Kind = "postal"
	Household Kind = "household"
	Card      Kind = "card"
	Device    Kind = "device"
)

// Mark is something by which a person is known again, in its normal form. It is personal; only its hash is kept.
type Mark struct {
	Kind  Kind
	Value string
}

// Hash makes what is stored of a mark: keyed, so that nobody who has the table alone can try out addresses, and different in every
// workspace.
func Hash(key []byte, workspace int64, m Mark) [32]byte {
	h := hmac.New(sha256.New, key)
	h.Write(binary.BigEndian.AppendUint64([]byte("sojourn referral mark v1\x00"), uint64(workspace)))
	h.Write([]byte(string(m.Kind) + "\x00" + m.Value))
	return [32]byte(h.Sum(nil))
}

// Person is what marks are made of.
type Person struct {
	Email, Phone, Country string // as the customer's row has them
	Attributes            map[string]any
	Orders                []map[string]any // properties of orders
	Devices               []string
}

const maxMarks = 64 // of one person

// Marks lists the marks of a person, each once.
func Marks(p Person) []Mark {
	var out []Mark
	add := func(k Kind, v string) {
		m := Mark{k, v}
		if v != "" && len(v) <= 500 && len(out) < maxMarks && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	add(Email, Mailbox(p.Email))
	add(Phone, digits(p.Phone))
	add(Postal, PostalAddress(p.Attributes, p.Country))
	add(Household, plain(text(p.Attributes, "household_id", "household")))
	for _, o := range p.Orders {
		payment, _ := o["payment"].(map[string]any)
		add(Card, strings.TrimSpace(text(o, "card_fingerprint", "payment_fingerprint")))
		add(Card, strings.TrimSpace(text(payment, "fingerprint", "card_fingerprint")))
		add(Device, strings.TrimSpace(text(o, "device_id")))
		for _, name := range []string{"shipping_address", "billing_address"} {
			if a, ok := o[name].(map[string]any); ok {
				add(Postal, PostalAddress(a, p.Country))
			}
		}
	}
	for _, d := range p.Devices {
		add(Device, strings.TrimSpace(d))
	}
	return out
}

// dotless are the domains at which dots in the name of a mailbox mean nothing, with the one name by which each is known.
var dotless = map[string]string{"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}

// dashed are the domains that tag with a dash.
var dashed = []string{"yahoo.com", "yahoo.fr", "yahoo.co.uk", "ymail.com", "rocketmail.com"}

// Mailbox gives the mailbox behind an e-mail address: without its tag (plus, or dash at Yahoo), and at Google without dots. Two people
// of one domain of whom one is called by the other's name and a plus sign would be taken for one; none has been seen.
func Mailbox(address string) string {
	local, domain, ok := strings.Cut(strings.ToLower(strings.TrimSpace(address)), "@")
	if !ok || local == "" || domain == "" {
		return ""
	}
	if name, _, tagged := strings.Cut(local, "+"); tagged && name != "" {
		local = name
	}
	if slices.Contains(dashed, domain) {
		if name, _, tagged := strings.Cut(local, "-"); tagged && name != "" {
			local = name
		}
	}
	if name, ok := dotless[domain]; ok {
		domain = name
		if bare := strings.ReplaceAll(local, ".", ""); bare != "" {
			local = bare
		}
	}
	return local + "@" + domain
}

// PostalAddress joins street, postal code and country of attributes, of their "address" where there is one; home is the country that is
// meant where none is named. Without street and postal code there is none: a town is no address.
func PostalAddress(attributes map[string]any, home string) string {
	from := attributes
	if inner, ok := attributes["address"].(map[string]any); ok {
		from = inner
	}
	street := plain(text(from, "street", "address1", "line1", "street_address") + text(from, "house_number", "address2", "line2"))
	code := plain(text(from, "postal_code", "postalCode", "zip", "postcode"))
	if street == "" || code == "" {
		return ""
	}
	return street + "|" + code + "|" + plain(cmp.Or(text(from, "country"), home))
}

func text(m map[string]any, names ...string) string {
	for _, n := range names {
		if v, ok := m[n].(string); ok && strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}

// plain keeps letters and digits, in lower case and without accents.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
