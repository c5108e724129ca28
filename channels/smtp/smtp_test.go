package smtp_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"sojourn/channels"
	"sojourn/channels/channelstest"
	"sojourn/channels/smtp"
	"sojourn/chaos/smtpsink"
)

// mailbox is a well-behaved server (go-smtp, which is nobody's we wrote) that keeps what it accepts.
type mailbox struct {
	mu   sync.Mutex
	mail [][]byte
	to   []string
	addr string
}

func (b *mailbox) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return &mailSession{b: b}, nil }

type mailSession struct {
	b  *mailbox
	to string
}

func (s *mailSession) Mail(string, *gosmtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.to = to
	return nil
}
func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.mail, s.b.to = append(s.b.mail, raw), append(s.b.to, s.to)
	return nil
}
func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	b := &mailbox{}
	server := gosmtp.NewServer(b)
	server.Domain, server.EnableSMTPUTF8 = "mailbox.example", true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addr = l.Addr().String()
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return b
}

func (b *mailbox) Sender(t *testing.T) channels.Sender {
	return newSender(t, smtp.Config{Addr: b.addr, Security: smtp.Plain})
}

func (b *mailbox) Received(t *testing.T, messageID string) []channelstest.Received {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []channelstest.Received
	for i, raw := range b.mail {
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Errorf("not a message: %v", err)
			continue
		}
		if m.Header.Get("Message-ID") == messageID {
			out = append(out, received(t, m, b.to[i]))
		}
	}
	return out
}

func received(t *testing.T, m *mail.Message, to string) channelstest.Received {
	decode := func(s string) string {
		out, err := new(mime.WordDecoder).DecodeHeader(s)
		if err != nil {
			t.Error(err)
		}
		return out
	}
	r := channelstest.Received{From: decode(m.Header.Get("From")), To: to, Subject: decode(m.Header.Get("Subject")), Header: m.Header.Get}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Error(err)
		return r
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			return r
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Error(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			r.HTML = string(body)
		} else {
			r.Text = string(body)
		}
	}
}

