package smtp

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"sojourn/channels"
	"sojourn/faultpoint"
)

// Points at which fault tests kill, stop or fail a worker.
var (
	afterConnect    = faultpoint.New("send.after_connect")
	afterRcpt       = faultpoint.New("send.after_rcpt")
	after354        = faultpoint.New("send.after_354")
	midBody         = faultpoint.New("send.mid_body")
	afterTerminator = faultpoint.New("send.after_terminator")
)

// Sender sends to one server over a pool of connections.
type Sender struct {
	c     Config
	now   func() time.Time
	slots chan struct{} // one per connection that may be open

	mu     sync.Mutex
	idle   []*conn
	served time.Time // when a connection last came back in order
	closed bool
}

var _ channels.Sender = (*Sender)(nil)

// justServed is how long a well-served connection speaks for the server.
const justServed = time.Second

// New makes a sender; it connects when the first message comes. now may be nil (time.Now).
func New(c Config, now func() time.Time) (*Sender, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now //nolint:forbidigo // deadlines of real connections
	}
	c = c.withDefaults()
	return &Sender{c: c, now: now, slots: make(chan struct{}, c.MaxConns)}, nil
}

// Close drops idle connections; those at work end with their message.
func (s *Sender) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, x := range s.idle {
		x.quit(s.now().Add(time.Second))
	}
	s.idle = nil
}

// Warm implements channels.Sender: a connection is idle, or the server served one a moment ago, so that the next is
// free, or opened, in no time.
func (s *Sender) Warm() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Sub(s.served) < justServed {
		return true
	}
	for _, x := range s.idle {
		if s.now().Sub(x.idle) < s.c.IdleTimeout {
			return true
		}
	}
	return false
}

// WarmUp opens connections until n are idle, so that a first message can go at once.
func (s *Sender) WarmUp(ctx context.Context, n int) error {
	for range n {
		select {
		case s.slots <- struct{}{}:
		default:
			return nil
		}
		x, err := dial(ctx, s.c, s.now().Add(s.c.DialTimeout))
		<-s.slots
		if err != nil {
			return s.classify(err)
		}
		s.put(x)
	}
	return nil
}

// Prepare implements channels.Sender: everything up to the 354.
func (s *Sender) Prepare(ctx context.Context, m channels.Message) (channels.HandOver, error) {
	body, err := build(m)
	if err != nil {
		return nil, err
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, &channels.Failure{Class: channels.Retry, Reason: "no_free_connection", Cause: ctx.Err()}
	}
	x, err := s.open(ctx, m)
	if err != nil {
		<-s.slots
		return nil, s.classify(err)
	}
	return &handOver{s: s, x: x, body: body}, nil
}

// open takes a connection to the 354. An idle one that the server has closed meanwhile is replaced once.
func (s *Sender) open(ctx context.Context, m channels.Message) (*conn, error) {
	if x := s.take(); x != nil {
		err := s.envelope(ctx, x, m)
		if err == nil {
			return x, nil
		}
		var no *refusal
		if errors.As(err, &no) && no.reply.code != 421 {
			s.reset(x)
			return nil, err
		}
		x.close()
		if errors.Is(err, errNoUTF8) || ctx.Err() != nil || isTimeout(err) {
			return nil, err
		}
	}
	x, err := dial(ctx, s.c, s.now().Add(s.c.DialTimeout))
	if err != nil {
		return nil, err
	}
	if err := afterConnect.Hit(); err != nil {
		x.close()
		return nil, err
	}
	if err := s.envelope(ctx, x, m); err != nil {
		var no *refusal
		if errors.As(err, &no) && no.reply.code != 421 {
			s.reset(x)
		} else {
			x.close()
		}
		return nil, err
	}
	return x, nil
}

var errNoUTF8 = &channels.Failure{Class: channels.Rejected, Reason: "smtputf8_unsupported"}

// envelope is MAIL, RCPT, DATA.
func (s *Sender) envelope(ctx context.Context, x *conn, m channels.Message) error {
	stop := context.AfterFunc(ctx, func() { _ = x.c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	mail := "MAIL FROM:<" + m.From.Address + ">"
	if !ascii(m.From.Address + m.To) {
		if _, ok := x.ext["SMTPUTF8"]; !ok {
			return errNoUTF8
		}
		mail += " SMTPUTF8"
	}
	for _, step := range []struct {
		stage, line string
		want        int
		point       faultpoint.Point
	}{{stage: "mail", line: mail, want: 250}, {"rcpt", "RCPT TO:<" + m.To + ">", 250, afterRcpt}, {"data", "DATA", 354, after354}} {
		if strings.ContainsAny(step.line, "\r\n\x00") || strings.Count(step.line, ">") > 1 && step.stage != "data" {
			return &channels.Failure{Class: channels.Rejected, Reason: "bad_address"}
		}
		r, err := x.cmd(s.now().Add(s.c.CommandTimeout), step.line)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
		if r.code != step.want && !(step.stage == "rcpt" && r.code == 251) {
			return &refusal{step.stage, r}
		}
		if step.stage != "mail" {
			if err := step.point.Hit(); err != nil {
				return err
			}
		}
	}
	return nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
