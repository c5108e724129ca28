package smtp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"sojourn/channels"
	"sojourn/content"
)

// build makes the bytes of a message: RFC 5322 headers, text and HTML as alternatives, quoted-printable, CRLF. The same
// Message gives the same bytes, boundary included.
func build(m channels.Message) ([]byte, error) {
	invalid := func(reason string, err error) ([]byte, error) {
		return nil, &channels.Failure{Class: channels.Rejected, Reason: reason, Cause: err}
	}
	var b bytes.Buffer
	sum := sha256.Sum256([]byte(m.MessageID))
	msg := gomail.NewMsg(gomail.WithBoundary("sojourn"+hex.EncodeToString(sum[:16])), gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP), gomail.WithCharset(gomail.CharsetUTF8))
	msg.FromMailAddress(&mail.Address{Name: content.HeaderText(m.From.Name), Address: m.From.Address})
	msg.ToMailAddress(&mail.Address{Address: m.To})
	if m.ReplyTo != "" {
		msg.ReplyToMailAddress(&mail.Address{Address: m.ReplyTo})
	}
	msg.Subject(content.HeaderText(m.Subject))
	msg.SetDateWithValue(m.Date)
	id := strings.Trim(m.MessageID, "<>")
	if id == "" || strings.ContainsAny(id, "<> \t\r\n") {
		return invalid("bad_message_id", nil)
	}
	msg.SetMessageIDWithValue(id)
	for _, h := range m.Headers {
		if strings.Trim(h.Name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != "" || h.Name == "" {
			return invalid("bad_header", nil)
		}
		// On one line: a long address cannot be folded, and go-mail would leave the first line empty.
		b.WriteString(h.Name + ": " + mime.QEncoding.Encode("utf-8", content.HeaderText(h.Value)) + "\r\n")
	}
	switch {
	case m.HTML != "" && m.Text != "":
		msg.SetBodyString(gomail.TypeTextPlain, m.Text)
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	case m.HTML != "":
		msg.SetBodyString(gomail.TypeTextHTML, m.HTML)
	default:
		msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	}
	if _, err := msg.WriteTo(&b); err != nil {
		return invalid("cannot_be_built", err)
	}
	return stuff(b.Bytes()), nil
}

// stuff brings line ends to CRLF, one way only, and doubles a leading dot (RFC 5321, 4.5.2). Bare CR and LF, by which a
// second message could be smuggled past a lenient server, do not survive.
func stuff(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+64)
	start := true
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			out, start = append(out, '\r', '\n'), true
		case '\n':
			out, start = append(out, '\r', '\n'), true
		default:
			if start && c == '.' {
				out = append(out, '.')
			}
			out, start = append(out, c), false
		}
	}
	if !start {
		out = append(out, '\r', '\n')
	}
	return out
}
