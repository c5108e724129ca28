package harness

import (
	"bytes"
	"io"
	"mime"
	"net/mail"
	"strings"
	"testing"

	"sojourn/chaos/smtpsink"
)

// Mail is the world's mail server. What it saw, not what Sojourn believes, is what was sent.
type Mail struct{ *smtpsink.Server }

// mailUser signs in to a mail server that wants a password.
const mailUser = "sojourn"

func startMail(t testing.TB, password string) *Mail {
	t.Helper()
	o := smtpsink.Options{}
	if password != "" {
		o.User, o.Password = mailUser, password
	}
	s, err := smtpsink.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &Mail{s}
}

// Letter is a message as its reader would tell it from others: by whom it is for and what it is. Every template of a
// world has a subject of its own and nobody is due the same one twice, so two letters that are equal are a duplicate,
// whatever keys and ids the sender made up.
type Letter struct {
	To, Subject string
}

// Copies counts, per letter, the messages that the server read to the end and did not refuse: the answer may have been
// lost, the mail is there.
func (m *Mail) Copies() map[Letter]int {
	copies := map[Letter]int{}
	for _, message := range m.Messages() {
		if message.Accepted() {
			for _, to := range message.To {
				copies[Letter{To: strings.ToLower(to), Subject: Subject(message)}]++
			}
		}
	}
	return copies
}

// Subject is the decoded subject of a message.
func Subject(message smtpsink.Message) string { return Header(message, "Subject") }

// Header is a decoded header field of a message; "" when it has none, or when it was cut before its end.
func Header(message smtpsink.Message, name string) string {
	parsed, err := mail.ReadMessage(bytes.NewReader(message.Data))
	if err != nil {
		return ""
	}
	value := parsed.Header.Get(name)
	decoded, err := new(mime.WordDecoder).DecodeHeader(value)
	if err != nil {
		return value
	}
	return decoded
}

// Body is the undecoded body of a message.
func Body(message smtpsink.Message) string {
	parsed, err := mail.ReadMessage(bytes.NewReader(message.Data))
	if err != nil {
		return ""
	}
	text, _ := io.ReadAll(parsed.Body)
	return string(text)
}
