package public

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/referral"
)

// Referrals is where shared links are looked up. storage.Referrals has it.
type Referrals interface {
	ReferralCode(ctx context.Context, workspace int64, id ids.ID) (models.ReferralCode, error)
	CountReferralVisit(ctx context.Context, workspace int64, id ids.ID, machine bool, now time.Time) error
}

// ReferralPath is where the links lead that customers share.
const ReferralPath = consent.ReferralPath

// How often shared links may be followed, per process: all of them, and one of them. A link that goes round in a large group is
// followed a few times a second.
const (
	sharedPerSecond = 200
	oneLinkPerSec   = 10
	oneLinkBurst    = 50
	sharedKept      = 10_000 // links that are remembered
)

// shared limits how often links are followed. The zero value is ready.
type shared struct {
	mu  sync.Mutex
	all *rate.Limiter
	one map[ids.ID]*rate.Limiter
}

func (s *shared) allow(code ids.ID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = rate.NewLimiter(sharedPerSecond, 2*sharedPerSecond)
	}
	if s.one == nil || len(s.one) >= sharedKept {
		s.one = map[ids.ID]*rate.Limiter{}
	}
	one := s.one[code]
	if one == nil {
		one = rate.NewLimiter(oneLinkPerSec, oneLinkBurst)
		s.one[code] = one
	}
	return one.AllowN(now, 1) && s.all.AllowN(now, 1)
}

// refer leads a friend to the shop with the code of whoever sent him. It writes nothing but a count: following a link is no claim.
func (p *Pages) refer(w http.ResponseWriter, r *http.Request) {
	link, err := p.Links.ReadReferral(r.PathValue("token"))
	if err != nil || p.Referrals == nil {
		p.show(w, r, http.StatusNotFound, "nolink")
		return
	}
	now := p.now()
	if !p.shared.allow(link.Code, now) {
		w.Header().Set("Retry-After", "10")
		p.show(w, r, http.StatusTooManyRequests, "later")
		return
	}
	code, err := p.Referrals.ReferralCode(r.Context(), link.Workspace, link.Code)
	if err != nil && !fault.Is(err, fault.NotFound) {
		p.logger().ErrorContext(r.Context(), "shared link not read", "workspace", link.Workspace, "code", link.Code, "error", err)
		w.Header().Set("Retry-After", "30")
		p.show(w, r, http.StatusServiceUnavailable, "later")
		return
	}
	brings := code.Code
	if ended := !code.EndedAt.IsZero() || !code.ExpiresAt.IsZero() && now.After(code.ExpiresAt.Time()); ended {
		brings = "" // the shop is still worth a visit
	}
	target := referral.Destination(code.Target, brings)
	if err != nil || target == "" {
		p.show(w, r, http.StatusNotFound, "nolink")
		return
	}
	p.visited(r, link, now)
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
}

// visited counts a visit; a counter that fails costs nobody his page.
func (p *Pages) visited(r *http.Request, link consent.Referral, now time.Time) {
	if r.Method != http.MethodGet {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), recordWithin)
	defer cancel()
	if err := p.Referrals.CountReferralVisit(ctx, link.Workspace, link.Code, machineOf(r, false) != "", now); err != nil {
		p.logger().WarnContext(r.Context(), "visit not counted", "workspace", link.Workspace, "code", link.Code, "error", err)
	}
}
