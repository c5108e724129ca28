package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sojourn/fault"
)

var received = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func options() Options {
	n := 0
	return Options{ReceivedAt: received, NewMessageID: func() string { n++; return fmt.Sprintf("made-%d", n) }}
}

func one(t *testing.T, typ Type, body string) Event {
	t.Helper()
	d, err := Decode(typ, []byte(body), options())
	if err != nil {
		t.Fatalf("%s: %v %v", body, err, fields(err))
	}
	return d.Events[0]
}

func fields(err error) []fault.Field {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}

func TestEachTypeKeepsWhatItMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ  Type
		body string
		want Event
		data string
	}{
		{Identify, `{"userId":"u1","anonymousId":"a1","messageId":"m","traits":{"email":"x@example.com","age":31}}`,
			Event{MessageID: "m", Name: "identify", UserID: "u1", AnonymousID: "a1"}, `{"age":31,"email":"x@example.com"}`},
		{Track, `{"userId":42,"event":"Order Completed","messageId":"m","properties":{"total":19.90,"products":[{"sku":"A"}]}}`,
			Event{MessageID: "m", Name: "Order Completed", UserID: "42"}, `{"products":[{"sku":"A"}],"total":19.90}`},
		{Page, `{"anonymousId":"a","messageId":"m","name":"Home","category":"Shop","properties":{"url":"/"}}`,
			Event{MessageID: "m", Name: "page", AnonymousID: "a"}, `{"category":"Shop","name":"Home","url":"/"}`},
		{Screen, `{"anonymousId":"a","messageId":"m","name":"Home","properties":{"name":"Own"}}`,
			Event{MessageID: "m", Name: "screen", AnonymousID: "a"}, `{"name":"Own"}`},
		{Group, `{"userId":"u","groupId":"g","messageId":"m","traits":{"plan":"pro"}}`,
			Event{MessageID: "m", Name: "group", UserID: "u", GroupID: "g"}, `{"plan":"pro"}`},
		{Alias, `{"userId":"u","previousId":"old","messageId":"m"}`,
			Event{MessageID: "m", Name: "alias", UserID: "u", PreviousID: "old"}, `{}`},
		{Track, `{"userId":"u","event":"E","context":{"groupId":"g"}}`,
			Event{MessageID: "made-1", Name: "E", UserID: "u", GroupID: "g"}, `{}`},
	} {
		got := one(t, c.typ, c.body)
		if string(got.Data) != c.data {
			t.Errorf("%s: data %s, want %s", c.body, got.Data, c.data)
		}
		if got.Type != c.typ || !got.OccurredAt.Equal(received) {
			t.Errorf("%s: type %q at %v", c.body, got.Type, got.OccurredAt)
		}
		got.Type, got.Data, got.Context, got.OccurredAt, got.Hash = "", nil, nil, time.Time{}, [32]byte{}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.body, got, c.want)
		}
	}
}

