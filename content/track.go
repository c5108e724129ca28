package content

import (
	"bytes"
	"html"
	"strings"

	nethtml "golang.org/x/net/html"
)

// maxTracked bounds the tracked links of one message; further ones stay as they are.
const maxTracked = 500

// Tracker says how the links of one message are tracked.
type Tracker struct {
	Link  func(n int) string        // the address that stands for link n, from 1; nil = links stay
	Pixel string                    // address of the open pixel; "" = none
	Keep  func(address string) bool // links that stay as they are: unsubscribing must never go through a counter
}

// Track rewrites the links of a rendered HTML mail and adds the pixel. It returns the addresses that the links stand for,
// in their order: link n leads to addresses[n-1]. An address that occurs twice is two links, so that a report can tell
// the button from the picture. Only absolute http and https addresses are tracked; an anchor with data-no-track is not.
// What is not a tracked anchor passes byte for byte.
func Track(source string, t Tracker) (tracked string, addresses []string) {
	var out bytes.Buffer
	out.Grow(len(source) + 1024)
	z := nethtml.NewTokenizer(strings.NewReader(source))
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			break
		}
		raw := string(z.Raw()) // before Token, which reuses the buffer
		if kind != nethtml.StartTagToken && kind != nethtml.SelfClosingTagToken || t.Link == nil {
			out.WriteString(raw)
			continue
		}
		token := z.Token()
		at := t.target(token, len(addresses))
		if at < 0 {
			out.WriteString(raw)
			continue
		}
		addresses = append(addresses, strings.TrimSpace(token.Attr[at].Val))
		token.Attr[at].Val = t.Link(len(addresses))
		out.WriteString(rebuildKeeping(token, kind))
	}
	return withPixel(out.String(), t.Pixel), addresses
}

// target is the index of the attribute to rewrite, -1 for none.
func (t Tracker) target(token nethtml.Token, sofar int) int {
	if token.Data != "a" && token.Data != "area" || sofar >= maxTracked {
		return -1
	}
	at := -1
	for i, a := range token.Attr {
		switch a.Key {
		case "data-no-track":
			return -1
		case "href":
			if at < 0 {
				at = i
			}
		}
	}
	if at < 0 {
		return -1
	}
	address := strings.TrimSpace(token.Attr[at].Val)
	lower := strings.ToLower(address)
	if !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") || strings.ContainsAny(address, "\r\n\t ") || t.Keep != nil && t.Keep(address) {
		return -1
	}
	return at
}

func rebuildKeeping(t nethtml.Token, kind nethtml.TokenType) string {
	var b strings.Builder
	b.WriteString("<" + t.Data)
	for _, a := range t.Attr {
		b.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
	}
	if kind == nethtml.SelfClosingTagToken {
		b.WriteString(" /")
	}
	b.WriteString(">")
	return b.String()
}

// withPixel puts the picture at the very end of the body: whoever sees it has had the message before his eyes, and a
// program that clips long mails does not load it.
func withPixel(source, address string) string {
	if address == "" {
		return source
	}
	pixel := `<img src="` + html.EscapeString(address) + `" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">`
	if at := strings.LastIndex(strings.ToLower(source), "</body"); at >= 0 && len(strings.ToLower(source)) == len(source) {
		return source[:at] + pixel + source[at:]
	}
	return source + pixel
}