func newSender(t *testing.T, c smtp.Config) *smtp.Sender {
	t.Helper()
	s, err := smtp.New(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestSuite(t *testing.T) {
	t.Parallel()
	channelstest.Run(t, newMailbox(t))
}

// short keeps time-outs short enough for tests; the sink's delays are a multiple of them.
func short(addr string) smtp.Config {
	return smtp.Config{Addr: addr, Security: smtp.Plain, DialTimeout: time.Second, CommandTimeout: 500 * time.Millisecond, ReplyTimeout: 500 * time.Millisecond}
}

func sink(t *testing.T, o smtpsink.Options) *smtpsink.Server {
	t.Helper()
	s, err := smtpsink.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// try sends one message and returns how it failed, nil when it was accepted.
func try(t *testing.T, s *smtp.Sender, to string) *channels.Failure {
	t.Helper()
	h, err := s.Prepare(context.Background(), channelstest.Message(to))
	if err != nil {
		return channels.FailureOf(err, false)
	}
	if _, err := h.Commit(context.Background()); err != nil {
		return channels.FailureOf(err, true)
	}
	return nil
}

// Every way to refuse or to break off has its class and its scope (F10, F12, F13), and the connection goes on where it can.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	server := sink(t, smtpsink.Options{})
	s := newSender(t, short(server.Addr()))
	for name, c := range map[string]struct {
		step   smtpsink.Step
		class  channels.Class
		scope  channels.Scope
		reason string
	}{
		"lost answer":              {smtpsink.LostAnswer, channels.Unknown, channels.OfMessage, "no_answer"},
		"late answer":              {smtpsink.Step{Delay: 2 * time.Second}, channels.Unknown, channels.OfMessage, "no_answer"},
		"garbage answer":           {smtpsink.Step{Raw: []byte("hello, I am a teapot\r\n")}, channels.Unknown, channels.OfMessage, "no_answer"},
		"huge answer":              {smtpsink.Step{Raw: bytes.Repeat([]byte("2"), 10<<20)}, channels.Unknown, channels.OfMessage, "no_answer"},
		"endless answer":           {smtpsink.Step{Raw: bytes.Repeat([]byte("250-more\r\n"), 5000)}, channels.Unknown, channels.OfMessage, "no_answer"},
		"dropped at RCPT":          {smtpsink.Step{Drop: smtpsink.DropAtRcpt}, channels.Retry, channels.OfMessage, "connection_failed"},
		"dropped at DATA":          {smtpsink.Step{Drop: smtpsink.DropAtData}, channels.Retry, channels.OfMessage, "connection_failed"},
		"greylisted":               {smtpsink.Greylisted, channels.Retry, channels.OfMessage, "greylisted"},
		"mailbox full":             {smtpsink.MailboxFull, channels.Retry, channels.OfMessage, "busy"},
		"4xx after the terminator": {smtpsink.TemporaryFinal, channels.Retry, channels.OfMessage, "busy"},
		"421 at RCPT":              {smtpsink.Step{Rcpt: "421 4.3.2 shutting down"}, channels.Retry, channels.OfMessage, "busy"},
		"user unknown":             {smtpsink.UserUnknown, channels.Rejected, channels.OfAddress, "user_unknown"},
		"user unknown, old style":  {smtpsink.Step{Rcpt: "550 No such user here"}, channels.Rejected, channels.OfAddress, "user_unknown"},
		"user unknown at the end":  {smtpsink.Step{Final: "550 5.1.1 unknown"}, channels.Rejected, channels.OfAddress, "user_unknown"},
		"550 for policy":           {smtpsink.Step{Rcpt: "550 5.7.1 blocked"}, channels.Rejected, channels.OfPolicy, "policy"},
		"554 for policy":           {smtpsink.PolicyRefusal, channels.Rejected, channels.OfPolicy, "policy"},
		"too large":                {smtpsink.TooLarge, channels.Rejected, channels.OfMessage, "too_large_or_full"},
		"530":                      {smtpsink.Step{Mail: "530 5.7.0 Authentication required"}, channels.Retry, channels.OfSender, "auth_failed"},
		"550 for our domain":       {smtpsink.Step{Final: "550 5.7.515 unauthenticated sender"}, channels.Retry, channels.OfSender, "auth_failed"},
		"sender refused":           {smtpsink.Step{Mail: "550 5.1.7 bad sender"}, channels.Retry, channels.OfSender, "sender_refused"},
	} {
		to := strings.ReplaceAll(name, " ", "-") + "@example.org"
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server.Script(to, c.step)
			breaks := c.step.Drop == smtpsink.DropAtRcpt || strings.HasPrefix(c.step.Rcpt, "421") || c.step.Drop == smtpsink.DropAtData
			if breaks {
				server.Script(to, c.step) // a pooled connection that breaks is replaced once: break both
			}
			start := time.Now()
			f := try(t, s, to)
			if f == nil || f.Class != c.class || f.Scope != c.scope || f.Reason != c.reason {
				t.Fatalf("%+v, want %s %q %s", f, c.class, c.scope, c.reason)
			}
			if took := time.Since(start); took > 8*time.Second {
				t.Errorf("held for %v", took)
			}
			// Whether the first attempt had a pooled connection, and so used up both, is a matter of the order of these tests.
			if f := try(t, s, to); f != nil && !breaks {
				t.Errorf("the next attempt: %v", f)
			}
		})
	}
}

