package smtp_test

import (
	"testing"
	"time"

	"sojourn/channels/smtp"
	"sojourn/chaos/smtpsink"
)

// The owner of a relay may shorten the pauses after a refusal for now, before and after the message was given.
func TestLongestPause(t *testing.T) {
	t.Parallel()
	sink := sink(t, smtpsink.Options{})
	c, err := smtp.ParseURL("smtp://" + sink.Addr() + "?pause=2s")
	if err != nil {
		t.Fatal(err)
	}
	s := newSender(t, c)
	sink.Script("a@example.com", smtpsink.Greylisted, smtpsink.TemporaryFinal)
	for range 2 {
		if f := try(t, s, "a@example.com"); f == nil || f.After != 2*time.Second {
			t.Errorf("got %v, want a retry after 2 s", f)
		}
	}
	if _, err := smtp.ParseURL("smtp://mail.example?pause=soon"); err == nil {
		t.Error("a pause that is no duration is taken")
	}
}
