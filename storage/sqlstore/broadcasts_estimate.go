package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"sojourn/broadcast"
	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// estimate asks the gate's own rules. Up to askedMost recipients are asked about one by one, with the same facts that the
// gate reads. Of more, one set query puts people with equal facts into one group, and the rules are asked once per group:
// a million people are a few dozen groups. Caps are no matter of groups (their windows hang in each customer's zone), so
// under caps a sample is asked one by one, and the margin is told. What only the sending itself can know is left out:
// answers of providers, templates that fail, and caps that this very broadcast fills.
type estimate struct {
	s         *Store
	ctx       context.Context
	workspace int64
	d         broadcast.Definition
	now       time.Time
	planned   time.Time
	base      pressure.Facts
	zone      string
}

// EstimateBroadcast implements storage.Broadcasts.
func (s *Store) EstimateBroadcast(ctx context.Context, workspace int64, d broadcast.Definition, at, now time.Time) (storage.BroadcastEstimate, error) {
	e, err := s.newEstimate(ctx, workspace, d, at, now)
	if err != nil {
		return storage.BroadcastEstimate{}, translate(err)
	}
	out, err := e.run()
	if err != nil {
		return out, fmt.Errorf("estimate a broadcast: %w", translate(err))
	}
	return out, nil
}

func (e *estimate) run() (storage.BroadcastEstimate, error) {
	var out storage.BroadcastEstimate
	p, err := e.s.broadcastPeople(e.s.read(e.ctx), e.workspace, e.d, e.now, "")
	if err != nil {
		return out, err
	}
	if err := e.s.SQL().QueryRowContext(e.ctx, "SELECT COUNT(*) FROM "+p.from, p.args...).Scan(&out.Matched); err != nil {
		return out, err
	}
	text, args := p.query("COUNT(*)", "")
	var left int64
	if err := e.s.SQL().QueryRowContext(e.ctx, text, args...).Scan(&left); err != nil {
		return out, err
	}
	tally := map[storage.GroupCount]int64{}
	if left <= askedMost || e.underCaps() {
		out.Asked, out.Margin, err = e.countOneByOne(p, left, tally)
	} else {
		err = e.countGroups(p, tally)
	}
	if err != nil {
		return out, err
	}
	out.Excluded = out.Matched - left
	if out.Passed, err = e.passed(p); err != nil {
		return out, err
	}
	for k, n := range tally {
		k.Count = n
		switch {
		case k.State == string(pressure.Send):
			out.Reached += n
		case k.State == string(pressure.Defer):
			out.Held = append(out.Held, k)
		default:
			out.Skipped = append(out.Skipped, k)
		}
	}
	byCount := func(a, b storage.GroupCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	}
	slices.SortFunc(out.Held, byCount)
	slices.SortFunc(out.Skipped, byCount)
	return out, nil
}

// passed counts the people in whose zone the time has passed when the broadcast is planned: they get it at once.
func (e *estimate) passed(p people) (n int64, err error) {
	if !e.d.Schedule.Local {
		return 0, nil
	}
	text, args := p.query("COALESCE(x.timezone, ''), COUNT(*)", " GROUP BY COALESCE(x.timezone, '')")
	err = scan(e.ctx, e.s.SQL(), text, args, func(rows *sql.Rows) error {
		var zone string
		var count int64
		err := rows.Scan(&zone, &count)
		if e.d.Schedule.Due(e.planned, zone, e.zone).Before(e.now) {
			n += count
		}
		return err
	})
	return n, err
}

// countGroups asks the rules about groups of people with equal facts.
func (e *estimate) countGroups(p people, tally map[storage.GroupCount]int64) error {
	text, args := e.groups(p)
	rows, err := e.s.SQL().QueryContext(e.ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		g, err := e.group(rows)
		if err != nil {
			return err
		}
		e.judge(g, tally)
	}
	return rows.Err()
}

// surroundings reads what is the same for everybody: template class, policy, the switches of sender and workspace.
func (e *estimate) surroundings() error {
	ws, err := e.s.workspaceView(e.s.read(e.ctx), e.workspace)
	if err != nil {
		return err
	}
	class, sender := string(consent.Marketing), "default"
	if t, err := e.s.TemplateByKey(e.ctx, e.workspace, e.d.Template); err == nil {
		class, sender = t.Class, t.SenderKey
	}
	var state string
	err = e.s.SQL().QueryRowContext(e.ctx, "SELECT state FROM senders WHERE workspace_id = ? AND sender_key = ?", e.workspace, sender).Scan(&state)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	e.base = pressure.Facts{Class: consent.Class(class), Channel: e.d.Channel, Purpose: e.d.Purpose, WorkspaceZone: ws.Timezone,
		SenderPaused: state != storage.SenderActive, WorkspaceStopped: ws.SendingStopped, PlannedAt: e.planned}
	e.zone = ws.Timezone
	e.base.Policy, err = pressure.ParsePolicy(ws.Settings)
	return err
}

