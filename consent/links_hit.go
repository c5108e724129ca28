package consent

import (
	"encoding/base64"
	"encoding/binary"

	"sojourn/fault"
	"sojourn/ids"
)

// Where the links and the pixel of tracked messages lead, below the public address of the workspace; the token follows.
const (
	ClickPath = "/p/c/"
	OpenPath  = "/p/o/"
)

// Hit is what the address of a tracked link stands for: a link of one message. It holds ids only; where the link leads is
// kept with the message, so nobody can make us redirect to an address of his own.
type Hit struct {
	Workspace int64
	Send      ids.ID
	Link      int // from 1, in the order of the message; 0 is the pixel
}

// SignHit makes the token of a tracked link: URL-safe, about 50 characters.
func (l Links) SignHit(h Hit) string {
	b := []byte{linkFormat, l.Current}
	b = binary.AppendUvarint(b, uint64(h.Workspace))
	b = append(b, h.Send[:]...)
	b = binary.AppendUvarint(b, uint64(h.Link))
	return base64.RawURLEncoding.EncodeToString(append(b, l.mac(l.Current, labelHit, b)...))
}

// ReadHit checks a token in constant time. Every defect is the same NotFound.
func (l Links) ReadHit(token string) (Hit, error) {
	bad := fault.New(fault.NotFound, "this link is not valid")
	body, ok := l.open(token, labelHit)
	if !ok {
		return Hit{}, bad
	}
	ws, n := binary.Uvarint(body)
	if n <= 0 || len(body) < n+17 {
		return Hit{}, bad
	}
	h := Hit{Workspace: int64(ws)}
	copy(h.Send[:], body[n:n+16])
	link, m := binary.Uvarint(body[n+16:])
	if m <= 0 || n+16+m != len(body) || link > 10_000 {
		return Hit{}, bad
	}
	h.Link = int(link)
	return h, nil
}
