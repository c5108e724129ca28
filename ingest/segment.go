package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"sojourn/fault"
)

var parsers = sync.Pool{New: func() any { return new(parser) }}

// Decode reads one message of the given type. Errors: fault.TooLarge over MaxEventBytes, fault.Invalid with all wrong
// places otherwise; Decoded.WriteKey is set even then, when the body could be read.
func Decode(t Type, body []byte, o Options) (Decoded, error) {
	if len(body) > MaxEventBytes {
		return Decoded{}, fault.New(fault.TooLarge, "the message has %d bytes; at most %d", len(body), MaxEventBytes)
	}
	p := parsers.Get().(*parser)
	defer parsers.Put(p)
	d, err := read(p, body)
	if err != nil {
		return Decoded{}, err
	}
	d.options = o
	event := d.event(0, t)
	return d.finish([]Event{event})
}

// DecodeBatch reads a batch: {"batch": [message, …], "context"?, "sentAt"?, "writeKey"?}. Errors are as of Decode, with
// fault.TooLarge also for more than MaxBatchEvents messages and for one message over MaxEventBytes.
func DecodeBatch(body []byte, o Options) (Decoded, error) {
	if len(body) > MaxBatchBytes {
		return Decoded{}, fault.New(fault.TooLarge, "the batch has %d bytes; at most %d", len(body), MaxBatchBytes)
	}
	p := parsers.Get().(*parser)
	defer parsers.Put(p)
	d, err := read(p, body)
	if err != nil {
		return Decoded{}, err
	}
	d.options = o
	list := d.readEnvelope()
	if list < 0 {
		d.p.issue("batch", "a list of messages is missing")
		return d.finish(nil)
	}
	if n := d.p.nodes[list].size; n > MaxBatchEvents {
		return Decoded{WriteKey: d.writeKey}, fault.New(fault.TooLarge, "the batch has %d messages; at most %d", n, MaxBatchEvents)
	}
	events := make([]Event, 0, d.p.nodes[list].size)
	for i := list + 1; i < d.p.nodes[list].next; i = d.p.nodes[i].next {
		n := &d.p.nodes[i]
		d.item = len(events)
		if size := n.end - n.start; size > MaxEventBytes {
			d.tooLarge = true
			d.issue("", "the message has %d bytes; at most %d", size, MaxEventBytes)
			events = append(events, Event{})
			continue
		}
		events = append(events, d.event(i, ""))
		if len(d.buffer) > maxContentBytes {
			return Decoded{WriteKey: d.writeKey}, fault.New(fault.TooLarge, "with the batch's context in each message the batch has over %d bytes; put less into it", maxContentBytes)
		}
	}
	return d.finish(events)
}

// envelope is what a batch says about all its messages.
type envelope struct {
	context []member
	sentAt  time.Time
}

type decoder struct {
	p        *parser
	options  Options
	envelope envelope
	writeKey string
	tooLarge bool
	buffer   []byte // all canonical JSON of the request, one allocation
	item     int    // index of the message in its batch; -1 outside
}

func read(p *parser, body []byte) (*decoder, error) {
	p.reset(body)
	if err := p.parse(); err != nil {
		var s stop
		if errors.As(err, &s) {
			return nil, fault.New(fault.Invalid, "%s", s.Message).WithFields(s.Field)
		}
		return nil, err
	}
	if p.nodes[0].kind != '{' {
		return nil, fault.New(fault.Invalid, "the body must be a JSON object")
	}
	return &decoder{p: p, item: -1, buffer: make([]byte, 0, len(body)+256)}, nil
}

// readEnvelope reads the fields around a batch and returns the node of its list, -1 when there is none.
func (d *decoder) readEnvelope() int32 {
	list := int32(-1)
	for i := int32(1); i < d.p.nodes[0].next; i = d.p.nodes[i+1].next {
		v := i + 1
		switch string(d.p.bytesOf(i)) {
		case "batch":
			if d.p.nodes[v].kind == '[' {
				list = v
			}
		case "context":
			d.envelope.context = d.p.members(nil, d.object(v, "context"))
		case "sentAt":
			d.envelope.sentAt = d.moment(v, "sentAt")
		case "writeKey":
			d.writeKey = d.text(v, "writeKey")
		}
	}
	return list
}

func (d *decoder) finish(events []Event) (Decoded, error) {
	out := Decoded{WriteKey: d.writeKey}
	d.p.src = nil // the pool must not keep bodies alive
	if len(d.p.issues) == 0 {
		out.Events = events
		return out, nil
	}
	kind, message := fault.Invalid, "the message is not valid"
	if d.tooLarge {
		kind, message = fault.TooLarge, "a message is too large"
	}
	if n := len(d.p.issues) + d.p.more; n > 1 {
		message = fmt.Sprintf("%d places are wrong", n)
	}
	return out, fault.New(kind, "%s", message).WithFields(d.p.issues...)
}

// issue notes a wrong place; field is relative to the message.
func (d *decoder) issue(field, format string, args ...any) {
	path := field
	if d.item >= 0 {
		path = fmt.Sprintf("batch[%d]", d.item)
		if field != "" {
			path += "." + field
		}
	}
	d.p.issue(path, format, args...)
}

// object accepts an object within MaxDepth; null and -1 mean absent.
func (d *decoder) object(i int32, path string) int32 {
	switch n := &d.p.nodes[i]; {
	case n.kind == 'n':
		return -1
	case n.kind != '{':
		d.issue(path, "must be an object")
		return -1
	case n.height > MaxDepth:
		d.issue(path, "nested deeper than %d levels", MaxDepth)
		return -1
	}
	return i
}

// text accepts a string; an integer is taken as its digits, because many sources number their users. null is "".
func (d *decoder) text(i int32, path string) string {
	switch n := &d.p.nodes[i]; {
	case n.kind == 'n':
		return ""
	case n.kind == '"', n.kind == '0' && !bytes.ContainsAny(d.p.src[n.start:n.end], ".eE"):
		b := d.p.bytesOf(i)
		if len(b) > MaxIDBytes {
			d.issue(path, "%d bytes; at most %d", len(b), MaxIDBytes)
			return ""
		}
		if len(bytes.TrimSpace(b)) == 0 {
			return ""
		}
		return string(b)
	}
	d.issue(path, "must be a string")
	return ""
}