func TestClockOfTheSenderIsCorrected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"no time":             {`"x":1`, "2026-03-01T12:00:00Z"},
		"timestamp only":      {`"timestamp":"2026-03-01T11:59:58.5Z"`, "2026-03-01T11:59:58.5Z"},
		"clock two hours on":  {`"timestamp":"2026-03-01T13:59:50Z","sentAt":"2026-03-01T14:00:00Z"`, "2026-03-01T11:59:50Z"},
		"clock in 1980":       {`"timestamp":"1980-01-01T00:00:00Z","sentAt":"1980-01-01T00:00:10Z"`, "2026-03-01T11:59:50Z"},
		"future without sent": {`"timestamp":"2027-03-01T12:00:00Z"`, "2026-03-01T12:00:00Z"},
		"sent before it was":  {`"timestamp":"2026-03-01T12:00:00Z","sentAt":"2026-03-01T11:00:00Z"`, "2026-03-01T12:00:00Z"},
		"history":             {`"timestamp":"2024-02-29","sentAt":"2026-03-01T12:00:00Z"`, "2024-02-29T00:00:00Z"},
		"original":            {`"originalTimestamp":"2026-03-01T10:00:00+01:00"`, "2026-03-01T09:00:00Z"},
		"seconds":             {`"timestamp":1772366399`, "2026-03-01T11:59:59Z"},
		"milliseconds":        {`"timestamp":1772366399500`, "2026-03-01T11:59:59.5Z"},
	} {
		got := one(t, Track, `{"userId":"u","event":"E",`+c.body+`}`).OccurredAt.Format(time.RFC3339Nano)
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestBatchSharesItsEnvelope(t *testing.T) {
	t.Parallel()
	d, err := DecodeBatch([]byte(`{"writeKey":"wk","sentAt":"2026-03-01T14:00:00Z","context":{"library":{"name":"x"},"ip":"1.2.3.4"},"batch":[
		{"type":"track","userId":"u","event":"A","timestamp":"2026-03-01T13:00:00Z","context":{"ip":"9.9.9.9"}},
		{"type":"identify","userId":"u","traits":null,"context":{"backfill":true}}]}`), options())
	if err != nil {
		t.Fatal(err, fields(err))
	}
	if d.WriteKey != "wk" || len(d.Events) != 2 {
		t.Fatalf("key %q, %d events", d.WriteKey, len(d.Events))
	}
	a, b := d.Events[0], d.Events[1]
	if want := `{"ip":"9.9.9.9","library":{"name":"x"}}`; string(a.Context) != want {
		t.Errorf("context %s, want %s", a.Context, want)
	}
	if want := received.Add(-time.Hour); !a.OccurredAt.Equal(want) {
		t.Errorf("occurred %v, want %v", a.OccurredAt, want)
	}
	if a.Backfill || !b.Backfill || string(b.Data) != "{}" || a.MessageID == b.MessageID {
		t.Errorf("got %+v and %+v", a, b)
	}
}

func TestHashIsOverTheContentOnly(t *testing.T) {
	t.Parallel()
	base := `{"userId":"u","event":"E","messageId":"m","timestamp":"2026-03-01T11:00:00Z","sentAt":"2026-03-01T11:00:01Z","properties":{"a":1,"b":"x"},"context":{"ip":"1"}}`
	hash := one(t, Track, base).Hash
	for _, same := range [][2]string{
		{`"sentAt":"2026-03-01T11:00:01Z"`, `"sentAt":"2026-03-01T11:00:31Z"`},
		{`"a":1,"b":"x"`, ` "b" : "\u0078", "a":1`},
		{`2026-03-01T11:00:00Z`, `2026-03-01T12:00:00+01:00`},
		{`"ip":"1"`, `"ip":"2"`},
	} {
		if one(t, Track, strings.Replace(base, same[0], same[1], 1)).Hash != hash {
			t.Errorf("%s changed the hash", same[1])
		}
	}
	for _, other := range [][2]string{
		{`"userId":"u"`, `"userId":"v"`}, {`"userId":"u"`, `"anonymousId":"u"`}, {`"event":"E"`, `"event":"F"`}, {`"a":1`, `"a":2`}, {`11:00:00Z`, `11:00:02Z`},
	} {
		if one(t, Track, strings.Replace(base, other[0], other[1], 1)).Hash == hash {
			t.Errorf("%s did not change the hash", other[1])
		}
	}
	if one(t, Page, base).Hash == hash {
		t.Error("the type did not change the hash")
	}
}

func TestWrongPlacesAreNamed(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, MaxDepth) + "1" + strings.Repeat("}", MaxDepth)
	keys := make([]string, MaxKeys+1)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	for body, want := range map[string]string{
		`{"batch":[{"type":"track","event":"E"}]}`:                                "batch[0].userId",
		`{"batch":[{"type":"track","userId":"u"}]}`:                               "batch[0].event",
		`{"batch":[{"userId":"u"}]}`:                                              "batch[0].type",
		`{"batch":[{"type":"t","event":"E","userId":"u"}]}`:                       "batch[0].type",
		`{"batch":[{"type":"group","userId":"u"}]}`:                               "batch[0].groupId",
		`{"batch":[{"type":"alias","userId":"u"}]}`:                               "batch[0].previousId",
		`{"batch":[{"type":"alias","previousId":"u"}]}`:                           "batch[0].userId",
		`{"batch":[{"type":"page","userId":{"a":1}}]}`:                            "batch[0].userId",
		`{"batch":[{"type":"page","userId":1.5}]}`:                                "batch[0].userId",
		`{"batch":[{"type":"page","userId":"` + strings.Repeat("x", 256) + `"}]}`: "batch[0].userId",
		`{"batch":[{"type":"page","userId":"u","properties":[]}]}`:                "batch[0].properties",
		`{"batch":[{"type":"page","userId":"u","timestamp":"soon"}]}`:             "batch[0].timestamp",
		`{"batch":[{"type":"page","userId":"u","timestamp":1e5}]}`:                "batch[0].timestamp",
		`{"batch":[7]}`: "batch[0]",
		`{"batch":{}}`:  "batch",
		`{}`:            "batch",
		`{"batch":[{"type":"page","userId":"u","properties":{"n":1e999999}}]}`:                        "batch[0].properties.n",
		`{"batch":[{"type":"page","userId":"u","properties":{"n":` + strings.Repeat("1", 65) + `}}]}`: "batch[0].properties.n",
		`{"batch":[{"type":"page","userId":"u","properties":{"s":"\ud83d"}}]}`:                        "batch[0].properties.s",
		`{"batch":[{"type":"page","userId":"u","properties":{"s":"\ude00"}}]}`:                        "batch[0].properties.s",
		`{"batch":[{"type":"page","userId":"u","properties":{"s":["a","\u0000"]}}]}`:                  "batch[0].properties.s[1]",
		`{"batch":[{"type":"page","userId":"u","properties":{"s":1,"\u0073":2}}]}`:                    "batch[0].properties.s",
		`{"batch":[{"type":"page","userId":"u","userId":"v"}]}`:                                       "batch[0].userId",
		"{\"batch\":[{\"type\":\"page\",\"userId\":\"u\",\"properties\":{\"s\":\"\xff\"}}]}":          "batch[0].properties.s",
		`{"batch":[{"type":"page","userId":"u","properties":{"d":` + deep + `}}]}`:                    "batch[0].properties.d.a.a.a.a.a.a.a",
		`{"batch":[{"type":"page","userId":"u","properties":{` + strings.Join(keys, ",") + `}}]}`:     "batch[0].properties",
		`{"batch":[{"type":"page","userId":"u",}]}`:                                                   "batch[0].userId",
		`{"batch":[{"type":"page","userId":"u"}],}`:                                                   "batch",
		`{"batch":[{"type":"page","userId":"u"}]} x`:                                                  "",
		`{"batch":[01]}`:              "batch[0]",
		`{"batch":[nul]}`:             "batch[0]",
		`{"batch":["a` + "\n" + `"]}`: "batch[0]",
		``:                            "",
	} {
		_, err := DecodeBatch([]byte(body), options())
		f := fields(err)
		if !fault.Is(err, fault.Invalid) || len(f) == 0 {
			t.Errorf("%.100s: %v, want an invalid field", body, err)
			continue
		}
		if f[0].Path != want || f[0].Message == "" {
			t.Errorf("%.100s: path %q (%s), want %q", body, f[0].Path, f[0].Message, want)
		}
	}
}

