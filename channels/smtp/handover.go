package smtp

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"sojourn/channels"
)

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
