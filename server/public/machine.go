package public

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sojourn/consent"
	"sojourn/ids"
)

// programs are parts of user agents that no person's mail program or browser has: mail scanners, link previews, crawlers,
// libraries. Gmail's and Yahoo's image proxies are not among them: they fetch when the mail is opened.
var programs = []string{
	"bot", "crawler", "spider", "scanner", "preview", "headlesschrome", "phantomjs", "curl/", "wget/", "python-requests", "python-urllib", "aiohttp", "go-http-client",
	"java/", "okhttp", "libwww", "apache-httpclient", "node-fetch", "axios/", "barracuda", "mimecast", "proofpoint", "safelinks", "trendmicro", "symantec", "ironport",
	"fireeye", "forcepoint", "sophos", "facebookexternalhit", "whatsapp", "skypeuri", "monitis", "pingdom", "uptime",
}

// machineOf says why a request is not a person's; "" when nothing speaks against it. A wrong guess costs a count, never a
// permission: engagement decides about no consent.
func machineOf(r *http.Request, pixel bool) string {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if v := strings.ToLower(r.Header.Get(name)); strings.Contains(v, "prefetch") || strings.Contains(v, "preview") || strings.Contains(v, "prerender") {
			return "prefetch"
		}
	}
	agent := strings.ToLower(r.UserAgent())
	switch {
	case agent == "":
		return "no_agent"
	case pixel && agent == "mozilla/5.0": // Apple's Mail Privacy Protection loads every picture, whether the mail is read or not
		return "privacy_proxy"
	case slices.ContainsFunc(programs, func(part string) bool { return strings.Contains(agent, part) }):
		return "scanner"
	}
	return ""
}

const (
	hitsPerSecond = 1000            // recorded per process; more is a flood, and answered without being counted
	sameHitWithin = time.Second     // a double click, a reload: counted once
	sweepWithin   = 2 * time.Second // so soon nobody follows a third link of one message
	sweepLinks    = 3
	hitsKept      = 20_000 // messages that are remembered
)

// floods keeps repeated and mass hits from the database. The zero value is ready.
type floods struct {
	mu     sync.Mutex
	all    *rate.Limiter
	recent map[ids.ID]*recentHits
}

type recentHits struct {
	began time.Time
	links []int
	last  map[int]time.Time
}

// take reports whether a hit is to be counted, and whether it is part of a sweep over the links of a message.
func (f *floods) take(hit consent.Hit, now time.Time) (take, sweep bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all = rate.NewLimiter(hitsPerSecond, 2*hitsPerSecond)
	}
	if f.recent == nil || len(f.recent) >= hitsKept {
		f.recent = map[ids.ID]*recentHits{}
	}
	seen := f.recent[hit.Send]
	if seen == nil || now.Sub(seen.began) > sweepWithin {
		seen = &recentHits{began: now, last: map[int]time.Time{}}
		f.recent[hit.Send] = seen
	}
	if at, ok := seen.last[hit.Link]; ok && now.Sub(at) < sameHitWithin {
		return false, false
	}
	if !f.all.AllowN(now, 1) {
		return false, false
	}
	seen.last[hit.Link] = now
	if hit.Link > 0 && !slices.Contains(seen.links, hit.Link) {
		seen.links = append(seen.links, hit.Link)
	}
	return true, len(seen.links) >= sweepLinks
}
