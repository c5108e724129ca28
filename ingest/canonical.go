package ingest

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// bytesOf is the text of a string or key, unescaped; the raw bytes of other scalars.
func (p *parser) bytesOf(i int32) []byte {
	n := &p.nodes[i]
	raw := p.src[n.start:n.end]
	if !n.escaped {
		return raw
	}
	return unescape(raw)
}

// unescape resolves the escapes of a text the reader has checked; half surrogates (an issue already) become U+FFFD.
func unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
		switch c := raw[i+1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := hex4(raw[i+2:])
			i += 6
			if r >= 0xd800 && r < 0xdc00 {
				if low, ok := lowSurrogate(raw[i:]); ok {
					r = (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
			continue
		default: // quote, backslash, slash
			out = append(out, c)
		}
		i += 2
	}
	return out
}

// member is one key with its value while an object is written: a node of the document or a text of ours.
type member struct {
	key  []byte
	node int32
	text []byte
}

// members lists an object's members; -1 is the empty object.
func (p *parser) members(dst []member, object int32) []member {
	if object < 0 {
		return dst
	}
	for i := object + 1; i < p.nodes[object].next; i = p.nodes[i+1].next {
		dst = append(dst, member{key: p.bytesOf(i), node: i + 1})
	}
	return dst
}

// has looks a key up among members.
func has(list []member, key string) bool {
	for i := range list {
		if string(list[i].key) == key {
			return true
		}
	}
	return false
}

// canonical writes a value with sorted keys and without white space, so that equal content is equal bytes. Numbers
// keep the digits they came with.
func (p *parser) canonical(dst []byte, i int32) []byte {
	n := &p.nodes[i]
	switch n.kind {
	case '{':
		var room [24]member
		return p.canonicalObject(dst, p.members(room[:0], i))
	case '[':
		dst = append(dst, '[')
		for e := i + 1; e < n.next; e = p.nodes[e].next {
			if e > i+1 {
				dst = append(dst, ',')
			}
			dst = p.canonical(dst, e)
		}
		return append(dst, ']')
	case '"':
		if n.escaped {
			return appendText(dst, p.bytesOf(i))
		}
		dst = append(dst, '"')
		dst = append(dst, p.src[n.start:n.end]...)
		return append(dst, '"')
	}
	return append(dst, p.src[n.start:n.end]...)
}

func (p *parser) canonicalObject(dst []byte, list []member) []byte {
	byKey := func(a, b member) int { return bytes.Compare(a.key, b.key) }
	if !slices.IsSortedFunc(list, byKey) {
		slices.SortFunc(list, byKey)
	}
	dst = append(dst, '{')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, list[i].key)
		dst = append(dst, ':')
		if list[i].text != nil {
			dst = appendText(dst, list[i].text)
		} else {
			dst = p.canonical(dst, list[i].node)
		}
	}
	return append(dst, '}')
}

const hexDigits = "0123456789abcdef"

// appendText writes a JSON string with the fewest escapes.
func appendText(dst, s []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i, c := range s {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
