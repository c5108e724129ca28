package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// wire is one message as its fields stand in the document.
type wire struct {
	typ, messageID, userID, anonymousID, previousID, groupID string
	event, name, category                                    string
	properties, traits, context                              int32
	timestamp, originalTimestamp, sentAt                     time.Time
}

// event reads the message at node i. The type comes from the route, or, when t is empty, from the message.
func (d *decoder) event(i int32, t Type) Event {
	if d.p.nodes[i].kind != '{' {
		d.issue("", "must be an object")
		return Event{}
	}
	w := d.wire(i)
	if t == "" {
		var ok bool
		if t, ok = ParseType(w.typ); !ok || len(w.typ) == 1 {
			d.issue("type", "must be one of identify, track, page, screen, group, alias")
			return Event{}
		}
	}
	e := Event{MessageID: w.messageID, Type: t, Name: string(t), UserID: w.userID, AnonymousID: w.anonymousID, GroupID: w.groupID}
	switch t {
	case Track:
		if e.Name = w.event; e.Name == "" {
			d.issue("event", "a track message needs the name of its event")
		}
	case Group:
		if e.GroupID == "" {
			d.issue("groupId", "a group message needs the id of its group")
		}
	case Alias:
		if e.PreviousID = w.previousID; e.PreviousID == "" && e.AnonymousID == "" {
			d.issue("previousId", "an alias message needs the id it replaces")
		}
		if e.UserID == "" {
			d.issue("userId", "an alias message needs the new id")
		}
	}
	if t != Alias && e.UserID == "" && e.AnonymousID == "" {
		d.issue("userId", "a message needs userId or anonymousId")
	}
	d.content(&e, w)
	if e.MessageID == "" {
		e.MessageID = d.options.NewMessageID()
	}
	return e
}

// wire reads the known fields of a message; unknown ones are ignored, as the tracking API demands.
func (d *decoder) wire(i int32) wire {
	w := wire{properties: -1, traits: -1, context: -1}
	for k := i + 1; k < d.p.nodes[i].next; k = d.p.nodes[k+1].next {
		v := k + 1
		switch string(d.p.bytesOf(k)) {
		case "type":
			w.typ = d.text(v, "type")
		case "messageId":
			w.messageID = d.text(v, "messageId")
		case "userId":
			w.userID = d.text(v, "userId")
		case "anonymousId":
			w.anonymousID = d.text(v, "anonymousId")
		case "previousId":
			w.previousID = d.text(v, "previousId")
		case "groupId":
			w.groupID = d.text(v, "groupId")
		case "event":
			w.event = d.text(v, "event")
		case "name":
			w.name = d.text(v, "name")
		case "category":
			w.category = d.text(v, "category")
		case "properties":
			w.properties = d.object(v, "properties")
		case "traits":
			w.traits = d.object(v, "traits")
		case "context":
			w.context = d.object(v, "context")
		case "timestamp":
			w.timestamp = d.moment(v, "timestamp")
		case "originalTimestamp":
			w.originalTimestamp = d.moment(v, "originalTimestamp")
		case "sentAt":
			w.sentAt = d.moment(v, "sentAt")
		case "writeKey":
			if d.item < 0 {
				d.writeKey = d.text(v, "writeKey")
			}
		}
	}
	return w
}

// content fills data, context, time and hash.
func (d *decoder) content(e *Event, w wire) {
	var room [32]member
	var members []member
	if e.Type == Identify || e.Type == Group {
		members = d.p.members(room[:0], w.traits)
	} else {
		members = d.p.members(room[:0], w.properties)
	}
	if e.Type == Page || e.Type == Screen {
		if w.name != "" && !has(members, "name") {
			members = append(members, member{key: []byte("name"), text: []byte(w.name)})
		}
		if w.category != "" && !has(members, "category") {
			members = append(members, member{key: []byte("category"), text: []byte(w.category)})
		}
	}
	e.Data = d.write(members)

	members = d.p.members(room[:0], w.context)
	own := len(members)
	for _, m := range d.envelope.context {
		if !has(members[:own], string(m.key)) {
			members = append(members, m)
		}
	}
	e.Backfill = d.options.Backfill
	for _, m := range members {
		switch string(m.key) {
		case "backfill":
			e.Backfill = e.Backfill || d.p.nodes[m.node].kind == 't'
		case "groupId":
			if e.GroupID == "" {
				e.GroupID = d.text(m.node, "context.groupId")
			}
		}
	}
	e.Context = d.write(members)

	said := w.timestamp
	if said.IsZero() {
		said = w.originalTimestamp
	}
	sent := w.sentAt
	if sent.IsZero() {
		sent = d.envelope.sentAt
	}
	e.OccurredAt = Occurred(said, sent, d.options.ReceivedAt)
	if e.OccurredAt.Unix() <= 0 {
		d.issue("timestamp", "must be after 1970")
	}
	e.Hash = contentHash(e, said)
}

func (d *decoder) write(members []member) []byte {
	from := len(d.buffer)
	d.buffer = d.p.canonicalObject(d.buffer, members)
	return d.buffer[from:len(d.buffer):len(d.buffer)]
}

// contentHash is over length-prefixed fields, so no two contents share an encoding.
func contentHash(e *Event, said time.Time) [32]byte {
	var room [1024]byte
	b := room[:0]
	for _, s := range [...]string{string(e.Type), e.Name, e.UserID, e.AnonymousID, e.PreviousID, e.GroupID} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Data)))
	b = append(b, e.Data...)
	var micros int64
	if !said.IsZero() {
		micros = said.UnixMicro()
	}
	b = binary.BigEndian.AppendUint64(b, uint64(micros))
	return sha256.Sum256(b)
}
