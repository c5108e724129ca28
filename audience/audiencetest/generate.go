package audiencetest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"sojourn/audience"
	"sojourn/audience/match"
)

// Worlds and conditions are drawn from small pools of troublesome values, so that comparisons often meet.
var (
	texts = []string{
		"gold", "Gold", "gold ", "", " ", "a", "A", "ß", "ss", "é", "e\u0301", "😀", "😀é", "日本", "5", "true", "null", "[]", "{}", `["a"]`,
		"it's", `"q"`, `\`, "a<b & c", "100%", "a_c", "x\ny", "-", "0",
		"2026-03-15", "2026-03-14", "2026-03-28", "2026-03-29", "2026-13-99", "2026-03-15\n", "2026-03-15T12:00:00Z", "2026-03-14T23:00:00Z",
		"2026-03-14T22:59:59.999Z", "2026-03-15T12:00:00.5Z", "2026-03-15T13:00:00+01:00", "2000-02-29", "1990-03-22",
	}
	numbers     = []float64{0, 1, 2, 5, -3, 0.1, 0.2, 0.3, 2.5, 50, 100, 1e6, 1234567.25, 1e15}
	keys        = []string{"v", "n", "t", "V", "two words", "o.k", "o.p.q", "é"}
	events      = []string{"Viewed", "viewed", "Paid", "Paid "}
	zones       = []string{"UTC", "Europe/Amsterdam", "America/New_York", "Pacific/Kiritimati", "Africa/Cairo", "Asia/Kolkata"}
	moments     = []string{"2026-03-15T12:00:00Z", "2026-03-29T00:30:00Z", "2026-10-25T01:30:00.5Z", "2026-04-24T00:10:00Z", "2026-02-28T23:59:59.999999Z", "2028-02-29T06:00:00Z"}
	offsets     = []string{"P0D", "-P1D", "P1D", "-P7D", "-P1M", "-P6M", "-P1Y", "PT1H", "-PT24H", "-P30DT12H", "P1W"}
	days        = []string{"P0D", "-P1D", "P1D", "-P7D", "P14D", "-P1M", "-P26Y"}
	fixed       = []string{"2026-03-15", "2026-03-29", "2026-03-14T23:00:00Z", "2026-03-15T13:00:00.000001+01:00", "2020-01-01"}
	periods     = []string{"P1D", "P7D", "PT24H", "P1M", "P1Y", "PT1S"}
	purposes    = []string{"news", "News", "offers"}
	objectTypes = []string{"booking", "device"}
	lists       = []string{"vip", "VIP", "lapsed"}
)

func pick[T any](t *rapid.T, from []T, label string) T { return rapid.SampledFrom(from).Draw(t, label) }

// DrawWorld makes a random world without cases.
func DrawWorld(t *rapid.T) *World {
	w := &World{Name: "random", Zone: pick(t, zones, "zone")}
	w.Now, _ = time.Parse(time.RFC3339Nano, pick(t, moments, "now"))
	for i := range rapid.IntRange(3, 14).Draw(t, "people") {
		w.People = append(w.People, drawPerson(t, w, i))
	}
	w.number()
	return w
}

func drawPerson(t *rapid.T, w *World, i int) *Person {
	p := &Person{Name: "p" + strconv.Itoa(i), Attributes: drawObject(t, "attributes")}
	f := &p.Fields
	if rapid.Bool().Draw(t, "known") {
		f.ExternalID = fmt.Sprintf("%s%d", pick(t, []string{"u", "U"}, "external"), i)
		f.Email = pick(t, []string{"ann@example.com", "Ann@example.com", "ann@example.com ", "bob@example.org"}, "email")
		f.Locale = pick(t, []string{"", "nl", "nl ", "NL", "en-GB"}, "locale")
		f.Country = pick(t, []string{"", "NL", "nl"}, "country")
		f.Birthday = pick(t, []string{"", "1990-03-22", "2000-02-29", "1999-02-28", "03-15", "2026-03-29"}, "birthday")
		f.NoProfiling = rapid.Bool().Draw(t, "no_profiling")
	}
	f.CreatedAt = drawTime(t, w)
	if rapid.Bool().Draw(t, "paused") {
		f.PausedUntil = drawTime(t, w)
	}
	if rapid.Bool().Draw(t, "metrics") {
		p.Metrics, p.Times = map[string]float64{}, map[string]string{}
		for _, m := range audience.NewCatalogue().Metrics {
			switch {
			case !m.Counter && rapid.Bool().Draw(t, m.Name+" absent"):
			case m.Type == audience.Instant:
				p.Times[m.Name] = drawTime(t, w).Format(time.RFC3339Nano)
			case m.Unit == audience.Times && m.Counter, m.Unit == audience.Money, m.Unit == audience.Score:
				p.Metrics[m.Name] = float64(pick(t, []int{0, 1, 2, 5, 50}, m.Name))
			default:
				p.Metrics[m.Name] = pick(t, numbers, m.Name)
			}
		}
	}
	for _, purpose := range purposes {
		if rapid.Bool().Draw(t, purpose) {
			p.Permissions = append(p.Permissions, match.Permission{Channel: "email", Purpose: purpose, State: pick(t, []string{"granted", "withdrawn", "pending"}, "state")})
		}
	}
	for _, l := range lists {
		if rapid.Bool().Draw(t, l) {
			p.Members = append(p.Members, l)
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "objects") {
		p.Objects = append(p.Objects, Object{Type: pick(t, objectTypes, "object"), Data: drawObject(t, "object data")})
	}
	for range rapid.IntRange(0, 6).Draw(t, "events") {
		p.Events = append(p.Events, Event{Name: pick(t, events, "event"), At: drawTime(t, w), Data: drawObject(t, "data")})
	}
	return p
}

// drawTime is near now and near the edges that conditions can ask for.
func drawTime(t *rapid.T, w *World) time.Time {
	zone, _ := time.LoadLocation(w.Zone)
	at := w.Now.In(zone)
	if p, err := audience.ParsePeriod(pick(t, offsets, "offset")); err == nil {
		at = p.From(at)
	}
	if rapid.Bool().Draw(t, "midnight") {
		at = audience.DayOf(at).Start(zone)
	}
	return at.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "jitter")) * time.Microsecond).UTC()
}

// drawObject writes JSON by hand: the same value in different spellings.
func drawObject(t *rapid.T, label string) json.RawMessage {
	var b strings.Builder
	b.WriteString("{")
	for i, k := range []string{"v", "n", "t", "V", "two words", "é"} {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q:", k)
		drawJSON(t, &b, label, 2)
	}
	b.WriteString(`,"o":{"k":`)
	drawJSON(t, &b, label, 1)
	b.WriteString(`, "p": {"q": `)
	drawJSON(t, &b, label, 1)
	b.WriteString("}}}")
	return json.RawMessage(b.String())
}

func drawJSON(t *rapid.T, b *strings.Builder, label string, depth int) {
	switch k := rapid.IntRange(0, 9).Draw(t, label); {
	case k < 4:
		writeText(t, b, pick(t, texts, "text"))
	case k < 7:
		n := pick(t, numbers, "number")
		b.WriteString(strconv.FormatFloat(n, pick(t, []byte{'f', 'g', 'e'}, "form"), -1, 64))
	case k == 7:
		b.WriteString(pick(t, []string{"true", "false", "null"}, "word"))
	case k == 8 && depth > 0:
		b.WriteString("[")
		for i := range rapid.IntRange(0, 3).Draw(t, "length") {
			if i > 0 {
				b.WriteString(" ,")
			}
			drawJSON(t, b, label, depth-1)
		}
		b.WriteString("]")
	default:
		b.WriteString(`{"gold": 5}`)
	}
}

// writeText spells a text plainly, as Go's encoder does, or with every letter beyond ASCII escaped.
func writeText(t *rapid.T, b *strings.Builder, s string) {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	way := rapid.IntRange(0, 2).Draw(t, "spelling")
	enc.SetEscapeHTML(way == 1)
	_ = enc.Encode(s)
	text := strings.TrimSuffix(out.String(), "\n")
	if way == 2 {
		text = strings.Trim(strconv.QuoteToASCII(text), `"`)
		text = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text)
		if strings.Contains(text, `\U`) || !json.Valid([]byte(text)) {
			text = strings.TrimSuffix(out.String(), "\n") // Go's \U has no place in JSON
		}
	}
	b.WriteString(text)
}
