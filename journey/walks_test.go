package journey_test

import (
	"fmt"
	"testing"

	"sojourn/journey"
)

func walkDocument() journey.Document {
	send := func(id, next string) journey.Step {
		return journey.Step{ID: id, Kind: journey.StepSend, Send: &journey.SendStep{Template: id, Channel: "email"}, Next: next}
	}
	return journey.Document{Key: "w", Steps: []journey.Step{
		send("hello", "ask"),
		{ID: "ask", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{Events: []journey.Await{{Trigger: journey.Trigger{Event: "Order Completed"}, Name: "bought", Next: "thanks"}}, Timeout: "P7D", TimeoutNext: "vip"}},
		{ID: "vip", Kind: journey.StepBranch, Branch: &journey.BranchStep{Cases: []journey.Case{{Name: "gold", Next: "gift"}}, Otherwise: "remind"}},
		send("gift", ""),
		send("remind", "ask"),
		send("thanks", ""),
	}}
}

// Every message is met, each walk begins at the beginning, and a walk goes on as long as there is something new ahead.
func TestWalks(t *testing.T) {
	t.Parallel()
	want := "[[{hello sent} {ask bought} {thanks sent}] [{hello sent} {ask timeout} {vip gold} {gift sent}] [{hello sent} {ask timeout} {vip otherwise} {remind sent}]]"
	if got := fmt.Sprint(journey.Walks(walkDocument())); got != want {
		t.Errorf("walks\n%s, want\n%s", got, want)
	}
	if got := journey.Walks(journey.Document{}); len(got) != 0 {
		t.Errorf("an empty document has walks: %v", got)
	}
}

// A chosen path takes the chosen exits, and a loop comes to an end by the next exit.
func TestPath(t *testing.T) {
	t.Parallel()
	d := walkDocument()
	if got, want := fmt.Sprint(journey.Path(d, map[string]string{"ask": "timeout", "vip": "gold"})), "[{hello sent} {ask timeout} {vip gold} {gift sent}]"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(journey.Path(d, map[string]string{"ask": "timeout", "vip": "otherwise"})), "[{hello sent} {ask timeout} {vip otherwise} {remind sent} {ask bought} {thanks sent}]"; got != want {
		t.Errorf("loop %s, want %s", got, want)
	}
}