// groups is the set query. It speaks of permissions as consent.Permissions does: the own topic, and the withdrawals of
// the whole channel, of the purpose on all channels, and of everything.
func (e *estimate) groups(p people) (string, []any) {
	address := "NULL"
	if column := addressColumn(e.d.Channel); column != "" {
		address = "x." + column
	}
	withdrawn := func(alias string) string {
		return " LEFT JOIN permissions " + alias + " ON " + alias + ".customer_id = x.id AND " + alias + ".channel = ? AND " + alias + ".purpose = ? AND " + alias + ".state = '" + string(consent.Withdrawn) + "'"
	}
	joins := " LEFT JOIN contact_points p ON p.workspace_id = ? AND p.channel = ? AND p.address = " + address +
		" LEFT JOIN permissions o ON o.customer_id = x.id AND o.channel = ? AND o.purpose = ?" + withdrawn("wc") + withdrawn("wp") + withdrawn("wa")
	later := "(o.occurred_at IS NOT NULL AND o.occurred_at > COALESCE(wc.occurred_at, 0) AND o.occurred_at > COALESCE(wa.occurred_at, 0))"
	text := "SELECT z, hold, resting, point, why, own, basis, wide_c, wide_p, wide_a, later, COUNT(*), COUNT(DISTINCT pid) FROM (SELECT COALESCE(x.timezone, '') AS z, x.legal_hold AS hold," +
		" CASE WHEN x.paused_until > ? THEN 1 ELSE 0 END AS resting, CASE WHEN p.id IS NULL THEN 0 ELSE 1 END AS point, COALESCE(p.suppressed_reason, '') AS why, COALESCE(o.state, '') AS own," +
		" COALESCE(o.legal_basis, '') AS basis, CASE WHEN wc.state IS NULL THEN 0 ELSE 1 END AS wide_c, CASE WHEN wp.state IS NULL THEN 0 ELSE 1 END AS wide_p," +
		" CASE WHEN wa.state IS NULL THEN 0 ELSE 1 END AS wide_a, CASE WHEN " + later + " THEN 1 ELSE 0 END AS later, p.id AS pid FROM " + p.from + joins +
		" WHERE 1 = 1" + p.out + ") g GROUP BY z, hold, resting, point, why, own, basis, wide_c, wide_p, wide_a, later"
	args := []any{models.At(e.planned)}
	args = append(args, p.args...)
	ch, pu := e.d.Channel, e.d.Purpose
	args = append(args, e.workspace, ch, ch, pu, ch, consent.Any, consent.Any, pu, consent.Any, consent.Any)
	return text, append(args, p.outA...)
}

// alike are people with equal facts.
type alike struct {
	zone                 string
	hold, resting, point bool
	suppressed           string
	own, basis           string
	wideC, wideP, wideA  bool
	later                bool
	n, addresses         int64
}

func (e *estimate) group(rows *sql.Rows) (alike, error) {
	var g alike
	err := rows.Scan(&g.zone, &g.hold, &g.resting, &g.point, &g.suppressed, &g.own, &g.basis, &g.wideC, &g.wideP, &g.wideA, &g.later, &g.n, &g.addresses)
	return g, err
}

// judge asks the gate about a group.
func (e *estimate) judge(g alike, tally map[storage.GroupCount]int64) {
	f := e.base
	if standsFor(e.d.Channel) { // by the customer himself: his contact point is made when he is written to, and is nobody else's
		g.point, g.addresses = true, g.n
	}
	at := e.d.Schedule.Due(e.planned, g.zone, e.zone)
	if at.Before(e.now) {
		at = e.now
	}
	f.CustomerZone, f.LegalHold, f.HasAddress, f.Suppressed = g.zone, g.hold, g.point, pressure.Reason(g.suppressed)
	if g.resting {
		f.PausedUntil = at.Add(time.Minute)
	}
	f.Permissions = g.permissions(e.d.Channel, e.d.Purpose)
	v := pressure.Decide(f, at)
	k := storage.GroupCount{State: string(v.Action), Reason: string(v.Reason)}
	if v.Action != pressure.Send {
		tally[k] += g.n
		return
	}
	tally[k] += g.addresses
	if twice := g.n - g.addresses; twice > 0 {
		tally[storage.GroupCount{State: string(pressure.Skip), Reason: string(pressure.ReasonDuplicate)}] += twice
	}
}

// permissions puts the group's facts back into the form that the rules read. Only the order of times matters.
func (g alike) permissions(channel, purpose string) consent.Permissions {
	const wide, before, after = 2, 1, 3
	out := consent.Permissions{}
	if g.own != "" {
		at := int64(before)
		if g.later {
			at = after
		}
		out[consent.Topic{Channel: channel, Purpose: purpose}] = consent.Permission{State: consent.State(g.own), Basis: consent.Basis(g.basis), At: time.Unix(at, 0), Entry: ids.ID{}}
	}
	for topic, has := range map[consent.Topic]bool{{Channel: channel, Purpose: consent.Any}: g.wideC, {Channel: consent.Any, Purpose: purpose}: g.wideP, {Channel: consent.Any, Purpose: consent.Any}: g.wideA} {
		if has {
			out[topic] = consent.Permission{State: consent.Withdrawn, At: time.Unix(wide, 0)}
		}
	}
	return out
}
