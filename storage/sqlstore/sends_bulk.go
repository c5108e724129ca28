package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

var _ storage.BulkSends = (*Store)(nil)

// bulkWrites collects what many gates write, to be inserted in three statements.
type bulkWrites struct{ sends, contents, decisions []any }

// contentColumns are those of a frozen content, as content() writes them.
const contentColumns = "send_id, workspace_id, address, subject, html, text_body, headers, links, created_at"

const decisionColumns = "id, workspace_id, customer_id, run_id, journey_id, send_id, step_id, kind, outcome, reason, detail, at"

// ClaimMany implements storage.BulkSends: the gate of each, in one transaction. Reads are made for all of them together,
// with the locks first and in the order of everybody (customers, then contact points, each by id); rows are written
// together. Whatever is not a fresh message of a broadcast goes through the gate by itself.
func (s *Store) ClaimMany(ctx context.Context, rs []storage.SendRequest) ([]storage.Claim, error) {
	out := make([]storage.Claim, len(rs))
	single, err := s.claimFresh(ctx, rs, out)
	if err != nil {
		return nil, err
	}
	for _, i := range single {
		if out[i], err = s.Claim(ctx, rs[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// alikeBulk reports that a request can share what is read for the first one.
func alikeBulk(a, b storage.SendRequest) bool {
	return !b.Issue.IsZero() && b.Issue == a.Issue && b.Workspace == a.Workspace && b.SenderKey == a.SenderKey && b.Channel == a.Channel && b.Class == a.Class &&
		b.Run.IsZero() && b.Journey.IsZero() && b.Held.IsZero() && b.Offer.IsZero() && !b.WantsOffer && b.Review == nil && !b.ContactPoint.IsZero() && !b.Control
}

// claimFresh fills in the claims of fresh messages and returns the indices of all others.
func (s *Store) claimFresh(ctx context.Context, rs []storage.SendRequest, out []storage.Claim) (single []int, err error) {
	var picked []int
	seen := map[ids.ID]bool{}
	for i, r := range rs {
		if alikeBulk(rs[0], r) && !seen[r.Customer] {
			seen[r.Customer] = true
			picked = append(picked, i)
		} else {
			single = append(single, i)
		}
	}
	if len(picked) < 2 {
		return append(single, picked...), nil
	}
	sends, err := s.bulk(ctx, "sends", sendColumns, "")
	if err != nil {
		return nil, err
	}
	contents, err := s.bulk(ctx, "send_contents", contentColumns, "")
	if err != nil {
		return nil, err
	}
	decisions, err := s.bulk(ctx, "decisions", decisionColumns, "")
	if err != nil {
		return nil, err
	}
	others := len(single)
	err = s.hotTx(ctx, func(p plain) error {
		single = single[:others]
		b := &bulkGate{s: s, p: p, rs: rs, writes: &bulkWrites{}}
		more, err := b.run(picked, out)
		if err != nil {
			return err
		}
		single = append(single, more...)
		raw := p.tx.Tx
		if _, err := sends.insert(ctx, raw, b.writes.sends); isDuplicate(err) {
			return errAgain // somebody was quicker with one of them: look again
		} else if err != nil {
			return err
		}
		if _, err := contents.insert(ctx, raw, b.writes.contents); err != nil {
			return err
		}
		_, err = decisions.insert(ctx, raw, b.writes.decisions)
		return err
	})
	return single, err
}

// bulkGate runs the gates of many fresh messages of one issue.
type bulkGate struct {
	s      *Store
	p      plain
	rs     []storage.SendRequest
	all    map[ids.ID]*known
	taken  map[ids.ID]bool // contact points that have the issue
	writes *bulkWrites
}

func (b *bulkGate) run(picked []int, out []storage.Claim) (single []int, err error) {
	who, points, keys := make([]ids.ID, len(picked)), make([]ids.ID, len(picked)), make([]any, len(picked))
	for i, k := range picked {
		who[i], points[i], keys[i] = b.rs[k].Customer, b.rs[k].ContactPoint, b.rs[k].Key
	}
	first := b.rs[picked[0]]
	if err := b.lock(first, padded(who), padded(points)); err != nil {
		return nil, err
	}
	begun := map[string]bool{}
	keys = paddedAny(keys)
	if err := scan(b.p.ctx, b.p.tx, "SELECT send_key FROM sends WHERE workspace_id = ? AND send_key IN ("+marks(len(keys))+")", append([]any{first.Workspace}, keys...), func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		begun[key] = true
		return err
	}); err != nil {
		return nil, err
	}
	shared := &gate{s: b.s, p: b.p, ask: first}
	if err := shared.surroundings(); err != nil {
		return nil, err
	}
	if err := b.gather(first, shared.facts.Policy, padded(who), padded(points)); err != nil {
		return nil, err
	}
	for _, i := range picked {
		g := *shared
		g.ask, g.bulk = b.rs[i], b.writes
		if begun[g.ask.Key] {
			single = append(single, i) // the row decides
			continue
		}
		if out[i], err = b.one(&g); err != nil {
			return nil, err
		}
	}
	return single, nil
}

// lock takes customers, then contact points, each in the order of ids.
func (b *bulkGate) lock(first storage.SendRequest, who, points []ids.ID) (err error) {
	lock := b.s.dialect.forUpdate()
	if b.all, err = knownCustomers(b.p.ctx, b.p.tx, first.Workspace, who, lock); err != nil {
		return err
	}
	byID := map[ids.ID]models.ContactPoint{}
	err = scan(b.p.ctx, b.p.tx, "SELECT id, channel, address, permission_epoch, suppressed_reason FROM contact_points WHERE workspace_id = ? AND id IN ("+marks(len(points))+") ORDER BY id"+lock,
		append([]any{first.Workspace}, list(points)...), func(rows *sql.Rows) error {
			var p models.ContactPoint
			err := rows.Scan(&p.ID, &p.Channel, &p.Address, &p.PermissionEpoch, &p.SuppressedReason)
			byID[p.ID] = p
			return err
		})
	for _, r := range b.rs {
		if k := b.all[r.Customer]; k != nil {
			k.point = byID[r.ContactPoint]
		}
	}
	return err
}

// gather reads permissions, what counts for caps, and which addresses have the issue already.
func (b *bulkGate) gather(first storage.SendRequest, policy pressure.Policy, who, points []ids.ID) error {
	b.taken = map[ids.ID]bool{}
	if err := scan(b.p.ctx, b.p.tx, "SELECT issue_point FROM sends WHERE issue_id = ? AND issue_point IN ("+marks(len(points))+")", append([]any{first.Issue}, list(points)...), func(rows *sql.Rows) error {
		var point ids.ID
		err := rows.Scan(&point)
		b.taken[point] = true
		return err
	}); err != nil {
		return err
	}
	class := consent.Class(first.Class)
	if class == consent.Service || class == consent.Privacy {
		return nil
	}
	if err := knownPermissions(b.p.ctx, b.p.tx, first.Workspace, first.Channel, who, b.all); err != nil || len(policy.Caps) == 0 {
		return err
	}
	return knownPast(b.p.ctx, b.p.tx, first.Workspace, models.At(first.Now.Add(-policy.Longest())), who, b.all)
}

// one asks the gate about one message, with facts that are there already.
func (b *bulkGate) one(g *gate) (storage.Claim, error) {
	k := b.all[g.ask.Customer]
	if k == nil || !k.customer.MergedInto.IsZero() || k.point.ID.IsZero() || k.point.Address != addressOf(k.customer, g.ask.Channel) {
		return storage.Claim{Kind: storage.ClaimReread}, nil // what was prepared is out of date
	}
	g.customer, g.point = k.customer, k.point
	g.fixedFacts()
	g.facts.Permissions, g.facts.Past = k.permissions, k.past
	g.switches(b.taken[k.point.ID])
	claim, err := g.write(pressure.Decide(g.facts, g.ask.Now))
	if claim.Kind == storage.Claimed {
		b.taken[k.point.ID] = true
	}
	return claim, err
}

// FenceMany implements storage.BulkSends: the contact points are locked in the order of ids, then one UPDATE takes every
// row whose token, lease and epochs are as they were at its gate.
func (s *Store) FenceMany(ctx context.Context, fs []storage.FenceRequest) ([]storage.FenceResult, error) {
	if len(fs) == 1 || slices.ContainsFunc(fs, func(f storage.FenceRequest) bool { return f.Workspace != fs[0].Workspace || f.Lease != fs[0].Lease }) {
		return s.fenceEach(ctx, fs)
	}
	points, rows := make([]ids.ID, len(fs)), []any(nil)
	for i, f := range fs {
		points[i] = f.ContactPoint
	}
	points = padded(points)
	sends := make([]any, 0, len(points)) // beside the pairs, for planners that find no range in pairs
	for i := range points {
		f := fs[min(i, len(fs)-1)]
		rows, sends = append(rows, f.Send, f.Token), append(sends, f.Send)
	}
	out := make([]storage.FenceResult, len(fs))
	pairs := pairMarks(len(points))
	err := s.hotTx(ctx, func(p plain) error {
		if err := scan(p.ctx, p.tx, "SELECT id FROM contact_points WHERE workspace_id = ? AND id IN ("+marks(len(points))+") ORDER BY id"+s.dialect.forUpdate(),
			append([]any{fs[0].Workspace}, list(points)...), func(*sql.Rows) error { return nil }); err != nil {
			return err
		}
		now := s.dialect.nowMicros()
		n, err := p.exec(`UPDATE sends SET state = ?, handed_at = ?, lease_until = `+now+` + ?
			WHERE workspace_id = ? AND id IN (`+marks(len(sends))+`) AND (id, token) IN (`+pairs+`) AND state = ? AND lease_until > `+now+` AND `+fenceGuards,
			append(append([]any{storage.SendHanding, models.At(fs[0].Now), fs[0].Lease.Microseconds(), fs[0].Workspace}, append(sends, rows...)...), storage.SendClaimed)...)
		if err != nil {
			return err
		}
		if n == int64(len(fs)) {
			for i := range out {
				out[i] = storage.FencePassed
			}
			return nil
		}
		state := map[ids.ID]string{}
		if err := scan(p.ctx, p.tx, "SELECT id, state FROM sends WHERE workspace_id = ? AND id IN ("+marks(len(sends))+") AND (id, token) IN ("+pairs+")", append([]any{fs[0].Workspace}, append(sends, rows...)...), func(rows *sql.Rows) error {
			var id ids.ID
			var st string
			err := rows.Scan(&id, &st)
			state[id] = st
			return err
		}); err != nil {
			return err
		}
		for i, f := range fs {
			out[i] = storage.FenceLost
			switch state[f.Send] {
			case storage.SendHanding:
				out[i] = storage.FencePassed // by this update: a token passes the fence once
			case storage.SendClaimed:
				out[i] = storage.FenceChanged
			}
		}
		return nil
	})
	return out, err
}

func (s *Store) fenceEach(ctx context.Context, fs []storage.FenceRequest) ([]storage.FenceResult, error) {
	out := make([]storage.FenceResult, len(fs))
	for i, f := range fs {
		var err error
		if out[i], err = s.Fence(ctx, f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// SettleMany implements storage.BulkSends for messages that were accepted; all others are settled one by one.
func (s *Store) SettleMany(ctx context.Context, ts []storage.Settlement) ([]bool, error) {
	out := make([]bool, len(ts))
	plainly := func(t storage.Settlement) bool {
		return t.State == storage.SendAccepted && t.Reason == "" && !t.Suppress && !t.ShowsOffer && t.PauseSender == "" && !t.Token.IsZero() && t.Workspace == ts[0].Workspace
	}
	if len(ts) == 1 || !slices.ContainsFunc(ts, plainly) || slices.ContainsFunc(ts, func(t storage.Settlement) bool { return !plainly(t) }) {
		return s.settleEach(ctx, ts)
	}
	decisions, err := s.bulk(ctx, "decisions", decisionColumns, "")
	if err != nil {
		return nil, err
	}
	err = s.hotTx(ctx, func(p plain) error { return s.settleAccepted(p, ts, decisions) })
	if errors.Is(err, errNotAll) {
		return s.settleEach(ctx, ts) // one of the rows has moved on: it knows what that means
	}
	for i := range out {
		out[i] = true
	}
	return out, err
}

// errNotAll undoes a shared transaction in which one message is not as it should be.
var errNotAll = errors.New("not all of them")

func (s *Store) settleAccepted(p plain, ts []storage.Settlement, decisions *bulk) error {
	ids, provider, code, pairs := make([]any, 0, len(ts)), []any(nil), []any(nil), []any(nil)
	for i := range sizeFor(len(ts)) {
		t := ts[min(i, len(ts)-1)]
		ids = append(ids, t.Send)
		provider = append(provider, t.Send, clip(t.ProviderID, 255))
		code = append(code, t.Send, clip(t.Code, 32))
		pairs = append(pairs, t.Send, t.Token)
	}
	n := len(ids)
	when := strings.Repeat(" WHEN ? THEN ?", n)
	args := append([]any{storage.SendAccepted}, provider...)
	args = append(append(args, code...), models.At(ts[0].Now), ts[0].Workspace)
	args = append(append(append(args, ids...), pairs...), storage.SendHanding)
	changed, err := p.exec("UPDATE sends SET state = ?, detail = '', provider_id = CASE id"+when+" END, provider_code = CASE id"+when+
		" END, closed_at = ?, defer_until = NULL, lease_until = NULL WHERE workspace_id = ? AND id IN ("+marks(n)+") AND (id, token) IN ("+pairMarks(n)+") AND state = ?", args...)
	if err != nil {
		return err
	}
	if changed != int64(len(ts)) {
		return errNotAll
	}
	var values []any
	for _, t := range ts {
		detail := map[string]any{}
		if t.Code != "" {
			detail["code"] = t.Code
		}
		values = append(values, s.newID(), t.Workspace, t.Customer, nil, nil, t.Send, "", "attempt", storage.SendAccepted, "", models.ToJSON(detail), models.At(t.Now))
	}
	_, err = decisions.insert(p.ctx, p.tx.Tx, values)
	return err
}

func (s *Store) settleEach(ctx context.Context, ts []storage.Settlement) ([]bool, error) {
	out := make([]bool, len(ts))
	for i, t := range ts {
		var err error
		if out[i], err = s.Settle(ctx, t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sizes of lists in statements, so that few texts are prepared.
var listSizes = [...]int{2, 4, 8, 16, 32, 64}

// padded repeats the last value up to one of the sizes; in a list of IN that changes nothing.
func padded(list []ids.ID) []ids.ID {
	out := slices.Clone(list)
	for len(out) < sizeFor(len(list)) {
		out = append(out, list[len(list)-1])
	}
	return out
}

func paddedAny(list []any) []any {
	out := slices.Clone(list)
	for len(out) < sizeFor(len(list)) {
		out = append(out, list[len(list)-1])
	}
	return out
}

func sizeFor(n int) int {
	for _, size := range listSizes {
		if n <= size {
			return size
		}
	}
	return n
}

// pairMarks is a list of n pairs.
func pairMarks(n int) string {
	out := make([]byte, 0, 8*n)
	for i := range n {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(out, "(?, ?)"...)
	}
	return string(out)
}
