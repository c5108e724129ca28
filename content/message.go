package content

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/inbucket/html2text"
)

// Source is a body as it is stored: one channel, one locale.
type Source struct {
	Channel   string // "email" bodies are HTML, all others plain text
	Subject   string
	Preheader string // the line that mail programs show beside the subject
	Body      string
	Text      string // plain part of an e-mail; empty = derived from the HTML
}

// Template is a compiled Source. It is immutable.
type Template struct {
	channel                        string
	subject, preheader, body, text part
	ownText                        bool
}

// Message is what a channel sends.
type Message struct {
	Subject string
	HTML    string // "" for channels of plain text
	Text    string
}

// Compile parses all parts; the *Error says which one is wrong and where.
func Compile(s Source) (*Template, error) {
	t := &Template{channel: s.Channel, ownText: strings.TrimSpace(s.Text) != ""}
	for _, p := range []struct {
		into   *part
		name   string
		source string
		html   bool
	}{
		{&t.subject, "subject", s.Subject, false}, {&t.preheader, "preheader", s.Preheader, true},
		{&t.body, "body", s.Body, s.Channel == "email"}, {&t.text, "text", s.Text, false},
	} {
		var err error
		if *p.into, err = compile(p.name, p.source, p.html); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// unsubscribeVariable is what templates call the link.
const unsubscribeVariable = "unsubscribe_url"

// Message renders all parts. With requireLink the message must show the binding unsubscribe_url as a link (commercial
// e-mail); without one it is an *Error. data is not changed and must hold plain values only; see Plain.
func (e *Engine) Message(t *Template, data map[string]any, requireLink bool) (Message, error) {
	subject, err := e.render(t.subject, data)
	if err != nil {
		return Message{}, err
	}
	body, err := e.render(t.body, data)
	if err != nil {
		return Message{}, err
	}
	m := Message{Subject: HeaderText(subject)}
	if t.channel != "email" {
		m.Text = strings.TrimSpace(body)
		if m.Text == "" {
			return Message{}, &Error{Part: "body", Cause: fmt.Errorf("nothing to send")}
		}
		return m, nil
	}
	m.HTML = guard(body)
	link, _ := data[unsubscribeVariable].(string)
	if requireLink && (link == "" || !strings.Contains(m.HTML, `href="`+html.EscapeString(link)) && !strings.Contains(m.HTML, `href='`+html.EscapeString(link))) {
		return Message{}, &Error{Part: "body", Cause: fmt.Errorf("no link to {{ %s }}", unsubscribeVariable)}
	}
	if t.ownText {
		m.Text, err = e.render(t.text, data)
	} else if m.Text, err = html2text.FromString(m.HTML, html2text.Options{}); err != nil {
		err = &Error{Part: "text", Cause: err}
	}
	if err != nil {
		return Message{}, err
	}
	m.Text = strings.TrimSpace(withoutRules(m.Text))
	if requireLink && !strings.Contains(m.Text, link) {
		m.Text += "\n\n" + link
	}
	preheader, err := e.render(t.preheader, data)
	if err != nil {
		return Message{}, err
	}
	m.HTML = withPreheader(m.HTML, preheader)
	if strings.TrimSpace(m.HTML) == "" || m.Subject == "" {
		return Message{}, &Error{Part: "subject", Cause: fmt.Errorf("a mail needs a subject and a body")}
	}
	return m, nil
}

var bodyTag = regexp.MustCompile(`(?i)<body[^>]*>`)

// withPreheader hides the line at the very beginning of the body, where mail programs look for it.
func withPreheader(source, line string) string {
	line = strings.Join(strings.Fields(line), " ")
	if line == "" {
		return source
	}
	hidden := `<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">` + line + `</div>`
	if at := bodyTag.FindStringIndex(source); at != nil {
		return source[:at[1]] + hidden + source[at[1]:]
	}
	return hidden + source
}

// maxHeader bounds a header value in bytes, before it is encoded.
const maxHeader = 900

// HeaderText makes one line of a text: nothing in it can end the header or begin another one.
func HeaderText(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxHeader {
		s = s[:maxHeader]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}

// withoutRules drops the lines of asterisks and dashes with which html2text frames headings: in a mail they are noise,
// and a screen reader reads every one of them.
func withoutRules(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		if t := strings.TrimSpace(line); len(t) >= 3 && (strings.Trim(t, "*") == "" || strings.Trim(t, "-") == "") {
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}
