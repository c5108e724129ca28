package ingest

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"sojourn/fault"
)

// node is one value of a parsed document. The nodes lie in document order: after an object come its members as pairs
// of key and value, after an array its elements; next is the index behind the whole subtree. No pointers, no maps: a
// batch of 100 messages is one slice that is used again for the next request.
type node struct {
	kind       byte // '{' '[' '"' '0' 't' 'f' 'n', and 'k' for a key
	escaped    bool // string or key that holds a backslash
	height     uint8
	size       int32 // members or elements
	start, end int32 // span in the source; strings and keys without their quotes
	next       int32
	hash       uint32 // of a key's text
}

// frame is one level of the path to where the reader stands.
type frame struct {
	array bool
	key   int32 // node of the current key, -1 before it is read
	index int32
}

// Levels above properties in a batch: the body, its array, the message.
const envelopeDepth = 3

type parser struct {
	src    []byte
	pos    int
	nodes  []node
	path   []frame
	issues []fault.Field
	more   int // issues beyond maxIssues
	seen   [envelopeDepth + MaxDepth + 1][8]uint64
}

// stop is the error of a document that cannot be read any further.
type stop struct{ fault.Field }

func (s stop) Error() string { return s.Path + ": " + s.Message }

func (p *parser) reset(src []byte) {
	p.src, p.pos, p.nodes, p.path, p.issues, p.more = src, 0, p.nodes[:0], p.path[:0], nil, 0
}

// parse reads one document. The error is nil or a stop; milder findings are in p.issues.
func (p *parser) parse() error {
	p.space()
	if err := p.value(); err != nil {
		return err
	}
	p.space()
	if p.pos != len(p.src) {
		return p.syntax("something follows the end of the document")
	}
	return nil
}

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) value() error {
	if p.pos >= len(p.src) {
		return p.syntax("the document ends too early")
	}
	switch c := p.src[p.pos]; {
	case c == '{' || c == '[':
		return p.container(c)
	case c == '"':
		return p.text('"')
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case c == 't':
		return p.word("true")
	case c == 'f':
		return p.word("false")
	case c == 'n':
		return p.word("null")
	}
	return p.syntax("a value should stand here")
}

func (p *parser) word(w string) error {
	if !bytes.HasPrefix(p.src[p.pos:], []byte(w)) {
		return p.syntax("a value should stand here")
	}
	p.push(node{kind: w[0], start: int32(p.pos), end: int32(p.pos + len(w))})
	p.pos += len(w)
	return nil
}

func (p *parser) push(n node) {
	n.next = int32(len(p.nodes)) + 1
	p.nodes = append(p.nodes, n)
}

func (p *parser) container(open byte) error {
	depth := len(p.path)
	if depth >= envelopeDepth+MaxDepth {
		return stop{fault.Field{Path: p.where(), Message: fmt.Sprintf("nested deeper than %d levels", MaxDepth)}}
	}
	self := int32(len(p.nodes))
	p.push(node{kind: open, start: int32(p.pos)})
	p.path = append(p.path, frame{array: open == '[', key: -1})
	p.seen[depth] = [8]uint64{}
	closing := byte(']')
	if open == '{' {
		closing = '}'
	}
	p.pos++
	var height uint8
	var size int32
	for p.space(); ; p.space() {
		if p.pos < len(p.src) && p.src[p.pos] == closing && size == 0 {
			break
		}
		if open == '{' {
			if err := p.key(depth, self, size); err != nil {
				return err
			}
		}
		p.path[depth].index = size
		child := len(p.nodes)
		if err := p.value(); err != nil {
			return err
		}
		height = max(height, p.nodes[child].height)
		size++
		p.space()
		if p.pos < len(p.src) && p.src[p.pos] == ',' {
			p.pos++
			continue
		}
		if p.pos < len(p.src) && p.src[p.pos] == closing {
			break
		}
		return p.syntax("a comma or the end of the list should stand here")
	}
	p.pos++
	p.path = p.path[:depth]
	if open == '{' && size > MaxKeys {
		p.found("%d keys in one object; at most %d", size, MaxKeys)
	}
	n := &p.nodes[self]
	n.end, n.next, n.size, n.height = int32(p.pos), int32(len(p.nodes)), size, height+1
	return nil
}

func (p *parser) key(depth int, object, size int32) error {
	if p.pos >= len(p.src) || p.src[p.pos] != '"' {
		return p.syntax("a key in quotes should stand here")
	}
	at := int32(len(p.nodes))
	p.path[depth].key = -1
	if err := p.text('k'); err != nil {
		return err
	}
	p.path[depth].key = at
	k := &p.nodes[at]
	name := p.bytesOf(at)
	h := uint32(2166136261) // FNV-1a
	for _, c := range name {
		h = (h ^ uint32(c)) * 16777619
	}
	k.hash = h
	// A bit per hash first: 10^5 keys in one object must not cost 10^10 comparisons.
	bit := &p.seen[depth][h>>6&7]
	if *bit>>(h&63)&1 == 1 && size <= MaxKeys {
		for i := object + 1; i < at; i = p.nodes[i+1].next {
			if p.nodes[i].hash == h && bytes.Equal(p.bytesOf(i), name) {
				p.found("the key stands here twice")
				break
			}
		}
	}
	*bit |= 1 << (h & 63)
	p.space()
	if p.pos >= len(p.src) || p.src[p.pos] != ':' {
		return p.syntax("a colon should stand here")
	}
	p.pos++
	p.space()
	return nil
}