// F14: slow, silent and hostile servers cost a bounded time and never get a message or a password over a plain line.
func TestBadServers(t *testing.T) {
	t.Parallel()
	cert := certificate(t)
	secure := func(c smtp.Config, s smtp.Security) smtp.Config {
		pool := x509.NewCertPool()
		leaf, _ := x509.ParseCertificate(cert.Certificate[0])
		pool.AddCert(leaf)
		c.Security, c.TLS = s, &tls.Config{RootCAs: pool, ServerName: "mail.example"}
		return c
	}
	offered := &tls.Config{Certificates: []tls.Certificate{cert}}
	for name, c := range map[string]struct {
		server smtpsink.Options
		config func(smtp.Config) smtp.Config
		reason string // "" = accepted
		scope  channels.Scope
	}{
		"silent":              {smtpsink.Options{Silent: true}, nil, "timeout", channels.OfMessage},
		"tarpit":              {smtpsink.Options{Tarpit: 3 * time.Second}, nil, "timeout", channels.OfMessage},
		"greets with garbage": {smtpsink.Options{Greeting: "2hello"}, nil, "garbage", channels.OfMessage},
		"greets with 421":     {smtpsink.Options{Greeting: "421 4.3.2 too busy"}, nil, "busy", channels.OfMessage},
		"greets with 554":     {smtpsink.Options{Greeting: "554 5.7.1 no service for you"}, nil, "sender_refused", channels.OfSender},
		"STARTTLS":            {smtpsink.Options{TLS: offered}, func(c smtp.Config) smtp.Config { return secure(c, smtp.StartTLS) }, "", ""},
		"implicit TLS":        {smtpsink.Options{TLS: offered, Implicit: true}, func(c smtp.Config) smtp.Config { return secure(c, smtp.Implicit) }, "", ""},
		"STARTTLS stripped":   {smtpsink.Options{}, func(c smtp.Config) smtp.Config { return secure(c, smtp.StartTLS) }, "tls_required", channels.OfSender},
		"a certificate of another": {smtpsink.Options{TLS: offered}, func(c smtp.Config) smtp.Config {
			c.Security, c.TLS = smtp.StartTLS, &tls.Config{ServerName: "mail.example"}
			return c
		}, "tls_required", channels.OfSender},
		"plain where TLS is awaited": {smtpsink.Options{}, func(c smtp.Config) smtp.Config { return secure(c, smtp.Implicit) }, "tls_required", channels.OfSender},
		"sign in":                    {smtpsink.Options{User: "u", Password: "p"}, func(c smtp.Config) smtp.Config { c.User, c.Password = "u", "p"; return c }, "", ""},
		"sign in over TLS":           {smtpsink.Options{User: "u", Password: "p", TLS: offered}, func(c smtp.Config) smtp.Config { c.User, c.Password = "u", "p"; return secure(c, smtp.StartTLS) }, "", ""},
		"wrong password":             {smtpsink.Options{User: "u", Password: "p"}, func(c smtp.Config) smtp.Config { c.User, c.Password = "u", "x"; return c }, "auth_failed", channels.OfSender},
		"no way to sign in":          {smtpsink.Options{}, func(c smtp.Config) smtp.Config { c.User, c.Password = "u", "p"; return c }, "auth_failed", channels.OfSender},
		"sign-in required":           {smtpsink.Options{User: "u", Password: "p"}, nil, "auth_failed", channels.OfSender},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := sink(t, c.server)
			config := short(server.Addr())
			if c.config != nil {
				config = c.config(config)
			}
			start := time.Now()
			f := try(t, newSender(t, config), "zoe@example.org")
			switch {
			case c.reason == "" && f != nil:
				t.Errorf("%v", f)
			case c.reason != "" && (f == nil || f.Reason != c.reason || f.Scope != c.scope || f.Class != channels.Retry):
				t.Errorf("%+v, want %s of %q", f, c.reason, c.scope)
			}
			if took := time.Since(start); took > 6*time.Second {
				t.Errorf("held for %v", took)
			}
			if n := len(server.Messages()); (n == 1) != (c.reason == "") {
				t.Errorf("the server has %d messages", n)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		l, _ := net.Listen("tcp", "127.0.0.1:0")
		addr := l.Addr().String()
		_ = l.Close()
		if f := try(t, newSender(t, short(addr)), "zoe@example.org"); f == nil || f.Class != channels.Retry || f.Scope != channels.OfMessage {
			t.Errorf("%+v", f)
		}
	})
}

