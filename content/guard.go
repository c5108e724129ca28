package content

import (
	"bytes"
	"html"
	"strings"

	nethtml "golang.org/x/net/html"
)

// dropped elements go with everything inside them.
var dropped = map[string]bool{"script": true, "iframe": true, "object": true, "embed": true, "applet": true, "frame": true, "frameset": true, "noscript": true, "svg": true, "math": true}

// urlAttributes hold addresses.
var urlAttributes = map[string]bool{"href": true, "src": true, "action": true, "formaction": true, "background": true, "poster": true, "cite": true, "data": true, "xlink:href": true, "srcset": true, "longdesc": true, "dynsrc": true, "lowsrc": true}

var allowedSchemes = map[string]bool{"http": true, "https": true, "mailto": true, "tel": true, "cid": true, "": true}

// guard removes what a mail never needs and an attacker would: scripts, event handlers, frames, refreshes, and
// addresses of other schemes. Everything else passes byte for byte, conditional comments included.
func guard(source string) string {
	var out bytes.Buffer
	out.Grow(len(source))
	z := nethtml.NewTokenizer(strings.NewReader(source))
	skip, depth := "", 0
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			return out.String()
		}
		raw := string(z.Raw()) // before Token, which reuses the buffer
		if kind == nethtml.TextToken || kind == nethtml.CommentToken || kind == nethtml.DoctypeToken {
			if skip == "" {
				out.WriteString(raw)
			}
			continue
		}
		t := z.Token()
		switch {
		case skip != "":
			if t.Data == skip && kind == nethtml.StartTagToken {
				depth++
			}
			if t.Data == skip && kind == nethtml.EndTagToken {
				if depth--; depth == 0 {
					skip = ""
				}
			}
		case dropped[t.Data]:
			if kind == nethtml.StartTagToken && t.Data != "embed" && t.Data != "frame" {
				skip, depth = t.Data, 1
			}
		case t.Data == "base", t.Data == "meta" && attribute(t, "http-equiv") != "" && !strings.EqualFold(attribute(t, "http-equiv"), "content-type") && !strings.EqualFold(attribute(t, "http-equiv"), "x-ua-compatible"):
		case kind != nethtml.EndTagToken && !harmless(t.Attr):
			out.WriteString(rebuild(t, kind))
		default:
			out.WriteString(raw)
		}
	}
}

func attribute(t nethtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func harmless(attrs []nethtml.Attribute) bool {
	for _, a := range attrs {
		if !harmlessAttribute(a) {
			return false
		}
	}
	return true
}

func harmlessAttribute(a nethtml.Attribute) bool {
	switch {
	case strings.HasPrefix(a.Key, "on"), a.Key == "srcdoc":
		return false
	case a.Key == "srcset":
		for _, candidate := range strings.Split(a.Val, ",") {
			if !allowedURL(candidate) {
				return false
			}
		}
	case urlAttributes[a.Key]:
		return allowedURL(a.Val)
	case a.Key == "style":
		return harmlessStyle(a.Val)
	}
	return true
}

// allowedURL reads the scheme as a browser would: control characters and spaces do not count.
func allowedURL(raw string) bool {
	s := strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || r == 0xad || r >= 0x200b && r <= 0x200f || r == 0xfeff {
			return -1
		}
		return r
	}, raw)
	end := strings.IndexAny(s, ":/?#")
	if end < 0 || s[end] != ':' {
		return true
	}
	return allowedSchemes[strings.ToLower(s[:end])]
}

// harmlessStyle refuses what once ran script from a style, and addresses of other schemes in it.
func harmlessStyle(css string) bool {
	s := strings.ToLower(strings.NewReplacer("\\", "", "/*", "", "*/", "").Replace(css))
	for _, bad := range []string{"expression(", "javascript:", "vbscript:", "behavior:", "-moz-binding", "@import", "data:text"} {
		if strings.Contains(strings.Join(strings.Fields(s), ""), bad) {
			return false
		}
	}
	return true
}

func rebuild(t nethtml.Token, kind nethtml.TokenType) string {
	var b strings.Builder
	b.WriteString("<" + t.Data)
	for _, a := range t.Attr {
		if harmlessAttribute(a) {
			b.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
		}
	}
	if kind == nethtml.SelfClosingTagToken {
		b.WriteString(" /")
	}
	b.WriteString(">")
	return b.String()
}
