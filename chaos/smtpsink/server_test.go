package smtpsink_test

import (
	"net/smtp"
	"strings"
	"testing"
	"time"

	"sojourn/chaos/smtpsink"
)

func start(t *testing.T, o smtpsink.Options) *smtpsink.Server {
	t.Helper()
	s, err := smtpsink.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func mail(s *smtpsink.Server, to string) error {
	return smtp.SendMail(s.Addr(), nil, "from@example.com", []string{to}, []byte("Subject: hi\r\n\r\nline\r\n.dot\r\nbare\n.\nend\r\n"))
}

func TestScriptAndLog(t *testing.T) {
	t.Parallel()
	s := start(t, smtpsink.Options{})
	s.Script("Ann@example.com", smtpsink.Greylisted, smtpsink.LostAnswer, smtpsink.PolicyRefusal)
	for i, want := range []string{"4.7.1 Greylisted", "EOF", "5.7.1 Message refused", ""} {
		err := mail(s, "ann@example.com")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("attempt %d: got %v, want %q", i, err, want)
		}
	}
	got := s.Messages()
	if len(got) != 3 {
		t.Fatalf("%d messages, want 3 (greylisting is no message)", len(got))
	}
	type truth struct{ terminated, answered, accepted bool }
	for i, want := range []truth{{true, false, true}, {true, true, false}, {true, true, true}} {
		if m := got[i]; (truth{m.Terminated, m.Answered, m.Accepted()}) != want {
			t.Errorf("message %d: %+v, want %+v", i, m, want)
		}
	}
	if data := string(got[2].Data); !strings.Contains(data, "\r\n.dot\r\n") {
		t.Errorf("dots are not unstuffed, or a bare LF ended the message: %q", data)
	}
}

func TestMidBodyIsNotTerminated(t *testing.T) {
	t.Parallel()
	s := start(t, smtpsink.Options{})
	s.Default(smtpsink.Step{Drop: smtpsink.DropMidBody})
	if err := mail(s, "b@example.com"); err == nil {
		t.Error("a cut body must fail")
	}
	ok := s.Await(5*time.Second, func(m []smtpsink.Message) bool { return len(m) == 1 && len(m[0].Data) > 0 })
	if m := s.Messages(); !ok || m[0].Terminated || m[0].Accepted() {
		t.Errorf("log: %+v", m)
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	s := start(t, smtpsink.Options{User: "u", Password: "p"})
	if err := mail(s, "a@example.com"); err == nil || !strings.Contains(err.Error(), "530") {
		t.Errorf("without a password: %v", err)
	}
	host := strings.Split(s.Addr(), ":")[0]
	for password, want := range map[string]string{"p": "", "wrong": "535"} {
		err := smtp.SendMail(s.Addr(), smtp.PlainAuth("", "u", password, host), "f@example.com", []string{"a@example.com"}, []byte("x\r\n"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("password %s: %v, want %q", password, err, want)
		}
	}
}
