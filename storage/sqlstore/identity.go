package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
)

// identityKey is one identity of a workspace.
type identityKey struct {
	workspace int64
	kind      string
	value     string
}

// naming is which identities an event names: who it is about, and what else is the same person.
type naming struct {
	main   identityKey   // the user id when there is one
	other  []identityKey // candidates for the second identity; the first one that exists counts, else the last is made
	joined bool          // alias: joins two known persons too
}

func namesOf(workspace int64, e *ingest.Event) naming {
	user := identityKey{workspace, storage.IdentityUser, e.UserID}
	device := identityKey{workspace, storage.IdentityAnonymous, e.AnonymousID}
	switch {
	case e.PreviousID != "" && e.PreviousID != e.UserID:
		// What an alias calls previous may be either; its own anonymous id is left out, one event has one barrier.
		return naming{main: user, joined: true, other: []identityKey{
			{workspace, storage.IdentityUser, e.PreviousID}, {workspace, storage.IdentityAnonymous, e.PreviousID}}}
	case e.UserID == "":
		return naming{main: device}
	case e.AnonymousID == "":
		return naming{main: user}
	}
	return naming{main: user, other: []identityKey{device}}
}

// grouping resolves the identity groups of one transaction.
//
// MySQL: transactions that can only add identities share the lock on the workspace's guard; one that may move some
// between groups holds it alone. So a group's outbox rows are all committed before rows of the group that takes over get
// their ids, which is what the barrier relies on. SQLite has one writer at a time anyway.
type grouping struct {
	s      *Store
	tx     *sql.Tx
	asked  []identityKey          // distinct, in order of first use
	known  map[identityKey]ids.ID // as far as cache or database know; zero = asked for, not found
	fresh  map[identityKey]bool   // read from the database now, to be remembered
	guards map[bool]*sql.Stmt     // prepared guardQuery, if there is one
	alone  map[int64]bool         // per workspace: identities may move, so the guard is held alone
	epoch  map[int64]int64        // per workspace: moves so far

	// Decided in this transaction:
	now    map[identityKey]ids.ID // identities that are new, or were moved on their own
	born   map[identityKey]ids.ID // new identities and the group they are stored with
	added  []identityKey          // the new ones in order
	merged map[ids.ID]ids.ID      // groups that went into others
	moves  []move
	people map[ids.ID]bool // groups that hold a user id, as far as it matters
}

// move re-points a whole group (key.value empty) or one identity.
type move struct {
	workspace  int64
	key        identityKey
	from, into ids.ID
}

func newGrouping(s *Store, tx *sql.Tx) *grouping {
	return &grouping{s: s, tx: tx, known: map[identityKey]ids.ID{}, fresh: map[identityKey]bool{}, alone: map[int64]bool{}, epoch: map[int64]int64{}}
}

// names notes the identities of an event and whether they may have to move.
func (g *grouping) names(workspace int64, e *ingest.Event) {
	n := namesOf(workspace, e)
	mine := g.ask(n.main)
	apart := false
	for _, k := range n.other {
		if theirs := g.ask(k); theirs.IsZero() || theirs != mine {
			apart = true
		}
	}
	g.alone[workspace] = g.alone[workspace] || apart
}

func (g *grouping) ask(k identityKey) ids.ID {
	if grp, seen := g.known[k]; seen {
		return grp
	}
	grp, _ := g.s.groups.get(k)
	g.known[k] = grp
	g.asked = append(g.asked, k)
	return grp
}

// lock takes the guards in order of workspace and brings the cache up to what is committed.
func (g *grouping) lock(ctx context.Context) error {
	workspaces := make([]int64, 0, len(g.alone))
	for w := range g.alone {
		workspaces = append(workspaces, w)
	}
	slices.Sort(workspaces)
	for _, w := range workspaces {
		epoch, err := g.guard(ctx, w, g.alone[w])
		if err != nil {
			return fmt.Errorf("lock identities: %w", err)
		}
		g.epoch[w] = epoch
		if err := g.s.groups.catchUp(ctx, g.tx, w, epoch); err != nil {
			return fmt.Errorf("read identity merges: %w", err)
		}
	}
	// What the cache said before the lock may have been overtaken. When two identities have come apart meanwhile the
	// shared lock is not enough; the next attempt sees that from the start.
	for _, k := range g.asked {
		before := g.known[k]
		now, _ := g.s.groups.get(k)
		if now != before && !g.alone[k.workspace] && !before.IsZero() {
			return errAgain
		}
		g.known[k] = now
	}
	return nil
}