// A message that was broken off in the middle is no message, for us and for the server.
func TestBodyCutShort(t *testing.T) {
	t.Parallel()
	server := sink(t, smtpsink.Options{})
	s := newSender(t, short(server.Addr()))
	server.Script("big@example.org", smtpsink.Step{Drop: smtpsink.DropMidBody})
	m := channelstest.Message("big@example.org")
	m.HTML = strings.Repeat("<p>large enough to be still on its way when the connection goes</p>\n", 200_000)
	h, err := s.Prepare(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Commit(context.Background())
	if f := channels.FailureOf(err, true); f.Class != channels.Retry {
		t.Errorf("%+v", f)
	}
	if !server.Await(5*time.Second, func(m []smtpsink.Message) bool { return len(m) == 1 && !m[0].Terminated }) {
		t.Errorf("%+v", server.Messages())
	}
}

// Connections are used again; one that the server has closed meanwhile is replaced without anybody noticing.
func TestPool(t *testing.T) {
	t.Parallel()
	server := sink(t, smtpsink.Options{Idle: 1500 * time.Millisecond})
	s := newSender(t, short(server.Addr()))
	if s.Warm() {
		t.Error("warm before the first message")
	}
	if err := s.WarmUp(context.Background(), 1); err != nil || !s.Warm() {
		t.Fatalf("not warm: %v", err)
	}
	for range 5 {
		if f := try(t, s, "zoe@example.org"); f != nil {
			t.Fatal(f)
		}
	}
	if n := server.Connections(); n != 1 {
		t.Errorf("%d connections for five messages", n)
	}
	// The server hangs up on idle connections: its side of the pooled one is gone after its idle time.
	gone := time.NewTimer(2 * time.Second)
	<-gone.C
	if f := try(t, s, "zoe@example.org"); f != nil {
		t.Errorf("after the server hung up: %v", f)
	}
	if n := server.Connections(); n != 2 {
		t.Errorf("%d connections, want a second one", n)
	}
	if got := len(server.Messages()); got != 6 {
		t.Errorf("%d messages", got)
	}
}

// The same message gives the same bytes, however often it is tried.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	server := sink(t, smtpsink.Options{})
	s := newSender(t, short(server.Addr()))
	m := channelstest.Message("zoe@example.org")
	for range 2 {
		h, err := s.Prepare(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Commit(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	got := server.Messages()
	if len(got) != 2 || !bytes.Equal(got[0].Data, got[1].Data) {
		t.Error("two attempts differ")
	}
	for _, line := range bytes.Split(got[0].Data, []byte("\r\n")) {
		if bytes.ContainsAny(line, "\r\n") || len(line) > 998 {
			t.Errorf("a bare CR or LF, or a long line: %.80q", line)
		}
	}
}

// S16: nothing in a body ends the message early or begins another.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	server := sink(t, smtpsink.Options{})
	s := newSender(t, short(server.Addr()))
	for _, evil := range []string{"\n.\nMAIL FROM:<x@evil.example>", "\r.\rMAIL FROM:<x@evil.example>", "\r\n.\r\nMAIL FROM:<x@evil.example>", "\n.\r\n", "\r\n.\n", ".", "..", "\r\n.."} {
		m := channelstest.Message("zoe@example.org")
		m.Text, m.HTML = "a"+evil+"\r\nb", ""
		before := len(server.Messages())
		h, err := s.Prepare(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Commit(context.Background()); err != nil {
			t.Fatalf("%q: %v", evil, err)
		}
		if got := server.Messages(); len(got) != before+1 || !bytes.Contains(got[before].Data, []byte("\r\nb")) {
			t.Errorf("%q: %d messages", evil, len(got)-before)
		}
	}
	for _, to := range []string{"a@example.org>\r\nRCPT TO:<b@example.org", "a@example.org> SIZE=1", "a\x00@example.org"} {
		if _, err := s.Prepare(context.Background(), channelstest.Message(to)); channels.FailureOf(err, false).Class != channels.Rejected {
			t.Errorf("%q: %v", to, err)
		}
	}
}

func TestInternationalAddresses(t *testing.T) {
	t.Parallel()
	able, unable := newMailbox(t), sink(t, smtpsink.Options{})
	m := channelstest.Message("用户@xn--fsqu00a.example")
	var f *channels.Failure
	if _, err := newSender(t, short(unable.Addr())).Prepare(context.Background(), m); !errors.As(err, &f) || f.Reason != "smtputf8_unsupported" || f.Class != channels.Rejected {
		t.Errorf("a server without SMTPUTF8: %v", err)
	}
	h, err := newSender(t, short(able.addr)).Prepare(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Commit(context.Background()); err != nil || len(able.Received(t, m.MessageID)) != 1 {
		t.Errorf("a server with SMTPUTF8: %v", err)
	}
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]smtp.Config{
		"smtp://127.0.0.1:1025":                      {Addr: "127.0.0.1:1025", Security: smtp.Plain},
		"smtp://relay.example":                       {Addr: "relay.example:25", Security: smtp.Plain},
		"smtp://u:p%40ss@mail.example":               {Addr: "mail.example:587", Security: smtp.StartTLS, User: "u", Password: "p@ss"},
		"smtps://u:p@mail.example":                   {Addr: "mail.example:465", Security: smtp.Implicit, User: "u", Password: "p"},
		"smtp://mail.example:2525?security=starttls": {Addr: "mail.example:2525", Security: smtp.StartTLS},
		"smtp://u:p@127.0.0.1:1025?security=none":    {Addr: "127.0.0.1:1025", Security: smtp.Plain, User: "u", Password: "p"},
		"smtp://relay.example?connections=3&helo=me": {Addr: "relay.example:25", Security: smtp.Plain, MaxConns: 3, Helo: "me"},
	} {
		got, err := smtp.ParseURL(in)
		if err != nil || got.Addr != want.Addr || got.Security != want.Security || got.User != want.User || got.Password != want.Password || got.MaxConns != want.MaxConns || got.Helo != want.Helo {
			t.Errorf("%s: %+v, %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "mail.example:25", "http://mail.example", "smtp://u:secret@mail.example?security=none", "smtp://x?security=maybe", "smtp://x?connections=0"} {
		if _, err := smtp.ParseURL(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"mail.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
