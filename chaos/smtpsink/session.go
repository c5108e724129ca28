package smtpsink

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// session is one connection.
type session struct {
	s    *Server
	c    net.Conn
	r    *bufio.Reader
	auth bool
	from string
	to   []string
	step Step // of the last recipient named
}

func serve(s *Server, c net.Conn, greeting string) {
	x := &session{s: s, c: c, r: bufio.NewReader(c), auth: s.o.User == ""}
	if s.o.Silent {
		_, _ = io.Copy(io.Discard, c)
		return
	}
	if greeting == "" {
		greeting = "220 sink.example ESMTP ready"
	}
	if !x.say(greeting) || greeting[0] != '2' {
		return
	}
	for x.command() {
	}
}

// say writes one reply line; false ends the session.
func (x *session) say(line string) bool {
	if x.s.o.Tarpit > 0 {
		time.Sleep(x.s.o.Tarpit)
	}
	_ = x.c.SetWriteDeadline(time.Now().Add(10 * time.Second))
	_, err := io.WriteString(x.c, line+"\r\n")
	return err == nil
}

func (x *session) line() (string, bool) {
	_ = x.c.SetReadDeadline(time.Now().Add(x.s.o.Idle))
	l, err := x.r.ReadString('\n')
	return strings.TrimRight(l, "\r\n"), err == nil
}

func (x *session) command() bool {
	l, ok := x.line()
	if !ok {
		return false
	}
	verb, rest, _ := strings.Cut(l, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return x.hello()
	case "HELO":
		return x.say("250 sink.example")
	case "STARTTLS":
		return x.startTLS()
	case "AUTH":
		return x.authenticate(rest)
	case "MAIL":
		if !x.auth {
			return x.say("530 5.7.0 Authentication required")
		}
		x.from, x.to, x.step = address(rest), nil, Step{}
		return x.say("250 2.1.0 Ok")
	case "RCPT":
		return x.recipient(rest)
	case "DATA":
		return x.data()
	case "RSET":
		x.from, x.to, x.step = "", nil, Step{}
		return x.say("250 2.0.0 Ok")
	case "NOOP":
		return x.say("250 2.0.0 Ok")
	case "QUIT":
		x.say("221 2.0.0 Bye")
		return false
	}
	return x.say("502 5.5.2 Command not recognised")
}

func (x *session) hello() bool {
	lines := []string{"sink.example", "8BITMIME", "PIPELINING", "ENHANCEDSTATUSCODES"}
	_, secure := x.c.(*tls.Conn)
	if x.s.o.TLS != nil && !secure {
		lines = append(lines, "STARTTLS")
	}
	if x.s.o.User != "" {
		lines = append(lines, "AUTH PLAIN LOGIN")
	}
	for i, l := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		if !x.say("250" + sep + l) {
			return false
		}
	}
	return true
}

func (x *session) startTLS() bool {
	if x.s.o.TLS == nil {
		return x.say("502 5.5.1 TLS not available")
	}
	if !x.say("220 2.0.0 Ready to start TLS") {
		return false
	}
	c := tls.Server(x.c, x.s.o.TLS)
	if c.Handshake() != nil {
		return false
	}
	x.c, x.r = c, bufio.NewReader(c)
	return true
}

func (x *session) authenticate(rest string) bool {
	mechanism, initial, _ := strings.Cut(rest, " ")
	var user, password string
	switch strings.ToUpper(mechanism) {
	case "PLAIN":
		if initial == "" {
			if !x.say("334 ") {
				return false
			}
			initial, _ = x.line()
		}
		parts := bytes.Split(decode(initial), []byte{0})
		if len(parts) == 3 {
			user, password = string(parts[1]), string(parts[2])
		}
	case "LOGIN":
		x.say("334 VXNlcm5hbWU6")
		u, _ := x.line()
		x.say("334 UGFzc3dvcmQ6")
		p, _ := x.line()
		user, password = string(decode(u)), string(decode(p))
	default:
		return x.say("504 5.5.4 Mechanism not supported")
	}
	if user != x.s.o.User || password != x.s.o.Password {
		return x.say("535 5.7.8 Authentication credentials invalid")
	}
	x.auth = true
	return x.say("235 2.7.0 Authenticated")
}

func decode(s string) []byte {
	b, _ := base64.StdEncoding.DecodeString(s)
	return b
}

func (x *session) recipient(rest string) bool {
	to := address(rest)
	x.step = x.s.next(to)
	switch {
	case x.step.Drop == DropAtRcpt:
		return false
	case x.step.Mail != "": // said one command late, so that scripts can go by recipient
		x.say(x.step.Mail)
		return !strings.HasPrefix(x.step.Mail, "421")
	case x.step.Rcpt != "":
		return x.say(x.step.Rcpt)
	}
	x.to = append(x.to, to)
	return x.say("250 2.1.5 Ok")
}

func (x *session) data() bool {
	if len(x.to) == 0 {
		return x.say("503 5.5.1 No valid recipients")
	}
	step := x.step
	if step.Drop == DropAtData {
		return false
	}
	if step.Data != "" {
		return x.say(step.Data)
	}
	n := x.s.begin(Message{At: time.Now(), From: x.from, To: append([]string(nil), x.to...)})
	if !x.say("354 End data with <CR><LF>.<CR><LF>") {
		return false
	}
	if !x.body(n, step.Drop == DropMidBody) {
		return false
	}
	x.s.change(n, func(m *Message) { m.Terminated = true })
	if step.Drop == DropBeforeReply {
		return false
	}
	time.Sleep(step.Delay)
	if step.Raw != nil {
		_ = x.c.SetWriteDeadline(time.Now().Add(10 * time.Second))
		_, err := x.c.Write(step.Raw)
		x.s.change(n, func(m *Message) { m.Reply, m.Answered = "?", err == nil })
		return err == nil
	}
	reply := step.Final
	if reply == "" {
		reply = fmt.Sprintf("250 2.0.0 Ok: queued as %d", n+1)
	}
	ok := x.say(reply)
	x.s.change(n, func(m *Message) { m.Reply, m.Answered = reply, ok })
	x.from, x.to, x.step = "", nil, Step{}
	return ok
}

// body reads to the terminator, which is exactly <CRLF>.<CRLF>: a bare LF ends nothing (SMTP smuggling).
func (x *session) body(n int, cut bool) bool {
	start := true // at the beginning of a line that followed a CRLF
	for {
		_ = x.c.SetReadDeadline(time.Now().Add(x.s.o.Idle))
		chunk, err := x.r.ReadBytes('\n')
		if start && bytes.Equal(chunk, []byte(".\r\n")) {
			return true
		}
		if start && bytes.HasPrefix(chunk, []byte(".")) {
			chunk = chunk[1:]
		}
		x.s.change(n, func(m *Message) { m.Data = append(m.Data, chunk...) })
		if err != nil || cut {
			return false
		}
		start = bytes.HasSuffix(chunk, []byte("\r\n"))
	}
}

// address takes the path out of "FROM:<a@b> SIZE=1" and "TO:<a@b>".
func address(rest string) string {
	_, path, _ := strings.Cut(rest, ":")
	path = strings.TrimSpace(path)
	if i := strings.IndexByte(path, '>'); strings.HasPrefix(path, "<") && i > 0 {
		return path[1:i]
	}
	path, _, _ = strings.Cut(path, " ")
	return path
}
