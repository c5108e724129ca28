package sqlstore

import (
	"context"
	"database/sql"
	"sync"

	"sojourn/ids"
	"sojourn/models"
)

// groupCache remembers the groups of identities that were seen lately. It holds committed facts only, each with the
// count of moves (identity_guards.merges) of its workspace at that time. Moves made since, by whatever process, are read
// from identity_merges before the cache is used in a transaction, so a hit is as good as a look into the table.
//
// Two generations stand in for a least-recently-used list: the younger one takes what is new or used, and when it is
// full the older one is thrown away.
type groupCache struct {
	mu         sync.Mutex
	young, old generation
	seen       map[int64]caughtUp
}

type generation struct {
	groups map[identityKey]cachedGroup
	merged map[ids.ID]cachedGroup // groups that went into another one, and when
	left   map[ids.ID]int64       // groups that an identity left, and when
}

type cachedGroup struct {
	grp   ids.ID
	epoch int64
}

// caughtUp is how far the moves of a workspace have been read.
type caughtUp struct{ epoch, lastID int64 }

// cacheEntries bounds one generation: about 10 MB each with usual ids.
const cacheEntries = 50_000

func newGeneration() generation {
	return generation{groups: map[identityKey]cachedGroup{}, merged: map[ids.ID]cachedGroup{}, left: map[ids.ID]int64{}}
}

func newGroupCache() *groupCache {
	return &groupCache{young: newGeneration(), old: newGeneration(), seen: map[int64]caughtUp{}}
}

func (c *groupCache) get(k identityKey) (ids.ID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.young.groups[k]
	if !ok {
		if found, ok = c.old.groups[k]; !ok {
			return ids.ID{}, false
		}
	}
	at := found
	for range 64 {
		if max(c.young.left[at.grp], c.old.left[at.grp]) > at.epoch {
			break // perhaps this very identity left the group since; the table knows
		}
		m, merged := c.young.merged[at.grp]
		if !merged {
			m, merged = c.old.merged[at.grp]
		}
		if !merged {
			if at != found || !c.isYoung(k) {
				c.store(k, at)
			}
			return at.grp, true
		}
		at = cachedGroup{m.grp, max(at.epoch, m.epoch)}
	}
	delete(c.young.groups, k)
	delete(c.old.groups, k)
	return ids.ID{}, false
}

func (c *groupCache) isYoung(k identityKey) bool { _, ok := c.young.groups[k]; return ok }

// put notes a committed group that was true when the workspace had seen epoch moves.
func (c *groupCache) put(k identityKey, grp ids.ID, epoch int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store(k, cachedGroup{grp, epoch})
}

func (c *groupCache) store(k identityKey, g cachedGroup) {
	c.turn()
	c.young.groups[k] = g
}

// turn starts a new generation when the young one is full. A move outlives every entry made before it: such an entry is
// in the same generation or an older one.
func (c *groupCache) turn() {
	if len(c.young.groups)+len(c.young.merged)+len(c.young.left) >= cacheEntries {
		c.old, c.young = c.young, newGeneration()
	}
}

// catchUp reads the moves of a workspace that were committed since the last time. The caller's transaction holds the
// workspace's guard, so nothing is missing up to epoch.
func (c *groupCache) catchUp(ctx context.Context, tx *sql.Tx, workspace, epoch int64) error {
	c.mu.Lock()
	from, known := c.seen[workspace]
	c.mu.Unlock()
	if known && from.epoch >= epoch {
		return nil
	}
	if !known { // nothing is cached yet that a move could concern
		at := caughtUp{epoch: epoch}
		err := queryTx(ctx, tx, "SELECT COALESCE(MAX(id), 0) FROM identity_merges WHERE workspace_id = ?", []any{workspace}, func(rows *sql.Rows) error { return rows.Scan(&at.lastID) })
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if _, known := c.seen[workspace]; !known {
			c.seen[workspace] = at
		}
		return nil
	}
	var list []models.IdentityMerge
	err := queryTx(ctx, tx, "SELECT id, from_grp, into_grp FROM identity_merges WHERE workspace_id = ? AND id > ? ORDER BY id", []any{workspace, from.lastID}, func(rows *sql.Rows) error {
		var r models.IdentityMerge
		if err := rows.Scan(&r.ID, &r.FromGrp, &r.IntoGrp); err != nil {
			return err
		}
		list = append(list, r)
		return nil
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at := caughtUp{epoch: epoch, lastID: from.lastID}
	for i, r := range list {
		at.lastID = r.ID
		when := epoch - int64(len(list)-1-i)
		c.turn()
		if r.FromGrp == r.IntoGrp {
			c.young.left[r.FromGrp] = max(when, c.young.left[r.FromGrp])
		} else {
			c.young.merged[r.FromGrp] = cachedGroup{r.IntoGrp, when}
		}
	}
	if c.seen[workspace].epoch < epoch {
		c.seen[workspace] = at
	}
	return nil
}