func (g *grouping) guard(ctx context.Context, workspace int64, alone bool) (epoch int64, err error) {
	read := func() error { return g.tx.QueryRowContext(ctx, guardQuery(g.s.dialect, alone), workspace).Scan(&epoch) }
	if st := g.guards[alone]; st != nil {
		read = func() error { return g.tx.StmtContext(ctx, st).QueryRowContext(ctx, workspace).Scan(&epoch) }
	}
	if err = read(); errors.Is(err, sql.ErrNoRows) {
		_, err = g.tx.ExecContext(ctx, "INSERT INTO identity_guards (workspace_id, merges) VALUES (?, 0) "+g.s.dialect.ignoreDuplicate("workspace_id"), workspace)
		if err == nil {
			err = read()
		}
	}
	return epoch, err
}

// guardQuery locks a workspace's guard: alone, or together with others who do not move identities either.
func guardQuery(d Dialect, alone bool) string {
	query := "SELECT merges FROM identity_guards WHERE workspace_id = ?"
	if alone {
		return query + d.forUpdate()
	}
	return query + forShare(d)
}

// forShare ends a SELECT whose row must stay as it is until the transaction ends.
func forShare(d Dialect) string {
	if d == SQLite {
		return ""
	}
	return " LOCK IN SHARE MODE"
}

// assign gives every arrival its group and barrier, and writes new identities and moves.
func (g *grouping) assign(ctx context.Context, a *intake) error {
	for range 8 {
		if err := g.load(ctx); err != nil {
			return fmt.Errorf("look up identities: %w", err)
		}
		g.added, g.moves = nil, nil
		g.now, g.born, g.merged, g.people = map[identityKey]ids.ID{}, map[identityKey]ids.ID{}, map[ids.ID]ids.ID{}, map[ids.ID]bool{}
		if err := g.loadPeople(ctx, a); err != nil {
			return fmt.Errorf("look up identity groups: %w", err)
		}
		for i := range a.rows {
			r := &a.rows[i]
			r.grp, r.barrier = g.place(namesOf(a.intakes[r.intake].Workspace, a.event(r)))
		}
		again, err := g.write(ctx, a)
		if err != nil || !again {
			return err
		}
	}
	return errAgain
}