// A document over the depth limit of a single message, where no batch is around it.
func TestDepthCountsFromProperties(t *testing.T) {
	t.Parallel()
	nest := func(n int) string {
		return `{"userId":"u","properties":` + strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) + `}`
	}
	one(t, Page, nest(MaxDepth))
	for _, n := range []int{MaxDepth + 1, MaxDepth + 2, 100, 5000} {
		if _, err := Decode(Page, []byte(nest(n)), options()); !fault.Is(err, fault.Invalid) {
			t.Errorf("depth %d: %v, want invalid", n, err)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	pad := func(n int) string { return strings.Repeat("x", n) }
	message := func(n int) string {
		return `{"type":"page","userId":"u","properties":{"p":"` + pad(n-50) + `"}}`
	}
	if got := len(message(MaxEventBytes)); got != MaxEventBytes {
		t.Fatalf("the test's message has %d bytes", got)
	}
	one(t, Page, message(MaxEventBytes))
	for name, run := range map[string]func() error{
		"message": func() error { _, err := Decode(Page, []byte(message(MaxEventBytes+1)), options()); return err },
		"message in a batch": func() error {
			_, err := DecodeBatch([]byte(`{"batch":[`+message(MaxEventBytes+1)+`]}`), options())
			if f := fields(err); len(f) != 1 || f[0].Path != "batch[0]" {
				t.Errorf("fields %v", f)
			}
			return err
		},
		"batch": func() error {
			_, err := DecodeBatch([]byte(`{"batch":[],"x":"`+pad(MaxBatchBytes)+`"}`), options())
			return err
		},
		"count": func() error {
			_, err := DecodeBatch([]byte(`{"batch":[`+strings.Repeat(`{},`, MaxBatchEvents)+`{}]}`), options())
			return err
		},
		"context in each": func() error {
			_, err := DecodeBatch([]byte(`{"context":{"p":"`+pad(30000)+`"},"batch":[`+strings.TrimSuffix(strings.Repeat(`{"type":"page","userId":"u"},`, 1000), ",")+`]}`), options())
			return err
		},
	} {
		if err := run(); !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: %v, want too large", name, err)
		}
	}
}

