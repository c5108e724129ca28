package consent

import (
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sojourn/ids"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func day(n int) time.Time { return monday.AddDate(0, 0, n) }

type line struct {
	state    State
	kind     SourceKind
	occurred time.Time
	recorded time.Time
	purpose  string
}

func ledger(lines ...line) []Entry {
	next := ids.Sequence()
	var out []Entry
	for i, l := range lines {
		e := Entry{ID: next(), Seq: int64(i + 1), Channel: "email", Purpose: "marketing", State: l.state, Basis: ByConsent,
			Source: "test", SourceKind: l.kind, OccurredAt: l.occurred, RecordedAt: l.recorded}
		if l.purpose != "" {
			e.Purpose = l.purpose
		}
		if e.RecordedAt.IsZero() {
			e.RecordedAt = day(30)
		}
		out = append(out, e)
	}
	return out
}

func TestLastPermissionWins(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []line
		want  State
	}{
		{"nothing", nil, None},
		{"unsubscribed Monday, till Tuesday, the till's file Wednesday", []line{
			{state: Withdrawn, kind: Person, occurred: day(0)}, {state: Granted, kind: Person, occurred: day(1)}, {state: Granted, kind: List, occurred: day(2)}}, Granted},
		{"a list does not re-open a withdrawal", []line{
			{state: Withdrawn, kind: Person, occurred: day(0)}, {state: Granted, kind: List, occurred: day(2)}}, Withdrawn},
		{"a list that withdraws counts", []line{
			{state: Granted, kind: Person, occurred: day(0)}, {state: Withdrawn, kind: List, occurred: day(2)}}, Withdrawn},
		{"a grant that happened before the withdrawal but arrives later", []line{
			{state: Withdrawn, kind: Person, occurred: day(3)}, {state: Granted, kind: Person, occurred: day(1)}}, Withdrawn},
		{"a tie goes to the withdrawal, in either order", []line{
			{state: Withdrawn, kind: Person, occurred: day(1)}, {state: Granted, kind: Person, occurred: day(1)}}, Withdrawn},
		{"a grant dated into the future is clamped to its receipt", []line{
			{state: Granted, kind: Person, occurred: day(400), recorded: day(1)}, {state: Withdrawn, kind: Person, occurred: day(2), recorded: day(2)}}, Withdrawn},
		{"a withdrawal dated into the future acts from its receipt", []line{
			{state: Withdrawn, kind: Person, occurred: day(400), recorded: day(1)}, {state: Granted, kind: Person, occurred: day(2), recorded: day(2)}}, Granted},
		{"pending does not weaken a grant", []line{
			{state: Granted, kind: Person, occurred: day(0)}, {state: Pending, kind: Person, occurred: day(1)}}, Granted},
		{"pending after a withdrawal waits for the person", []line{
			{state: Withdrawn, kind: Person, occurred: day(0)}, {state: Pending, kind: Person, occurred: day(1)}}, Pending},
		{"pending from a list does not re-open", []line{
			{state: Withdrawn, kind: Person, occurred: day(0)}, {state: Pending, kind: List, occurred: day(1)}}, Withdrawn},
		{"a refusal of the whole channel", []line{
			{state: Granted, kind: Person, occurred: day(0)}, {state: Withdrawn, kind: Person, occurred: day(1), purpose: Any}}, Withdrawn},
		{"a person opts in again after refusing the channel", []line{
			{state: Withdrawn, kind: Person, occurred: day(1), purpose: Any}, {state: Granted, kind: Person, occurred: day(2)}}, Granted},
		{"a list does not undo the refusal of the channel", []line{
			{state: Withdrawn, kind: Person, occurred: day(1), purpose: Any}, {state: Granted, kind: List, occurred: day(2)}}, Withdrawn},
		{"another purpose is another matter", []line{
			{state: Granted, kind: Person, occurred: day(0)}, {state: Withdrawn, kind: Person, occurred: day(1), purpose: "surveys"}}, Granted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Fold(ledger(c.lines...)).Lookup("email", "marketing").State; got != c.want {
				t.Errorf("state is %q, want %q", got, c.want)
			}
		})
	}
}

func entries(t *rapid.T) []Entry {
	moment := func(label string) time.Time { return day(rapid.IntRange(0, 6).Draw(t, label)) }
	next := ids.Sequence()
	n := rapid.IntRange(0, 12).Draw(t, "entries")
	var out []Entry
	for i := range n {
		e := Entry{ID: next(), Seq: int64(i + 1), Source: "test", Basis: ByConsent,
			Channel:    rapid.SampledFrom([]string{"email", "sms"}).Draw(t, "channel"),
			Purpose:    rapid.SampledFrom([]string{"marketing", "surveys"}).Draw(t, "purpose"),
			State:      rapid.SampledFrom([]State{Granted, Withdrawn, Pending}).Draw(t, "state"),
			SourceKind: rapid.SampledFrom([]SourceKind{Person, List}).Draw(t, "kind"),
			RecordedAt: moment("recorded"), OccurredAt: moment("occurred")}
		if e.State == Withdrawn {
			e.Purpose = rapid.SampledFrom([]string{e.Purpose, Any}).Draw(t, "wildcard purpose")
			e.Channel = rapid.SampledFrom([]string{e.Channel, Any}).Draw(t, "wildcard channel")
		}
		out = append(out, e)
	}
	return out
}

func TestFoldProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := entries(t)
		folded := Fold(all)

		shuffled := append([]Entry(nil), all...)
		seed := rapid.Uint64().Draw(t, "seed")
		rand.New(rand.NewPCG(seed, seed)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if again := Fold(shuffled); !maps.Equal(folded, again) {
			t.Fatalf("the order of arrival matters: %v, then %v", folded, again)
		}

		now := day(8) // after everything
		next := Entry{ID: ids.New(), Seq: 99, Channel: "email", Purpose: "marketing", Basis: ByConsent, RecordedAt: now, OccurredAt: now}
		with := func(s State, k SourceKind) State {
			e := next
			e.State, e.SourceKind = s, k
			return Fold(append(append([]Entry(nil), all...), e)).Lookup("email", "marketing").State
		}
		before := folded.Lookup("email", "marketing").State
		if got := with(Withdrawn, List); got != Withdrawn {
			t.Fatalf("a withdrawal after everything left %q", got)
		}
		if got := with(Granted, Person); got != Granted {
			t.Fatalf("a person's grant after everything left %q", got)
		}
		if got := with(Granted, List); (got == Granted) == (before == Withdrawn) {
			t.Fatalf("a list's grant after %q left %q", before, got)
		}
		e := next
		e.State, e.SourceKind, e.Purpose, e.Channel = Withdrawn, Person, Any, Any
		for topic, p := range Fold(append(append([]Entry(nil), all...), e)) {
			if p.State != Withdrawn {
				t.Fatalf("%v is %q after a refusal of everything", topic, p.State)
			}
		}
		if (folded.Check(Marketing, "email", "marketing") == Covered) != (before == Granted) {
			t.Fatalf("marketing is judged %q in state %q", folded.Check(Marketing, "email", "marketing"), before)
		}
	})
}