// load asks the database for identities that the cache does not know, one query per workspace.
func (g *grouping) load(ctx context.Context) error {
	missing := map[int64]map[string][]any{}
	for _, k := range g.asked {
		if g.known[k].IsZero() {
			if missing[k.workspace] == nil {
				missing[k.workspace] = map[string][]any{}
			}
			missing[k.workspace][k.kind] = append(missing[k.workspace][k.kind], k.value)
		}
	}
	for workspace, kinds := range missing {
		for len(kinds) > 0 {
			var parts []string
			var args []any
			for kind, values := range kinds {
				n := min(len(values), 500)
				parts = append(parts, "SELECT kind, value, grp FROM identities WHERE workspace_id = ? AND kind = ? AND value IN ("+paramList(n)+")")
				args = append(append(args, workspace, kind), values[:n]...)
				if kinds[kind] = values[n:]; len(kinds[kind]) == 0 {
					delete(kinds, kind)
				}
			}
			err := queryTx(ctx, g.tx, strings.Join(parts, " UNION ALL "), args, func(rows *sql.Rows) error {
				k := identityKey{workspace: workspace}
				var grp ids.ID
				if err := rows.Scan(&k.kind, &k.value, &grp); err != nil {
					return err
				}
				g.known[k], g.fresh[k] = grp, true
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// loadPeople finds out which of the groups that an event might move hold a user id: those are persons of their own.
func (g *grouping) loadPeople(ctx context.Context, a *intake) error {
	asked := map[int64][]any{}
	for i := range a.rows {
		workspace := a.intakes[a.rows[i].intake].Workspace
		n := namesOf(workspace, a.event(&a.rows[i]))
		if n.joined || len(n.other) == 0 {
			continue
		}
		theirs := g.known[n.other[0]]
		if _, seen := g.people[theirs]; seen || theirs.IsZero() || theirs == g.known[n.main] {
			continue
		}
		g.people[theirs] = false
		asked[workspace] = append(asked[workspace], theirs[:])
	}
	for workspace, groups := range asked {
		for len(groups) > 0 {
			part := groups[:min(len(groups), 500)]
			groups = groups[len(part):]
			err := queryTx(ctx, g.tx, "SELECT DISTINCT grp FROM identities WHERE workspace_id = ? AND kind = ? AND grp IN ("+paramList(len(part))+")",
				append([]any{workspace, storage.IdentityUser}, part...), func(rows *sql.Rows) error {
					var grp ids.ID
					if err := rows.Scan(&grp); err != nil {
						return err
					}
					g.people[grp] = true
					return nil
				})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// group is the current group of an identity, zero when nobody has named it yet.
func (g *grouping) group(k identityKey) ids.ID {
	grp, ok := g.now[k]
	if !ok {
		grp = g.known[k]
	}
	for {
		into, ok := g.merged[grp]
		if !ok {
			return grp
		}
		grp = into
	}
}

func (g *grouping) add(k identityKey, grp ids.ID) {
	g.added = append(g.added, k)
	g.now[k], g.born[k] = grp, grp
	if k.kind == storage.IdentityUser {
		g.people[grp] = true
	}
}

// place decides the group of one event, and the group whose earlier events have to be routed first.
func (g *grouping) place(n naming) (grp, barrier ids.ID) {
	mine := g.group(n.main)
	if len(n.other) == 0 {
		if mine.IsZero() {
			mine = g.s.newID()
			g.add(n.main, mine)
		}
		return mine, ids.ID{}
	}
	other := n.other[len(n.other)-1]
	var theirs ids.ID
	for _, k := range n.other {
		if grp := g.group(k); !grp.IsZero() {
			other, theirs = k, grp
			break
		}
	}
	person := g.people[theirs] && !n.joined // somebody else who is known; only an alias makes two persons one
	switch {
	case mine.IsZero() && theirs.IsZero():
		mine = g.s.newID()
		g.add(n.main, mine)
		g.add(other, mine)
		return mine, ids.ID{}
	case theirs.IsZero():
		g.add(other, mine)
		return mine, ids.ID{}
	case mine.IsZero() && !person:
		g.add(n.main, theirs)
		return theirs, ids.ID{}
	case mine.IsZero():
		mine = g.s.newID()
		g.add(n.main, mine)
	case mine == theirs:
		return mine, ids.ID{}
	}
	if person {
		// A device in other hands: it goes with whoever signed in last, the two persons stay apart.
		g.moves = append(g.moves, move{workspace: other.workspace, key: other, from: theirs, into: mine})
		g.now[other] = mine
		return mine, theirs
	}
	g.moves = append(g.moves, move{workspace: other.workspace, from: theirs, into: mine})
	g.merged[theirs] = mine
	g.people[mine] = true
	return mine, theirs
}

// write stores new identities and moves. It asks for another round when somebody else has stored one of the new
// identities meanwhile.
func (g *grouping) write(ctx context.Context, a *intake) (again bool, err error) {
	if len(g.added) > 0 {
		// In one order for everybody, or two transactions could wait for each other.
		slices.SortFunc(g.added, func(x, y identityKey) int {
			return strings.Compare(x.kind+x.value, y.kind+y.value)
		})
		now := a.intakes[0].ReceivedAt.UnixMicro()
		args := make([]any, 0, len(g.added)*a.writers.identities.columns)
		for _, k := range g.added {
			grp := g.born[k]
			args = append(args, k.workspace, k.kind, k.value, grp[:], now)
		}
		done, err := a.writers.identities.insert(ctx, g.tx, args)
		if isDuplicate(err) {
			for _, k := range g.added[:done] {
				g.known[k], g.fresh[k] = g.born[k], true
			}
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("insert identities: %w", err)
		}
	}
	return false, g.writeMoves(ctx, a)
}

func (g *grouping) writeMoves(ctx context.Context, a *intake) error {
	count := map[int64]int{}
	for _, m := range g.moves {
		now := models.At(a.intakes[0].ReceivedAt)
		into := m.into
		var err error
		if m.key.value == "" {
			_, err = g.tx.ExecContext(ctx, "UPDATE identities SET grp = ? WHERE workspace_id = ? AND grp = ?", into[:], m.workspace, m.from[:])
		} else {
			// A row that says "from into itself" tells caches to forget what they know about the group.
			into = m.from
			_, err = g.tx.ExecContext(ctx, "UPDATE identities SET grp = ? WHERE workspace_id = ? AND kind = ? AND value = ?", m.into[:], m.workspace, m.key.kind, m.key.value)
		}
		if err == nil {
			_, err = g.tx.ExecContext(ctx, "INSERT INTO identity_merges (workspace_id, from_grp, into_grp, at) VALUES (?, ?, ?, ?)", m.workspace, m.from[:], into[:], int64(now))
		}
		if err != nil {
			return fmt.Errorf("move identities: %w", err)
		}
		count[m.workspace]++
	}
	for workspace, n := range count {
		if _, err := g.tx.ExecContext(ctx, "UPDATE identity_guards SET merges = merges + ? WHERE workspace_id = ?", n, workspace); err != nil {
			return fmt.Errorf("move identities: %w", err)
		}
	}
	return nil
}

// remember puts what was read and written into the cache, after the commit.
func (g *grouping) remember() {
	for _, k := range g.asked {
		if born, ok := g.born[k]; ok {
			g.s.groups.put(k, born, g.epoch[k.workspace])
		} else if g.fresh[k] {
			g.s.groups.put(k, g.known[k], g.epoch[k.workspace])
		}
	}
}