// text reads a string; the position is at its opening quote.
func (p *parser) text(kind byte) error {
	p.pos++
	start := p.pos
	var escaped, high bool
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		switch {
		case c == '"':
			n := node{kind: kind, escaped: escaped, start: int32(start), end: int32(p.pos)}
			if high && !utf8.Valid(p.src[start:p.pos]) {
				p.found("the text is not valid UTF-8")
			}
			p.push(n)
			p.pos++
			return nil
		case c == '\\':
			escaped = true
			if err := p.escape(); err != nil {
				return err
			}
		case c < ' ':
			return p.syntax("a control character inside a text must be escaped")
		default:
			high = high || c >= utf8.RuneSelf
			p.pos++
		}
	}
	return p.syntax("a text is not closed")
}

func (p *parser) escape() error {
	p.pos++
	if p.pos >= len(p.src) {
		return p.syntax("a text is not closed")
	}
	switch p.src[p.pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.pos++
		return nil
	case 'u':
		r, ok := hex4(p.src[p.pos+1:])
		if !ok {
			return p.syntax(`\u needs four hexadecimal digits`)
		}
		p.pos += 5
		switch {
		case r == 0:
			p.found("the text holds a NUL character")
		case r >= 0xdc00 && r < 0xe000:
			p.found("the text holds half of a surrogate pair")
		case r >= 0xd800 && r < 0xdc00:
			if _, ok := lowSurrogate(p.src[p.pos:]); ok {
				p.pos += 6
			} else {
				p.found("the text holds half of a surrogate pair")
			}
		}
		return nil
	}
	return p.syntax("unknown escape in a text")
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// lowSurrogate reads \uDC00-\uDFFF.
func lowSurrogate(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	r, ok := hex4(b[2:])
	return r, ok && r >= 0xdc00 && r < 0xe000
}

// number reads -?int frac? exp? of RFC 8259.
func (p *parser) number() error {
	start := p.pos
	digits := func() int {
		from := p.pos
		for p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
			p.pos++
		}
		return p.pos - from
	}
	at := func(c byte) bool { return p.pos < len(p.src) && p.src[p.pos] == c }
	if at('-') {
		p.pos++
	}
	if at('0') {
		p.pos++
	} else if digits() == 0 {
		return p.syntax("not a number")
	}
	if at('.') {
		p.pos++
		if digits() == 0 {
			return p.syntax("not a number")
		}
	}
	exponent := at('e') || at('E')
	if exponent {
		p.pos++
		if at('+') || at('-') {
			p.pos++
		}
		if digits() == 0 {
			return p.syntax("not a number")
		}
	}
	p.push(node{kind: '0', start: int32(start), end: int32(p.pos)})
	switch {
	case p.pos-start > maxNumberBytes:
		p.found("the number has %d characters; at most %d", p.pos-start, maxNumberBytes)
	case exponent:
		if _, err := strconv.ParseFloat(string(p.src[start:p.pos]), 64); err != nil {
			p.found("the number is outside the range of a double")
		}
	}
	return nil
}

func (p *parser) syntax(format string, args ...any) error {
	return stop{fault.Field{Path: p.where(), Message: fmt.Sprintf("not JSON, byte %d: ", p.pos) + fmt.Sprintf(format, args...)}}
}

func (p *parser) issue(path, format string, args ...any) {
	if len(p.issues) >= maxIssues {
		p.more++
		return
	}
	p.issues = append(p.issues, fault.Field{Path: path, Message: fmt.Sprintf(format, args...)})
}

// found notes an issue at the current place. The path costs something, so it is written only for those that are kept.
func (p *parser) found(format string, args ...any) {
	if len(p.issues) >= maxIssues {
		p.more++
		return
	}
	p.issue(p.where(), format, args...)
}

// where writes the path to the current place, e.g. batch[3].properties.total.
func (p *parser) where() string {
	var b []byte
	for _, f := range p.path {
		if f.array {
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(f.index), 10)
			b = append(b, ']')
			continue
		}
		if f.key < 0 {
			continue
		}
		if len(b) > 0 {
			b = append(b, '.')
		}
		name := bytes.ToValidUTF8(p.bytesOf(f.key), []byte("\uFFFD"))
		if len(name) > 64 {
			name = append(bytes.ToValidUTF8(name[:64:64], nil), "…"...)
		}
		b = append(b, name...)
	}
	return string(b)
}
