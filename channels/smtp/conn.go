package smtp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Caps of a reply. RFC 5321 allows 512 bytes a line; what is far beyond is no mail server.
const (
	maxReplyLine  = 4 << 10
	maxReplyLines = 100
)

// conn is one conversation with the server.
type conn struct {
	c    net.Conn
	r    *bufio.Reader
	ext  map[string]string // EHLO keywords, upper case
	tls  bool
	used int       // messages so far
	idle time.Time // since when it has been in the pool
}

// reply is a complete answer of the server.
type reply struct {
	code int
	text string // lines joined by a space
}

// enhanced is the RFC 3463 code at the beginning of the text, "" if there is none.
func (r reply) enhanced() string {
	word, _, _ := strings.Cut(r.text, " ")
	var a, b, c int
	if n, err := fmt.Sscanf(word, "%d.%d.%d", &a, &b, &c); n != 3 || err != nil {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", a, b, c)
}

// String is the code as it is stored: "550 5.1.1".
func (r reply) String() string {
	if e := r.enhanced(); e != "" {
		return fmt.Sprintf("%d %s", r.code, e)
	}
	return fmt.Sprint(r.code)
}

var errGarbage = errors.New("the server's answer is not SMTP")

// read reads one reply, possibly of several lines, within the caps.
func (x *conn) read() (reply, error) {
	var out reply
	for range maxReplyLines {
		line, err := x.line()
		if err != nil {
			return reply{}, err
		}
		if len(line) < 3 || strings.Trim(line[:3], "0123456789") != "" || line[0] < '2' || line[0] > '5' {
			return reply{}, errGarbage
		}
		code := int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
		if out.code != 0 && code != out.code || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
			return reply{}, errGarbage
		}
		out.code = code
		if len(line) > 4 {
			if out.text != "" {
				out.text += " "
			}
			out.text += line[4:]
		}
		if len(line) == 3 || line[3] == ' ' {
			return out, nil
		}
	}
	return reply{}, fmt.Errorf("%w: more than %d lines", errGarbage, maxReplyLines)
}

func (x *conn) line() (string, error) {
	line, err := x.r.ReadSlice('\n') // bounded by the size of the buffer
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", fmt.Errorf("%w: a line of more than %d bytes", errGarbage, maxReplyLine)
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// cmd sends one line and reads its reply before the deadline.
func (x *conn) cmd(deadline time.Time, line string) (reply, error) {
	if strings.ContainsAny(line, "\r\n") {
		return reply{}, errors.New("a command must be one line")
	}
	if err := x.c.SetDeadline(deadline); err != nil {
		return reply{}, err
	}
	if _, err := io.WriteString(x.c, line+"\r\n"); err != nil {
		return reply{}, err
	}
	return x.read()
}

func (x *conn) close() { _ = x.c.Close() }

// quit says goodbye without waiting for an answer.
func (x *conn) quit(deadline time.Time) {
	_ = x.c.SetDeadline(deadline)
	_, _ = io.WriteString(x.c, "QUIT\r\n")
	x.close()
}

// dial connects, protects the connection as configured, and signs in. deadline bounds all of it.
func dial(ctx context.Context, c Config, deadline time.Time) (*conn, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, err
	}
	x := &conn{c: raw, r: bufio.NewReaderSize(raw, maxReplyLine)}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_ = raw.SetDeadline(deadline)
	if err := x.begin(ctx, c, deadline); err != nil {
		x.close()
		return nil, err
	}
	return x, nil
}

func (x *conn) begin(ctx context.Context, c Config, deadline time.Time) error {
	if c.Security == Implicit {
		if err := x.secure(ctx, c.TLS); err != nil {
			return err
		}
	}
	hello, err := x.read()
	if err != nil {
		return err
	}
	if hello.code != 220 {
		return &refusal{"greeting", hello}
	}
	if err := x.ehlo(c.Helo, deadline); err != nil {
		return err
	}
	if c.Security == StartTLS {
		if _, offered := x.ext["STARTTLS"]; !offered {
			return errNoTLS // perhaps somebody stripped it on the way: never go on in plain
		}
		r, err := x.cmd(deadline, "STARTTLS")
		if err != nil {
			return err
		}
		if r.code != 220 {
			return &refusal{"starttls", r}
		}
		if x.r.Buffered() > 0 { // bytes slipped in before the handshake would be taken for the protected conversation
			return errGarbage
		}
		if err := x.secure(ctx, c.TLS); err != nil {
			return err
		}
		if err := x.ehlo(c.Helo, deadline); err != nil {
			return err
		}
	}
	if c.User != "" {
		return x.auth(c, deadline)
	}
	return nil
}

func (x *conn) secure(ctx context.Context, config *tls.Config) error {
	t := tls.Client(x.c, config)
	if err := t.HandshakeContext(ctx); err != nil {
		return &tlsError{err}
	}
	x.c, x.r, x.tls = t, bufio.NewReaderSize(t, maxReplyLine), true
	return nil
}

func (x *conn) ehlo(name string, deadline time.Time) error {
	_ = x.c.SetDeadline(deadline)
	if _, err := fmt.Fprintf(x.c, "EHLO %s\r\n", name); err != nil {
		return err
	}
	x.ext = map[string]string{}
	first := true
	for range maxReplyLines {
		line, err := x.line()
		if err != nil {
			return err
		}
		if len(line) < 4 || line[:3] != "250" {
			var r reply
			if _, err := fmt.Sscanf(line, "%3d", &r.code); err != nil || r.code < 200 || r.code > 599 {
				return errGarbage
			}
			r.text = strings.TrimSpace(line[3:])
			return &refusal{"ehlo", r}
		}
		if !first {
			word, rest, _ := strings.Cut(line[4:], " ")
			x.ext[strings.ToUpper(word)] = rest
		}
		first = false
		if line[3] == ' ' {
			return nil
		}
	}
	return errGarbage
}
