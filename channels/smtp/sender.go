package smtp

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	closed bool
}

var _ channels.Sender = (*Sender)(nil)

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

// Warm implements channels.Sender.
func (s *Sender) Warm() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
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

// take returns the idle connection that was used last; older ones than the idle time-out are dropped.
func (s *Sender) take() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.idle); n > 0; n = len(s.idle) {
		x := s.idle[n-1]
		s.idle = s.idle[:n-1]
		if s.now().Sub(x.idle) < s.c.IdleTimeout {
			return x
		}
		x.close()
	}
	return nil
}

func (s *Sender) put(x *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.idle = s.now()
	if s.closed || x.used >= s.c.MaxPerConn || len(s.idle) >= s.c.MaxConns {
		go x.quit(s.now().Add(time.Second))
		return
	}
	s.idle = append(s.idle, x)
}

// reset brings a connection whose transaction was refused back into the pool.
func (s *Sender) reset(x *conn) {
	r, err := x.cmd(s.now().Add(s.c.CommandTimeout), "RSET")
	if err != nil || r.code != 250 {
		x.close()
		return
	}
	s.put(x)
}

// handOver is a connection that has said 354.
type handOver struct {
	s    *Sender
	x    *conn
	body []byte
	once sync.Once
}

// Abort closes the connection: after a 354 there is no other way to say that no message follows.
func (h *handOver) Abort() {
	h.once.Do(func() { h.x.close(); <-h.s.slots })
}

// Commit implements channels.HandOver. Until the terminator has gone to the kernel the message is not accepted.
func (h *handOver) Commit(ctx context.Context) (receipt channels.Receipt, err error) {
	err = &channels.Failure{Class: channels.Retry, Reason: "ended_already"}
	h.once.Do(func() { receipt, err = h.commit(ctx) })
	return receipt, err
}

func (h *handOver) commit(ctx context.Context) (channels.Receipt, error) {
	keep := false
	defer func() {
		<-h.s.slots
		if keep {
			h.s.put(h.x)
		} else {
			h.x.close()
		}
	}()
	if err := h.give(ctx); err != nil {
		return channels.Receipt{}, err
	}
	if err := afterTerminator.Hit(); err != nil {
		return channels.Receipt{}, &channels.Failure{Class: channels.Unknown, Reason: "no_answer", Cause: err}
	}
	_ = h.x.c.SetDeadline(h.s.now().Add(h.s.c.ReplyTimeout))
	r, err := h.x.read()
	if err != nil {
		return channels.Receipt{}, &channels.Failure{Class: channels.Unknown, Reason: "no_answer", Cause: err}
	}
	h.x.used++
	switch {
	case r.code/100 == 2:
		keep = r.code == 250
		return channels.Receipt{ProviderID: r.text, Code: r.String()}, nil
	case r.code/100 == 3: // not an answer to a message; it may have been taken
		return channels.Receipt{}, &channels.Failure{Class: channels.Unknown, Reason: "odd_answer", Code: r.String()}
	}
	keep = r.code != 421
	return channels.Receipt{}, h.s.classify(&refusal{"final", r})
}

// give writes body and terminator. The deadline of ctx is the budget of the hand-over: past it no terminator follows.
func (h *handOver) give(ctx context.Context) error {
	notGiven := func(err error) error {
		f := h.s.classify(err)
		f.Class = channels.Retry
		return f
	}
	deadline, bounded := ctx.Deadline()
	if !bounded {
		deadline = h.s.now().Add(h.s.c.ReplyTimeout)
	}
	if err := h.x.c.SetDeadline(deadline); err != nil {
		return notGiven(err)
	}
	half := len(h.body) / 2
	if _, err := h.x.c.Write(h.body[:half]); err != nil {
		return h.early(notGiven(err))
	}
	if err := midBody.Hit(); err != nil {
		return notGiven(err)
	}
	if _, err := h.x.c.Write(h.body[half:]); err != nil {
		return h.early(notGiven(err))
	}
	if ctx.Err() != nil || !h.s.now().Before(deadline) {
		return notGiven(context.DeadlineExceeded)
	}
	if n, err := io.WriteString(h.x.c, ".\r\n"); err != nil {
		if n == 0 && !h.x.tls { // nothing reached the kernel; under TLS a part of a record may have
			return notGiven(err)
		}
		return &channels.Failure{Class: channels.Unknown, Reason: "no_answer", Cause: err}
	}
	return nil
}

// early looks for a reply that the server sent instead of reading on, e.g. 552 for a message that is too large.
func (h *handOver) early(otherwise error) error {
	_ = h.x.c.SetReadDeadline(h.s.now().Add(time.Second))
	r, err := h.x.read()
	if err != nil || r.code < 400 {
		return otherwise
	}
	return (&refusal{"final", r}).failure(fmt.Errorf("while sending: %d %s", r.code, r.text))
}