// What is hostile must be cheap to refuse.
func TestHostileBodiesAreQuick(t *testing.T) {
	t.Parallel()
	var keys bytes.Buffer
	for i := range 40000 {
		fmt.Fprintf(&keys, `"%d":1,`, i)
	}
	for name, body := range map[string]string{
		"depth":   strings.Repeat("[", MaxBatchBytes),
		"objects": strings.Repeat(`{"a":`, MaxBatchBytes/5),
		"keys":    `{"batch":[{` + keys.String() + `"x":1}]}`,
		"numbers": `{"batch":[` + strings.Repeat("1e999999,", 50000) + `1]}`,
		"escapes": `{"batch":["` + strings.Repeat(`\ud800`, 80000) + `"]}`,
	} {
		start := time.Now()
		_, err := DecodeBatch([]byte(body), options())
		if took := time.Since(start); took > 2*time.Second { // some ms; the rest is for a busy machine
			t.Errorf("%s: took %v", name, took)
		}
		if err == nil || len(fields(err)) > maxIssues {
			t.Errorf("%s: %v with %d fields", name, err, len(fields(err)))
		}
	}
}

func FuzzDecodeBatch(f *testing.F) {
	for _, s := range []string{
		`{"batch":[{"type":"track","userId":"u","event":"E","properties":{"a":[1,-0.5e3,true,null,"\u00e9\ud83d\ude00\n"]}}],"sentAt":"2026-03-01T12:00:00Z"}`,
		`{"batch":[{"type":"alias","userId":1,"previousId":"p","timestamp":1772366399}],"context":{"a":{}}}`,
		`{"batch":[{"type":"page","userId":"u","name":"\ud800"}]}`, `[[[[`, `{"a":1e999999}`, "\"\\u0000",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := DecodeBatch(bytes.Clone(body), options())
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		if !json.Valid(body) {
			t.Fatalf("accepted what is not JSON: %q", body)
		}
		for _, e := range d.Events {
			checkCanonical(t, e.Data)
			checkCanonical(t, e.Context)
			if e.OccurredAt.After(received) || e.OccurredAt.Unix() <= 0 || e.MessageID == "" || e.UserID+e.AnonymousID == "" {
				t.Fatalf("%+v", e)
			}
		}
		again, err := DecodeBatch(body, options())
		if err != nil || fmt.Sprint(again) != fmt.Sprint(d) {
			t.Fatalf("not the same twice: %v", err)
		}
	})
}

// checkCanonical compares with encoding/json, which sorts keys as well.
func checkCanonical(t *testing.T, b []byte) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("canonical %q: %v", b, err)
	}
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	text := strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029", `\b`, `\u0008`, `\f`, `\u000c`).Replace(strings.TrimSuffix(want.String(), "\n"))
	if !bytes.ContainsRune(b, '\\') && text != string(b) {
		t.Fatalf("canonical %q, encoding/json writes %q", b, text)
	}
}

func BenchmarkDecodeBatch(b *testing.B) {
	body := SampleBatch(100)
	o := options()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeBatch(body, o); err != nil {
			b.Fatal(err)
		}
	}
}

// SampleBatch is a batch as the Go client writes it.
func SampleBatch(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"batch":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"track","messageId":"8f14e45f-ceea-467f-a0e6-%012d","userId":"user-%d","event":"Order Completed","timestamp":"2026-03-01T11:00:00.123Z","properties":{"currency":"EUR","order_id":"o-%d","products":[{"name":"Blue Train","price":11.99,"product_id":"cd-1","quantity":1},{"name":"Kind of Blue","price":9.5,"product_id":"cd-2","quantity":2}],"total":30.99},"context":{"ip":"203.0.113.9","locale":"en-GB"}}`, i, i%37, i)
	}
	b.WriteString(`],"context":{"library":{"name":"analytics-go","version":"3.3.0"}},"messageId":"x","sentAt":"2026-03-01T11:00:01Z"}`)
	return b.Bytes()
}
