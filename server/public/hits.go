package public

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/storage"
)

// Engagement is where hits go. storage.Engagement has it.
type Engagement interface {
	LinkTarget(ctx context.Context, workspace int64, send ids.ID, n int) (string, error)
	RecordHit(ctx context.Context, h storage.Hit) (storage.HitResult, error)
}

// Where the links of messages lead.
const (
	ClickPath = consent.ClickPath
	OpenPath  = consent.OpenPath
)

// recordWithin bounds how long somebody who has clicked waits for our counter.
const recordWithin = 2 * time.Second

// pixel is a transparent GIF of one pixel.
var pixel = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// open answers every request with the same picture: who guesses tokens learns nothing.
func (p *Pages) open(w http.ResponseWriter, r *http.Request) {
	if hit, err := p.Links.ReadHit(r.PathValue("token")); err == nil && hit.Link == 0 {
		p.record(r, hit)
	}
	w.Header().Set("Content-Type", "image/gif")
	w.Header().Set("Content-Length", strconv.Itoa(len(pixel)))
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	if r.Method != http.MethodHead {
		_, _ = w.Write(pixel)
	}
}

// click leads to the address that was stored when the message was made. There is no parameter that could name another.
func (p *Pages) click(w http.ResponseWriter, r *http.Request) {
	hit, err := p.Links.ReadHit(r.PathValue("token"))
	if err != nil || hit.Link == 0 {
		p.show(w, r, http.StatusNotFound, "nolink")
		return
	}
	target, err := p.Engagement.LinkTarget(r.Context(), hit.Workspace, hit.Send, hit.Link)
	switch {
	case fault.Is(err, fault.NotFound) || err == nil && !leadsOutside(target):
		p.show(w, r, http.StatusNotFound, "nolink")
		return
	case err != nil:
		p.logger().ErrorContext(r.Context(), "link not read", "workspace", hit.Workspace, "send", hit.Send, "link", hit.Link, "error", err)
		w.Header().Set("Retry-After", "30")
		p.show(w, r, http.StatusServiceUnavailable, "later")
		return
	}
	p.record(r, hit)
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
}

// leadsOutside looks at a stored address once more: a redirect to anything but a web page is never right.
func leadsOutside(target string) bool {
	u, err := url.Parse(target)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// record counts a hit. A counter that fails must not cost the customer his page, nor a flood the database its rest.
func (p *Pages) record(r *http.Request, hit consent.Hit) {
	now := p.now()
	if r.Method != http.MethodGet {
		return
	}
	take, sweep := p.floods.take(hit, now)
	if !take {
		return
	}
	machine := machineOf(r, hit.Link == 0)
	if machine == "" && sweep {
		machine = "sweep"
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), recordWithin)
	defer cancel()
	_, err := p.Engagement.RecordHit(ctx, storage.Hit{Workspace: hit.Workspace, Send: hit.Send, Link: hit.Link, Machine: machine, At: now})
	if err != nil && !fault.Is(err, fault.NotFound) {
		p.logger().WarnContext(r.Context(), "hit not recorded", "workspace", hit.Workspace, "send", hit.Send, "link", hit.Link, "error", err)
	}
}
