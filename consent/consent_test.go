package consent

import (
	"bytes"
	"strings"
	"testing"

	"sojourn/fault"
	"sojourn/ids"
)

func TestCheckPerClass(t *testing.T) {
	t.Parallel()
	grant := func(b Basis) []Entry {
		l := ledger(line{state: Granted, kind: Person, occurred: day(0)})
		l[0].Basis = b
		return l
	}
	situations := map[string][]Entry{
		"nothing": nil,
		"consent": grant(ByConsent), "soft opt-in": grant(BySoftOptIn), "contract": grant(ByContract),
		"pending":                            ledger(line{state: Pending, kind: Person, occurred: day(0)}),
		"withdrawn":                          ledger(line{state: Withdrawn, kind: Person, occurred: day(0)}),
		"channel refused":                    ledger(line{state: Granted, kind: Person, occurred: day(0)}, line{state: Withdrawn, kind: Person, occurred: day(1), purpose: Any}),
		"channel refused, topic never named": ledger(line{state: Withdrawn, kind: Person, occurred: day(1), purpose: Any}),
		"channel refused, then opted in":     ledger(line{state: Withdrawn, kind: Person, occurred: day(1), purpose: Any}, line{state: Granted, kind: Person, occurred: day(2)}),
		"channel refused, then topic too":    ledger(line{state: Withdrawn, kind: Person, occurred: day(1), purpose: Any}, line{state: Withdrawn, kind: Person, occurred: day(2)}),
	}
	// marketing, soft_opt_in, service, confirmation, privacy, check_in
	want := map[string]string{
		"nothing":                            "no_consent no_consent ok no_consent ok no_consent",
		"consent":                            "ok ok ok ok ok ok",
		"soft opt-in":                        "no_consent ok ok no_consent ok no_consent",
		"contract":                           "no_consent no_consent ok no_consent ok no_consent",
		"pending":                            "no_consent no_consent ok ok ok no_consent",
		"withdrawn":                          "topic_opt_out topic_opt_out ok topic_opt_out ok topic_opt_out",
		"channel refused":                    "channel_opt_out channel_opt_out ok channel_opt_out ok channel_opt_out",
		"channel refused, topic never named": "channel_opt_out channel_opt_out ok channel_opt_out ok channel_opt_out",
		"channel refused, then opted in":     "ok ok ok ok ok ok",
		"channel refused, then topic too":    "topic_opt_out topic_opt_out ok topic_opt_out ok topic_opt_out",
	}
	for name, entries := range situations {
		var got []string
		for _, class := range Classes {
			r := string(Fold(entries).Check(class, "email", "marketing"))
			if r == "" {
				r = "ok"
			}
			got = append(got, r)
		}
		if g := strings.Join(got, " "); g != want[name] {
			t.Errorf("%s:\n got %s\nwant %s", name, g, want[name])
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := ledger(line{state: Granted, kind: Person, occurred: day(0)})[0]
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Entry){
		"a grant for everything":        func(e *Entry) { e.Purpose = Any },
		"a grant for all channels":      func(e *Entry) { e.Channel = Any },
		"no basis":                      func(e *Entry) { e.Basis = "" },
		"unknown state":                 func(e *Entry) { e.State = "maybe" },
		"no source kind":                func(e *Entry) { e.SourceKind = "" },
		"no source":                     func(e *Entry) { e.Source = "" },
		"purpose with a capital":        func(e *Entry) { e.Purpose = "Marketing" },
		"purpose with a line break":     func(e *Entry) { e.Purpose = "a\nb" },
		"a basis that is not a grant's": func(e *Entry) { e.Basis = ByObjection },
	} {
		e := good
		spoil(&e)
		if err := e.Validate(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	all := good
	all.State, all.Purpose, all.Channel, all.Basis = Withdrawn, Any, Any, ByObjection
	if err := all.Validate(); err != nil {
		t.Errorf("a refusal of everything: %v", err)
	}
}

func TestChain(t *testing.T) {
	t.Parallel()
	s := Sealed{Workspace: 1, Customer: ids.New(), Entry: ledger(line{state: Granted, kind: Person, occurred: day(0)})[0], ProofDigest: ProofDigest([]byte("{}")), Actor: "a", RecordedMicros: 5}
	base := Seal([32]byte{}, s)
	for name, spoil := range map[string]func(*Sealed){
		"workspace": func(s *Sealed) { s.Workspace++ },
		"state":     func(s *Sealed) { s.Entry.State = Withdrawn },
		"proof":     func(s *Sealed) { s.ProofDigest = ProofDigest([]byte(`{"ip":"192.0.2.1"}`)) },
		"seq":       func(s *Sealed) { s.Entry.Seq++ },
		"moment":    func(s *Sealed) { s.OccurredMicros++ },
		"borders":   func(s *Sealed) { s.Entry.Channel, s.Entry.Purpose = "emailm", "arketing" },
	} {
		other := s
		spoil(&other)
		if got := Seal([32]byte{}, other); bytes.Equal(got[:], base[:]) {
			t.Errorf("another %s has the same hash", name)
		}
	}
	if Seal(base, s) == base {
		t.Error("the previous hash does not count")
	}
}

func TestNormalizeAddress(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"email", " Ann.Lee+News@Example.ORG ", "ann.lee+news@example.org"},
		{"email", "user@bücher.example", "user@xn--bcher-kva.example"},
		{"email", "user@XN--BCHER-KVA.example.", "user@xn--bcher-kva.example"},
		{"email", "Ünal@example.org", "ünal@example.org"},
		{"sms", "+31 (20) 123-45.67", "+31201234567"},
		{"push", " token ", "token"},
	} {
		got, err := NormalizeAddress(c[0], c[1])
		if err != nil || got != c[2] {
			t.Errorf("%s %q: %q, %v, want %q", c[0], c[1], got, err, c[2])
		}
	}
	for _, bad := range []string{"", "ann", "@example.org", "ann@", "a b@example.org", "a\r\nBcc: x@example.org", "a@exa mple.org", "<a@example.org>",
		strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("b", 400), "a@\xff.org", "a,b@example.org", "a@-.example"} {
		if got, err := NormalizeAddress("email", bad); err == nil {
			t.Errorf("%q was taken as %q", bad, got)
		} else if bad != "" && len(bad) > 3 && strings.Contains(err.Error(), bad) {
			t.Errorf("the error repeats the address: %v", err)
		}
	}
	for _, bad := range []string{"0201234567", "+0201234567", "+31", "+31x0123456", "+312012345678901234"} {
		if got, err := NormalizeAddress("sms", bad); err == nil {
			t.Errorf("%q was taken as %q", bad, got)
		}
	}
}

func TestUnsubscribeLinks(t *testing.T) {
	t.Parallel()
	l := Links{Current: 2, Keys: map[byte][]byte{1: bytes.Repeat([]byte{1}, 32), 2: bytes.Repeat([]byte{2}, 32)}}
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	u := Unsubscribe{Workspace: 300, Customer: ids.New(), ContactPoint: ids.New(), Send: ids.New(), Channel: "email", Purpose: "marketing"}
	token := l.SignUnsubscribe(u)
	if got, err := l.ReadUnsubscribe(token); err != nil || got != u {
		t.Fatalf("read back %+v, %v", got, err)
	}
	old := l
	old.Current = 1
	if got, err := l.ReadUnsubscribe(old.SignUnsubscribe(u)); err != nil || got != u {
		t.Errorf("a link signed with the previous key: %v", err)
	}
	retired := Links{Current: 2, Keys: map[byte][]byte{2: l.Keys[2]}}
	if _, err := retired.ReadUnsubscribe(old.SignUnsubscribe(u)); err == nil {
		t.Error("a retired key was accepted")
	}
	// Every single flipped bit and every truncation is refused, with the same error.
	for i := range token {
		for _, c := range []byte("Aq9_-") {
			forged := token[:i] + string(c) + token[i+1:]
			if forged == token {
				continue
			}
			if _, err := l.ReadUnsubscribe(forged); err == nil {
				t.Fatalf("forged at %d: accepted", i)
			}
		}
		if _, err := l.ReadUnsubscribe(token[:i]); !fault.Is(err, fault.NotFound) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	for _, bad := range []string{"", "=", strings.Repeat("A", 5000), token + "A", token + "\n"} {
		if _, err := l.ReadUnsubscribe(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	if (Links{Current: 1, Keys: map[byte][]byte{1: []byte("short")}}).Validate() == nil {
		t.Error("a short key was accepted")
	}
}
